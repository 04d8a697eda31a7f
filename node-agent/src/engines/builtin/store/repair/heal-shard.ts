/**
 * At the start, before anybody has a shard open: finds damage of its database and its write-ahead log, and puts a rebuilt database in its
 * place. A crash on the way leaves the old one or the new one: `index.db.rebuilt` is complete, and only waits for its name.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { syncFolderNow } from '../../../../durable/folder-sync.js'
import { replaceFile } from '../../../../durable/replace-file.js'
import { setAside } from '../../../../durable/set-aside.js'
import { indexFolder } from '../full-text/layout.js'
import { databasePath, segmentName } from '../shard/layout.js'
import { leaveUidGap } from '../shard/uid-gap.js'
import { findDamage } from './inspect.js'
import { rebuild, type RebuildReport } from './rebuild-shard.js'
import { forgetSchema, readSavedSchema, transplantSchema } from './saved-schema.js'
import { readWal, writeWithWal, type WalState } from './wal.js'

const defaultPageSize = 4_096
/** What was done, in words for the operator; null where all is well. */
export function healShard(folder: string, storeId: string, thorough: boolean, now = new Date()): string | null {
  const database = databasePath(folder)
  const [scratch, fresh, rebuilt] = [`${database}.scratch`, `${database}.new`, `${database}.rebuilt`]
  const clear = (): void => {
    for (const path of [scratch, fresh])
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
  }
  clear()
  if (existsSync(rebuilt)) putInPlace(database, rebuilt, now)
  if (!existsSync(database)) return null

  const saved = readSavedSchema(database)
  const wal = readWal(`${database}-wal`, saved?.pageSize ?? defaultPageSize)
  // Opening the database would apply what SQLite takes for the whole of the log, and forget the rest.
  const walHides = wal !== null && wal.usable !== wal.seenBySqlite
  const damage = walHides ? 'its write-ahead log is damaged' : findDamage(database, thorough || wal?.broken === true)
  if (damage === null) return wal?.broken ? passOverForgotten(database) : null

  if (wal) writeWithWal(database, wal, scratch)
  else copyFileSync(database, scratch)
  const aside = `${database}.damaged-${now.toISOString().replace(/[:.]/g, '-')}`
  if (walHides && wal.lostPages.length === 0 && findDamage(scratch, true) === null) {
    passOverForgotten(scratch)
    finish(scratch)
    return `all changes could be read from it, the damaged files are kept as ${aside}`
  }
  if (saved) transplantSchema(saved, scratch)
  const report = rebuild(scratch, fresh, storeId)
  keepUnknownFiles(folder, fresh, now)
  // Made again from the messages.
  rmSync(indexFolder(folder), { recursive: true, force: true })
  replaceFile(`${aside}.json`, JSON.stringify({ damage, wal: walReport(wal), ...report }, null, 2))
  finish(fresh)
  return `${damage}: ${told(report)}; what was lost is in ${aside}.json, beside the damaged database`

  function finish(path: string): void {
    const fd = openSync(path, 'r+')
    fsyncSync(fd)
    closeSync(fd)
    renameSync(path, rebuilt)
    syncFolderNow(folder)
    putInPlace(database, rebuilt, now)
    clear()
  }
}

function putInPlace(database: string, rebuilt: string, now: Date): void {
  setAside(database, now)
  // It tells of the pages of the old one.
  forgetSchema(database)
  renameSync(rebuilt, database)
  syncFolderNow(join(database, '..'))
}

/** Frames at the end of the log are damaged or torn: nobody can say whether what they told had been answered. */
function passOverForgotten(database: string): string {
  const db = new Database(database, { timeout: 5_000 })
  try {
    db.transaction(() => leaveUidGap(db))()
  } finally {
    db.close()
  }
  return 'the last changes before the crash could not be read: UIDs that they may have given are passed over'
}

/** What nothing points to any more is kept from the removal of orphans. */
function keepUnknownFiles(folder: string, database: string, now: Date): void {
  const db = new Database(database, { readonly: true })
  try {
    const known = new Set([
      ...(db.prepare('SELECT file FROM contents WHERE file IS NOT NULL').pluck().all() as string[]),
      ...(db.prepare('SELECT DISTINCT segment FROM contents WHERE segment IS NOT NULL').pluck().all() as number[]).map(
        segmentName,
      ),
      ...(db.prepare('SELECT name FROM released_files').pluck().all() as string[]),
    ])
    const aside = join(folder, `lost-${now.toISOString().replace(/[:.]/g, '-')}`)
    for (const kind of ['large', 'segments'])
      for (const name of readdirSync(join(folder, kind))) {
        if (known.has(`${kind}/${name}`)) continue
        mkdirSync(aside, { recursive: true, mode: 0o700 })
        renameSync(join(folder, kind, name), join(aside, basename(name)))
      }
  } finally {
    db.close()
  }
}

const walReport = (wal: WalState | null) =>
  wal && { broken: wal.broken, frames: wal.frames.length, used: wal.usable, lostPages: wal.lostPages }

const told = ({ messages, recovered, lost, unowned, renumbered }: RebuildReport): string =>
  `rebuilt with ${messages} messages, ${recovered} of them in Recovered; ` +
  `${lost.reduce((sum, { uids }) => sum + uids.length, 0)} entries lost, ${unowned} contents without owner, ` +
  `${renumbered.length} mailboxes with a new UIDVALIDITY`
