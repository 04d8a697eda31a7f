/** The thread behind `Writer`: collects calls, runs them as one transaction, answers after the commit. */
import { parentPort, workerData } from 'node:worker_threads'
import { randomUUID } from 'node:crypto'
import Database from 'better-sqlite3'
import type { MailEvent } from '@mailfleet/schema'
import { tallyEvents } from '../events/event-tally.js'
import { isDiskFull } from './disk-full.js'
import type { OpenDatabase, Operation } from './operations.js'
import { createOutbox } from './outbox-table.js'
import type { CallResult, Commit, WriterReply } from './writer.js'

interface Call {
  id: number
  operation: string
  args: unknown
  events: MailEvent[]
}

const port = parentPort!
// A start that fails: errors of SQLite would lose their message on the way through the worker's own 'error' event.
process.on('uncaughtException', (error) => {
  port.postMessage({ type: 'failed', ...describe(error) } satisfies WriterReply)
  process.exit(1)
})
const {
  name,
  path,
  operations: moduleUrl,
  config,
} = workerData as { name: string; path: string; operations: string; config: unknown }
/** Bounds the transaction, and with it the wait of the first caller in a group. */
const maxGroup = 512

const db = new Database(path)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.pragma('foreign_keys = ON')
db.pragma('busy_timeout = 5000')
db.exec('CREATE TABLE IF NOT EXISTS writer_meta (epoch TEXT NOT NULL)')
if (!db.prepare('SELECT 1 FROM writer_meta').get()) db.prepare('INSERT INTO writer_meta VALUES (?)').run(randomUUID())
const { epoch } = db.prepare('SELECT epoch FROM writer_meta').get() as { epoch: string }
const outbox = createOutbox(db)
/** Of the transaction that is open. */
const written: MailEvent[] = []
const emit = (event: MailEvent): void => {
  outbox.append(event)
  written.push(event)
}
const { open } = (await import(moduleUrl)) as { open: OpenDatabase }
const hosted = open(db, config as never, { emit })
const operations = new Map<string, Operation>([
  ['$append', () => null],
  ['$trim', (upTo: number) => outbox.trim(upTo)],
  ...Object.entries(hosted.operations),
])
const begin = db.prepare('BEGIN IMMEDIATE')
const commit = db.prepare('COMMIT')
const savepoint = db.prepare('SAVEPOINT call')
const release = db.prepare('RELEASE call')
const undo = db.prepare('ROLLBACK TO call')

const pending: Call[] = []
let scheduled = false

port.on('message', (call: Call) => {
  pending.push(call)
  schedule()
})

function schedule(): void {
  if (scheduled) return
  scheduled = true
  // One turn of the loop lets everything that is already posted join this group.
  setImmediate(commitGroup)
}

function commitGroup(): void {
  scheduled = false
  const closing = pending.findIndex(({ operation }) => operation === '$close')
  if (closing === 0) return close(pending[0]!.id)
  const group = pending.splice(0, Math.min(maxGroup, closing > 0 ? closing : maxGroup))
  written.length = 0
  let results: CallResult[]
  let committed: Commit | null = null
  try {
    begin.run()
    results = group.map(run)
    hosted.beforeCommit?.()
    const began = performance.now()
    commit.run()
    const seconds = (performance.now() - began) / 1_000
    committed = { seconds, calls: group.length, tallies: tallyEvents(written) }
  } catch (error) {
    const failure = describe(error)
    if (!isDiskFull(failure)) {
      // The disk's state is unknown: answer nobody with success, and take no more.
      port.postMessage({ type: 'failed', message: failure.message } satisfies WriterReply)
      process.exit(1)
    }
    if (db.inTransaction) db.exec('ROLLBACK')
    written.length = 0
    results = group.map(({ id }) => ({ id, error: failure }))
  }
  port.postMessage({ type: 'results', results, events: written.length > 0, committed } satisfies WriterReply)
  if (pending.length > 0) schedule()
}

function run(call: Call): CallResult {
  savepoint.run()
  const before = written.length
  try {
    const operation = operations.get(call.operation)
    if (!operation) throw new Error(`no operation ${call.operation}`)
    const value = operation(call.args as never)
    for (const event of call.events) emit(event)
    release.run()
    return { id: call.id, value }
  } catch (error) {
    // SQLite ends the whole transaction by itself on some errors: then the calls before this one are undone too.
    if (!db.inTransaction) throw error
    undo.run()
    release.run()
    written.length = before
    return { id: call.id, error: describe(error) }
  }
}

function close(id: number): void {
  hosted.close?.()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  port.postMessage({
    type: 'results',
    results: [{ id, value: null }],
    events: false,
    committed: null,
  } satisfies WriterReply)
}

function describe(error: unknown): { message: string; code?: string } {
  const { message, code } = error as { message: string; code?: string }
  return { message, code }
}

port.postMessage({ type: 'ready', stream: `${name}/${epoch}` } satisfies WriterReply)
