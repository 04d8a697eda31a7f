/** What a module that runs inside a writer thread exports. */
import type Database from 'better-sqlite3'
import type { MailEvent } from '@mailfleet/schema'

/** Runs inside the group's transaction, synchronously; may throw, which undoes this call alone. */
export type Operation = (args: never) => unknown

export interface WriterContext {
  /** Adds an event to the outbox as part of the call that is running: for events that depend on what the call finds. */
  emit(event: MailEvent): void
}

export interface Operations {
  operations: Record<string, Operation>
  /**
   * Runs before the commit: fsync files that rows of this group point to. A throw fails the whole group; unless the cause
   * is a full disk, it also ends the writer.
   */
  beforeCommit?: () => void
  close?: () => void
}

/** Migrates the schema, prepares statements. `db` is in WAL mode with synchronous=FULL. */
export type OpenDatabase = (db: Database.Database, config: never, context: WriterContext) => Operations
