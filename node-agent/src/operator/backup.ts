/**
 * A consistent copy of a node's data folder while the node runs. Each database is copied as of one moment (VACUUM INTO reads within one
 * transaction and keeps no writer waiting). The mail store's files of contents are only ever added, and removed some time after
 * nothing refers to them: they are copied before and after their database, until the copy has every file that its database names.
 *
 * Starting on the copy is the restore. The copy is prepared for that: what the original did after this moment is unknown to it, so
 * it must not use a UID, a modification sequence or the number of an event that the original may have used.
 */
import { constants, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { leaveUidGap } from '../engines/builtin/store/shard/uid-gap.js'
import { syncFolderNow } from '../durable/folder-sync.js'

/** What belongs to the running process: locks, and messages that nobody was told are stored. */
const passedOver = /^(?:lock\.db|spool|inspect-at-start|lost-.*)$|\.db-(?:wal|shm|journal)$|\.(?:new|schema)$|\.db\./
const maxRounds = 20
export class BackupError extends Error {
  override name = 'BackupError'
}

export async function backUp(from: string, to: string): Promise<{ databases: number; files: number }> {
  if (existsSync(to) && readdirSync(to).length > 0) throw new BackupError(`${to} is not empty`)
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const done = { databases: 0, files: 0 }
  await copyFolder(from, to, done)
  return done
}

async function copyFolder(from: string, to: string, done: { databases: number; files: number }): Promise<void> {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const entries = readdirSync(from, { withFileTypes: true }).filter(({ name }) => !passedOver.test(name))
  const databases = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.db'))
  for (const { name } of entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.db')))
    if (await copyOne(join(from, name), join(to, name))) done.files++
  const folders = entries.filter((entry) => entry.isDirectory())
  for (const { name } of folders) await copyFolder(join(from, name), join(to, name), done)
  for (const { name } of databases) {
    await copyDatabase(from, to, name)
    done.databases++
  }
  syncFolderNow(to)
}

/** False where the file went meanwhile. */
async function copyOne(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await syncFile(to)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false
    throw error
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function copyDatabase(from: string, to: string, name: string): Promise<void> {
  for (let round = 1; ; round++) {
    rmSync(join(to, name), { force: true })
    const source = new Database(join(from, name), { readonly: true, timeout: 10_000 })
    try {
      source.prepare('VACUUM INTO ?').run(join(to, name))
    } finally {
      source.close()
    }
    const copy = new Database(join(to, name))
    try {
      if (await completeFiles(copy, from, to)) return prepareForRestore(copy)
    } finally {
      copy.close()
    }
    // A file that the copy names was removed before it could be copied: then a newer copy names it no more.
    if (round === maxRounds) throw new BackupError(`${name} changes faster than it can be copied`)
  }
}

const hasTable = (db: Database.Database, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined

/** Copies what the database names and the copy has not, or not to its full length. */
async function completeFiles(copy: Database.Database, from: string, to: string): Promise<boolean> {
  if (!hasTable(copy, 'contents') || !hasTable(copy, 'segments')) return true
  const needed = [
    ...(copy
      .prepare(
        "SELECT 'segments/' || printf('%08d', segment) || '.seg' AS name, max(position + size) AS length FROM contents WHERE segment IS NOT NULL GROUP BY segment",
      )
      .all() as { name: string; length: number }[]),
    ...(copy.prepare('SELECT file AS name, size AS length FROM contents WHERE file IS NOT NULL').all() as {
      name: string
      length: number
    }[]),
  ]
  for (const { name, length } of needed) {
    const target = join(to, name)
    if (existsSync(target) && statSync(target).size >= length) continue
    if (!(await copyOne(join(from, name), target))) return false
  }
  return true
}

function prepareForRestore(copy: Database.Database): void {
  copy.transaction(() => {
    if (hasTable(copy, 'writer_meta')) {
      // The original goes on to ship its events: the copy begins a stream of its own.
      copy.prepare('UPDATE writer_meta SET epoch = ?').run(randomUUID())
      copy.exec('DELETE FROM event_outbox')
    }
    if (!hasTable(copy, 'mailboxes')) return
    leaveUidGap(copy)
  })()
  copy.pragma('journal_mode = WAL')
}
