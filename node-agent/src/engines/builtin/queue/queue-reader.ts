/** What the queue reads from its database, on a connection that cannot write. */
import Database from 'better-sqlite3'
import type { ClockReading } from './queue-clock.js'
import type { EntryRow, RecipientRow } from './queue-operations.js'

export interface PendingRow extends RecipientRow {
  queued_at: number
}

export class QueueReader {
  private readonly db: Database.Database
  constructor(path: string) {
    this.db = new Database(path, { readonly: true })
  }

  clock(): ClockReading | null {
    const row = this.db.prepare('SELECT queue_time AS queueTime, wall_time AS wallTime FROM queue_clock').get()
    return (row as ClockReading | undefined) ?? null
  }

  /** All that is owed, oldest first. */
  pending(): PendingRow[] {
    return this.db
      .prepare(
        `SELECT recipient.*, entry.queued_at FROM recipient JOIN entry ON entry.id = recipient.entry_id
         WHERE entry.set_aside IS NULL ORDER BY recipient.id`,
      )
      .all() as PendingRow[]
  }

  entry(id: number): EntryRow | undefined {
    return this.db.prepare('SELECT * FROM entry WHERE id = ?').get(id) as EntryRow | undefined
  }

  recipients(entryId: number): RecipientRow[] {
    return this.db.prepare('SELECT * FROM recipient WHERE entry_id = ?').all(entryId) as RecipientRow[]
  }

  entriesOf(transactionId: string): number[] {
    return this.db.prepare('SELECT id FROM entry WHERE transaction_id = ?').pluck().all(transactionId) as number[]
  }

  appliedCommands(): string[] {
    return this.db.prepare('SELECT id FROM applied_command').pluck().all() as string[]
  }

  bodyFiles(): Set<string> {
    return new Set(this.db.prepare('SELECT body_file FROM entry WHERE body_file IS NOT NULL').pluck().all() as string[])
  }

  close(): void {
    this.db.close()
  }
}
