/**
 * Takes over what can still be read of a queue that was set aside: messages with the recipients that are owed, and mail events that
 * were not shipped. Messages begin anew, as if they had just come. What cannot be read stays in the files that were set aside.
 */
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { MailEvent } from '@mailfleet/schema'
import { isDamaged } from '../../../durable/set-aside.js'
import { syncFolder } from '../../../durable/folder-sync.js'
import type { QueueDatabase } from './queue-database.js'
import { bodiesName } from './queue-database.js'
import type { EntryRow, NewEntry, RecipientRow } from './queue-operations.js'

/** Bounds the start: the newest so many ids are looked for, one by one, since a damaged page ends every walk. */
const maxIds = 1_000_000
const atOnce = 200

type Kept = EntryRow & { set_aside: string | null }

export async function takeOver(
  aside: string,
  dataDir: string,
  { writer }: QueueDatabase,
  wallTime: number,
): Promise<{ messages: number; events: number }> {
  let db: Database.Database
  try {
    db = new Database(aside, { readonly: true })
  } catch (error) {
    if (isDamaged(error)) return { messages: 0, events: 0 }
    throw error
  }
  try {
    const clock = { queueTime: 0, wallTime }
    const entries = readable(db, 'entry', (read, id) => {
      const entry = read('SELECT * FROM entry WHERE id = ? AND set_aside IS NULL', id)[0] as Kept | undefined
      const recipients = read('SELECT * FROM recipient WHERE entry_id = ?', id) as RecipientRow[]
      return entry && recipients.length > 0 ? newEntry(entry, recipients) : null
    })
    const events = readable(db, 'event_outbox', (read, id) => {
      const row = read('SELECT body FROM event_outbox WHERE sequence = ?', id)[0] as { body: string } | undefined
      return row ? (JSON.parse(row.body) as MailEvent) : null
    })
    for (const { bodyFile } of entries) {
      const kept = join(`${aside}-${bodiesName}`, bodyFile ?? '')
      if (bodyFile !== null && existsSync(kept)) renameSync(kept, join(dataDir, bodiesName, bodyFile))
    }
    await syncFolder(join(dataDir, bodiesName))
    for (let at = 0; at < entries.length; at += atOnce) {
      const some = entries.slice(at, at + atOnce)
      await Promise.all(some.map((entry) => writer.call('enqueue', { entry, clock })))
    }
    for (let at = 0; at < events.length; at += atOnce) await writer.call('$append', null, events.slice(at, at + atOnce))
    return { messages: entries.length, events: events.length }
  } finally {
    db.close()
  }
}

type Read = (sql: string, id: number) => unknown[]

/** What `take` makes of each id that the table has given and that can be read. */
function readable<Result>(
  db: Database.Database,
  table: string,
  take: (read: Read, id: number) => Result | null,
): Result[] {
  const unlessDamaged = <Value>(read: () => Value): Value | null => {
    try {
      return read()
    } catch (error) {
      if (isDamaged(error)) return null
      throw error
    }
  }
  const statements = new Map<string, Database.Statement>()
  const read: Read = (sql, id) => {
    const statement = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, statement)
    return statement.all(id)
  }
  const last = unlessDamaged(() => db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck().get(table)) as
    number | null | undefined
  const found: Result[] = []
  for (let id = Math.max(1, (last ?? 0) - maxIds); id <= (last ?? 0); id++) {
    const result = unlessDamaged(() => take(read, id))
    if (result !== null) found.push(result)
  }
  return found
}

const newEntry = (entry: EntryRow, recipients: RecipientRow[]): NewEntry => ({
  transactionId: entry.transaction_id,
  reversePath: entry.reverse_path,
  messageId: entry.message_id,
  subject: entry.subject,
  size: entry.size,
  body: entry.body && new Uint8Array(entry.body),
  bodyFile: entry.body_file,
  digest: entry.digest,
  // Absent from a queue of before the columns were.
  ret: entry.ret ?? null,
  envelopeId: entry.envelope_id ?? null,
  tls: entry.tls ?? null,
  recipients: recipients.map((recipient) => ({
    address: recipient.address,
    originalRecipient: recipient.original_recipient,
    domainId: recipient.domain_id,
    mailboxId: recipient.mailbox_id,
    notify: recipient.notify ?? null,
    orcpt: recipient.orcpt ?? null,
  })),
})
