/** What a module that runs inside a writer thread exports. */
import type Database from 'better-sqlite3'

/** Runs inside the group's transaction, synchronously; may throw, which undoes this call alone. */
export type Operation = (args: never) => unknown

export interface Operations {
  operations: Record<string, Operation>
  /** Runs before the commit: fsync files that rows of this group point to. A throw fails the whole group and the writer. */
  beforeCommit?: () => void
  close?: () => void
}

/** Migrates the schema, prepares statements. `db` is in WAL mode with synchronous=FULL. */
export type OpenDatabase = (db: Database.Database, config: never) => Operations
