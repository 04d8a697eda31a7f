/** The thread behind `Writer`: collects calls, runs them as one transaction, answers after the commit. */
import { parentPort, workerData } from 'node:worker_threads'
import { randomUUID } from 'node:crypto'
import Database from 'better-sqlite3'
import type { MailEvent } from '@mailfleet/schema'
import type { OpenDatabase } from './operations.js'
import { createOutbox } from './outbox-table.js'
import type { WriterReply } from './writer.js'

interface Call {
  id: number
  operation: string
  args: unknown
  events: MailEvent[]
}

const port = parentPort!
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
const { open } = (await import(moduleUrl)) as { open: OpenDatabase }
const hosted = open(db, config as never)
const builtIn: Record<string, (args: never) => unknown> = {
  $append: () => null,
  $trim: (upTo: number) => outbox.trim(upTo),
}

const pending: Call[] = []
let scheduled = false

port.on('message', (call: Call) => {
  pending.push(call)
  if (scheduled) return
  scheduled = true
  // One turn of the loop lets everything that is already posted join this group.
  setImmediate(commitGroup)
})

function commitGroup(): void {
  scheduled = false
  const group = pending.splice(0, maxGroup)
  const results: Extract<WriterReply, { type: 'results' }>['results'] = []
  let events = false
  let close: number | null = null
  try {
    db.exec('BEGIN IMMEDIATE')
    for (const call of group) {
      if (call.operation === '$close') {
        close = call.id
        continue
      }
      db.exec('SAVEPOINT call')
      try {
        const run = Object.hasOwn(hosted.operations, call.operation)
          ? hosted.operations[call.operation]
          : builtIn[call.operation]
        if (!run) throw new Error(`no operation ${call.operation}`)
        const value = run(call.args as never)
        for (const event of call.events) outbox.append(event)
        events ||= call.events.length > 0
        db.exec('RELEASE call')
        results.push({ id: call.id, value })
      } catch (error) {
        if (!db.inTransaction) throw error
        db.exec('ROLLBACK TO call; RELEASE call')
        const { message, code } = error as { message: string; code?: string }
        results.push({ id: call.id, error: { message, code } })
      }
    }
    hosted.beforeCommit?.()
    db.exec('COMMIT')
  } catch (error) {
    // The disk's state is unknown: answer nobody with success, and take no more.
    port.postMessage({ type: 'failed', message: (error as Error).message } satisfies WriterReply)
    process.exit(1)
  }
  if (close !== null) {
    hosted.close?.()
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    results.push({ id: close, value: null })
  }
  port.postMessage({ type: 'results', results, events } satisfies WriterReply)
  if (close === null && pending.length > 0) {
    scheduled = true
    setImmediate(commitGroup)
  }
}

port.postMessage({ type: 'ready', stream: `${name}/${epoch}` } satisfies WriterReply)
