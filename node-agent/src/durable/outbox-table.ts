/** The outbox of mail events that each durable database carries: written with what the events tell of, read by the shipper. */
import type Database from 'better-sqlite3'
import type { MailEvent } from '@mailfleet/schema'

export interface OutboxRow {
  sequence: number
  body: string
}

export function createOutbox(db: Database.Database) {
  // AUTOINCREMENT: a sequence is never used again, even when the table was trimmed empty.
  db.exec('CREATE TABLE IF NOT EXISTS event_outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)')
  const insert = db.prepare('INSERT INTO event_outbox (body) VALUES (?)')
  const remove = db.prepare('DELETE FROM event_outbox WHERE sequence <= ?')
  return {
    append: (event: MailEvent): void => void insert.run(JSON.stringify(event)),
    trim: (upTo: number): void => void remove.run(upTo),
  }
}

/** Rows after `sequence`, oldest first; for a connection that only reads. */
export const readOutbox = (db: Database.Database, after: number, limit: number): OutboxRow[] =>
  db
    .prepare('SELECT sequence, body FROM event_outbox WHERE sequence > ? ORDER BY sequence LIMIT ?')
    .all(after, limit) as OutboxRow[]
