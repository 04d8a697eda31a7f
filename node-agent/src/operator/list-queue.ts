/**
 * What waits in a node's outbound queue, for its operator: the destinations, or the messages for one of them. It needs neither the agent nor
 * the control plane. Reads in pages, each in a transaction of its own: a reader that looks through a long list keeps the write-ahead
 * log from nothing. What senders and remote hosts wrote is shown without anything that a terminal would obey.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { domainOf, normalizeDomain } from '@mailfleet/schema'

interface Row {
  id: number
  entryId: number
  transactionId: string
  sender: string
  recipient: string
  size: number
  attempt: number
  queuedAt: number
  dueAt: number
  lastReply: string | null
}

interface Destination {
  messages: number
  recipients: number
  lastEntry: number
  queuedAt: number
  dueAt: number
  lastReply: string | null
}

type Print = (text: string) => void

const pageSize = 500

/** The exit code. */
export function listQueue(dataFolder: string, destination: string | null, print: Print): number {
  const path = join(dataFolder, 'queue', 'queue.db')
  if (!existsSync(path)) {
    print(`there is no queue in ${dataFolder}\n`)
    return 1
  }
  const db = new Database(path, { fileMustExist: true, timeout: 10_000 })
  try {
    db.pragma('query_only = 1')
    const toWall = wallTime(db)
    if (destination === null) tellDestinations(db, toWall, print)
    else tellMessages(db, normalizeDomain(destination) ?? destination, toWall, print)
    const damaged = db.prepare('SELECT count(*) FROM entry WHERE set_aside IS NOT NULL').pluck().get() as number
    if (damaged > 0) print(`damaged and set aside: ${damaged}\n`)
    return 0
  } finally {
    db.close()
  }
}

function tellDestinations(db: Database.Database, toWall: (queueTime: number) => string, print: Print): void {
  const found = new Map<string, Destination>()
  for (const { entryId, recipient, queuedAt, dueAt, lastReply } of waiting(db)) {
    const name = domainOf(recipient)
    const known = found.get(name)
    if (known === undefined) {
      found.set(name, { messages: 1, recipients: 1, lastEntry: entryId, queuedAt, dueAt, lastReply })
      continue
    }
    // The recipients of a message lie one behind the other.
    if (known.lastEntry !== entryId) known.messages++
    known.lastEntry = entryId
    known.recipients++
    known.dueAt = Math.min(known.dueAt, dueAt)
    known.lastReply = lastReply ?? known.lastReply
  }
  const sorted = [...found].sort(([, one], [, other]) => other.messages - one.messages)
  for (const [name, { messages, recipients, queuedAt, dueAt, lastReply }] of sorted) {
    print(`${shown(name)}\n  messages ${messages}, recipients ${recipients}, oldest ${toWall(queuedAt)}`)
    print(`, next attempt ${toWall(dueAt)}\n${replyLine(lastReply)}`)
  }
  print(found.size === 0 ? 'the queue is empty\n' : `destinations: ${found.size}\n`)
}

function tellMessages(
  db: Database.Database,
  destination: string,
  toWall: (queueTime: number) => string,
  print: Print,
): void {
  let recipients = 0
  for (const row of waiting(db)) {
    if (domainOf(row.recipient) !== destination) continue
    recipients++
    print(`${shown(row.transactionId)} <${shown(row.sender)}> to <${shown(row.recipient)}>, ${row.size} octets\n`)
    print(`  since ${toWall(row.queuedAt)}, attempts ${row.attempt}, next ${toWall(row.dueAt)}\n`)
    print(replyLine(row.lastReply))
  }
  print(recipients === 0 ? `nothing waits for ${shown(destination)}\n` : `recipients: ${recipients}\n`)
}

function* waiting(db: Database.Database): Generator<Row> {
  const page = db.prepare(
    `SELECT recipient.id, entry.id AS entryId, entry.transaction_id AS transactionId, entry.reverse_path AS sender,
       recipient.address AS recipient, entry.size, recipient.attempt, entry.queued_at AS queuedAt,
       recipient.due_at AS dueAt, recipient.last_reply AS lastReply
     FROM recipient JOIN entry ON entry.id = recipient.entry_id
     WHERE entry.set_aside IS NULL AND recipient.id > ? ORDER BY recipient.id LIMIT ${pageSize}`,
  )
  let last = 0
  for (;;) {
    const rows = page.all(last) as Row[]
    yield* rows
    if (rows.length < pageSize) return
    last = rows.at(-1)!.id
  }
}

/** The queue runs on a time of its own (decision 0005). */
function wallTime(db: Database.Database): (queueTime: number) => string {
  const clock = db.prepare('SELECT queue_time AS queueTime, wall_time AS wallTime FROM queue_clock').get() as
    { queueTime: number; wallTime: number } | undefined
  const offset = clock ? clock.wallTime - clock.queueTime : 0
  return (queueTime) => new Date(queueTime + offset).toISOString().slice(0, 19) + 'Z'
}

const replyLine = (reply: string | null): string => (reply === null ? '' : `  ${shown(reply)}\n`)

const shown = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?')
