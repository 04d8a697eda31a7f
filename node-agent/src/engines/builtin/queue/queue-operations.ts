/**
 * The queue's tables, as run inside its writer thread.
 *
 * An entry is one message with the recipients that are still owed to; it goes with its last recipient. All times are queue time
 * (./queue-clock.ts), which `queue_clock` carries over restarts. Who is being tried right now is not written down: after a crash
 * everything is simply due again.
 */
import type Database from 'better-sqlite3'
import { migrate } from '../../../durable/migrate.js'
import type { Operations } from '../../../durable/operations.js'
import type { MessageRequest } from './notification-request.js'
import type { ClockReading } from './queue-clock.js'

export interface NewEntry {
  transactionId: string
  reversePath: string
  messageId: string | null
  subject: string
  size: number
  /** The octets, or null where `bodyFile` names a file that is on disk already. */
  body: Uint8Array | null
  bodyFile: string | null
  digest: string
  ret: MessageRequest['ret']
  envelopeId: string | null
  tls: MessageRequest['tls']
  recipients: NewRecipient[]
}

export interface NewRecipient {
  address: string
  originalRecipient: string | null
  domainId: string
  mailboxId: string | null
  notify: string | null
  orcpt: string | null
}

export interface EntryRow {
  id: number
  transaction_id: string
  reverse_path: string
  message_id: string | null
  subject: string
  size: number
  body: Buffer | null
  body_file: string | null
  digest: string
  queued_at: number
  ret: MessageRequest['ret']
  envelope_id: string | null
  tls: MessageRequest['tls']
  delay_noticed: 0 | 1
  /** By the wall clock, milliseconds since 1970; null: before there was this column. */
  accepted_at: number | null
}

export interface RecipientRow {
  id: number
  entry_id: number
  address: string
  original_recipient: string | null
  domain_id: string
  mailbox_id: string | null
  attempt: number
  due_at: number
  last_reply: string | null
  notify: string | null
  orcpt: string | null
}

export interface StoredEntry {
  id: number
  queuedAt: number
  recipientIds: number[]
}

export interface Settlement {
  entryId: number
  /** Relayed or bounced: nothing is owed to them any more. */
  done: number[]
  deferred: { id: number; dueAt: number; reply: string }[]
  /** The sender has heard that this message waits. */
  delayNoticed: boolean
  /** What its sender is told by mail. */
  notification: NewEntry | null
  clock: ClockReading
}

export interface Settled {
  /** A body file that nothing refers to any more. */
  freed: string | null
  notification: StoredEntry | null
}

const migrations = [
  `CREATE TABLE queue_clock (id INTEGER PRIMARY KEY CHECK (id = 1), queue_time INTEGER NOT NULL, wall_time INTEGER NOT NULL);
   CREATE TABLE entry (
     id INTEGER PRIMARY KEY AUTOINCREMENT, transaction_id TEXT NOT NULL, reverse_path TEXT NOT NULL, message_id TEXT,
     subject TEXT NOT NULL, size INTEGER NOT NULL, body BLOB, body_file TEXT, digest TEXT NOT NULL,
     queued_at INTEGER NOT NULL, set_aside TEXT);
   CREATE TABLE recipient (
     id INTEGER PRIMARY KEY AUTOINCREMENT, entry_id INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE, address TEXT NOT NULL,
     original_recipient TEXT, domain_id TEXT NOT NULL, mailbox_id TEXT, attempt INTEGER NOT NULL DEFAULT 0,
     due_at INTEGER NOT NULL, last_reply TEXT);
   CREATE INDEX recipient_by_entry ON recipient (entry_id);`,
  `ALTER TABLE entry ADD COLUMN ret TEXT;
   ALTER TABLE entry ADD COLUMN envelope_id TEXT;
   ALTER TABLE entry ADD COLUMN delay_noticed INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE recipient ADD COLUMN notify TEXT;
   ALTER TABLE recipient ADD COLUMN orcpt TEXT;`,
  'ALTER TABLE entry ADD COLUMN tls TEXT;',
  `ALTER TABLE entry ADD COLUMN accepted_at INTEGER;
   CREATE INDEX entry_by_transaction ON entry (transaction_id);
   CREATE TABLE applied_command (id TEXT PRIMARY KEY) WITHOUT ROWID;`,
]

export function open(db: Database.Database): Operations {
  migrate(db, migrations, 'the queue')
  const insertEntry = db.prepare(
    `INSERT INTO entry (transaction_id, reverse_path, message_id, subject, size, body, body_file, digest, queued_at,
       ret, envelope_id, tls, accepted_at)
     VALUES (:transactionId, :reversePath, :messageId, :subject, :size, :body, :bodyFile, :digest, :queuedAt, :ret, :envelopeId, :tls,
       :acceptedAt)`,
  )
  const insertRecipient = db.prepare(
    `INSERT INTO recipient (entry_id, address, original_recipient, domain_id, mailbox_id, due_at, notify, orcpt)
     VALUES (:entryId, :address, :originalRecipient, :domainId, :mailboxId, :dueAt, :notify, :orcpt)`,
  )
  const defer = db.prepare(
    'UPDATE recipient SET attempt = attempt + 1, due_at = :dueAt, last_reply = :reply WHERE id = :id',
  )
  const remove = db.prepare('DELETE FROM recipient WHERE id = ?')
  const anyLeft = db.prepare('SELECT 1 FROM recipient WHERE entry_id = ? LIMIT 1')
  const bodyFileOf = db.prepare('SELECT body_file FROM entry WHERE id = ?').pluck()
  const removeEntry = db.prepare('DELETE FROM entry WHERE id = ?')
  const noticeDelay = db.prepare('UPDATE entry SET delay_noticed = 1 WHERE id = ?')
  const setAside = db.prepare('UPDATE entry SET set_aside = :reason WHERE id = :entryId')
  const hurry = db.prepare('UPDATE recipient SET due_at = min(due_at, :dueAt) WHERE id = :id')
  const commandApplied = db.prepare('INSERT OR IGNORE INTO applied_command VALUES (?)')
  const forgetCommand = db.prepare('DELETE FROM applied_command WHERE id = ?')
  const setClock = db.prepare('INSERT OR REPLACE INTO queue_clock VALUES (1, :queueTime, :wallTime)')

  const insert = ({ recipients, ...entry }: NewEntry, clock: ClockReading): StoredEntry => {
    const body = entry.body && Buffer.from(entry.body.buffer, entry.body.byteOffset, entry.body.byteLength)
    const id = Number(
      insertEntry.run({ ...entry, body, queuedAt: clock.queueTime, acceptedAt: clock.wallTime }).lastInsertRowid,
    )
    const recipientIds = recipients.map((recipient) =>
      Number(insertRecipient.run({ entryId: id, ...recipient, dueAt: clock.queueTime }).lastInsertRowid),
    )
    return { id, queuedAt: clock.queueTime, recipientIds }
  }

  return {
    operations: {
      enqueue({ entry, clock }: { entry: NewEntry; clock: ClockReading }): StoredEntry {
        setClock.run(clock)
        return insert(entry, clock)
      },

      settle({ entryId, done, deferred, delayNoticed, notification, clock }: Settlement): Settled {
        setClock.run(clock)
        for (const id of done) remove.run(id)
        for (const recipient of deferred) defer.run(recipient)
        if (delayNoticed) noticeDelay.run(entryId)
        let freed: string | null = null
        if (anyLeft.get(entryId) === undefined) {
          freed = (bodyFileOf.get(entryId) as string | null | undefined) ?? null
          removeEntry.run(entryId)
        }
        return { freed, notification: notification && insert(notification, clock) }
      },

      /** Keeps a damaged entry for whoever wants to look, and out of the way of the others. */
      setAside: (args: { entryId: number; reason: string }) => void setAside.run(args),

      hurry({ ids, dueAt }: { ids: number[]; dueAt: number }): void {
        for (const id of ids) hurry.run({ id, dueAt })
      },
      commandApplied: (id: string) => void commandApplied.run(id),
      forgetCommands: (ids: string[]) => ids.forEach((id) => forgetCommand.run(id)),

      tick: (clock: ClockReading) => void setClock.run(clock),
    } as Operations['operations'],
  }
}
