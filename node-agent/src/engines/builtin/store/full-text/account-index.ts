/** The writing side of one account's index, for the indexer alone. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { hasMarks, withoutMarks } from '../../message/fold-text.js'
import { isIndexDamage, isMarkedDamaged } from './damage.js'
import { createSchema, schemaVersion, textEnd } from './index-schema.js'
import { filesOf } from './layout.js'
import type { SearchedTexts } from './searched-texts.js'

export interface NewEntry {
  content: number
  tag: number
  prefix: Buffer
  /** Null: it is only remembered that there is nothing to be indexed. */
  texts: SearchedTexts | null
}

export interface Progress {
  mailbox: number
  uidValidity: number
  uidNext: number
}

export interface AccountIndex {
  has(content: number, tag: number, prefix: Buffer): boolean
  /** The first UID that has not been looked at. */
  uidNext(mailbox: number, uidValidity: number): number
  /** Entries and how far they bring the mailbox, together. */
  add(entries: NewEntry[], progress: Progress): void
  /** What was given to `clean` last. */
  cleaned(): string | undefined
  /** Removes the entries of contents that the account does not have any more. */
  clean(kept: ReadonlySet<number>, mailboxes: string): void
  close(): void
}

/** A file that is marked, cannot be opened or is of another version is deleted first. */
export function openAccountIndex(path: string): AccountIndex {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  if (isMarkedDamaged(path)) removeIndex(path)
  try {
    return open(path)
  } catch (error) {
    if (!isIndexDamage(error) && !(error instanceof WrongVersionError)) throw error
    removeIndex(path)
    return open(path)
  }
}

export function removeIndex(path: string): void {
  for (const file of filesOf(path)) rmSync(file, { force: true })
}

class WrongVersionError extends Error {}

function open(path: string): AccountIndex {
  const db = new Database(path, { timeout: 5000 })
  try {
    prepare(db)
    return writeSide(db)
  } catch (error) {
    db.close()
    throw error
  }
}

function prepare(db: Database.Database): void {
  const version = db.pragma('user_version', { simple: true })
  if (version === 0) db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  // A power cut may cost the last commits, never the order: what is lost is indexed again.
  db.pragma('synchronous = NORMAL')
  if (version === 0) db.transaction(createSchema)(db)
  else if (version !== schemaVersion) throw new WrongVersionError()
}

function writeSide(db: Database.Database): AccountIndex {
  const addEntry = db.prepare('INSERT INTO entries (content, tag, prefix, whole) VALUES (?, ?, ?, ?)')
  const addTexts = db.prepare(
    'INSERT INTO texts (rowid, header, body, marked_header, marked_body) VALUES (?, ?, ?, ?, ?)',
  )
  const find = db.prepare('SELECT 1 FROM entries WHERE content = ? AND tag = ? AND prefix = ?')
  const progress = db.prepare('SELECT uid_next FROM mailboxes WHERE id = ? AND uid_validity = ?').pluck()
  const setProgress = db.prepare('REPLACE INTO mailboxes (id, uid_validity, uid_next) VALUES (?, ?, ?)')
  const cleaned = db.prepare('SELECT mailboxes FROM cleaned').pluck()
  const forgetCleaned = db.prepare('DELETE FROM cleaned')
  const setCleaned = db.prepare('INSERT INTO cleaned (mailboxes) VALUES (?)')
  const allEntries = db.prepare('SELECT id, content FROM entries').raw()
  const removeEntry = db.prepare('DELETE FROM entries WHERE id = ?')
  const removeTexts = db.prepare('DELETE FROM texts WHERE rowid = ?')

  const add = db.transaction((entries: NewEntry[], { mailbox, uidValidity, uidNext }: Progress): void => {
    for (const { content, tag, prefix, texts } of entries) {
      const { lastInsertRowid } = addEntry.run(content, tag, prefix, texts ? 1 : 0)
      if (!texts) continue
      const { header, body } = texts
      addTexts.run(lastInsertRowid, plain(header), plain(body), marked(header), marked(body))
    }
    setProgress.run(mailbox, uidValidity, uidNext)
  })

  const clean = db.transaction((kept: ReadonlySet<number>, mailboxes: string): void => {
    for (const [id, content] of allEntries.all() as [number, number][]) {
      if (kept.has(content)) continue
      removeEntry.run(id)
      removeTexts.run(id)
    }
    forgetCleaned.run()
    setCleaned.run(mailboxes)
  })

  return {
    has: (content, tag, prefix) => find.get(content, tag, prefix) !== undefined,
    uidNext: (mailbox, uidValidity) => (progress.get(mailbox, uidValidity) as number | undefined) ?? 1,
    add,
    cleaned: () => cleaned.get() as string | undefined,
    clean(kept, mailboxes) {
      clean(kept, mailboxes)
      db.pragma('incremental_vacuum')
    },
    close: () => void db.close(),
  }
}

const plain = (text: string): string => withoutMarks(text) + textEnd
const marked = (text: string): string => (hasMarks(text) ? text + textEnd : '')
