/**
 * Looks through a node's data folder while the node runs: the structure of every database, and in the mail store whether counts are what
 * they count and each content has the octets whose digest was kept. Reads within short transactions of its own connection, so
 * that no delivery waits. With `repair`, counts are set right, each in one short transaction; damaged
 * octets are told and never served.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { blockMatches, blockSize } from '../engines/builtin/store/content/digests.js'
import { counts } from '../engines/builtin/store/shard/counts.js'
import { segmentName } from '../engines/builtin/store/shard/layout.js'

export interface Finding {
  /** Relative to the data folder. */
  database: string
  what: string
  repaired: boolean
}

const contentsPerRead = 200

export function check(dataFolder: string, repair: boolean, tell: (finding: Finding) => void): number {
  let findings = 0
  for (const database of databasesIn(dataFolder, '')) {
    const found = (what: string, repaired = false): void => {
      findings++
      tell({ database, what, repaired })
    }
    try {
      checkDatabase(dataFolder, database, repair, found)
    } catch (error) {
      found(`cannot be read: ${(error as Error).message}`)
    }
  }
  return findings
}

function databasesIn(dataFolder: string, folder: string): string[] {
  return readdirSync(join(dataFolder, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return databasesIn(dataFolder, path)
    return entry.name.endsWith('.db') && entry.name !== 'lock.db' ? [path] : []
  })
}

type Found = (what: string, repaired?: boolean) => void

function checkDatabase(dataFolder: string, database: string, repair: boolean, found: Found): void {
  const db = new Database(join(dataFolder, database), { timeout: 10_000 })
  try {
    const [first, ...rest] = (db.pragma('integrity_check') as { integrity_check: string }[]).map(
      ({ integrity_check: line }) => line,
    )
    if (first !== 'ok') for (const line of [first!, ...rest]) found(line)
    const isShard = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'contents'").get() !== undefined
    if (!isShard) return
    for (const { name, wrong, mend } of counts) {
      // Counted and set right within one transaction, so that no delivery comes between.
      const rows = db
        .transaction((): number => {
          const { count } = db.prepare(`SELECT count(*) AS count FROM ${wrong}`).get() as { count: number }
          if (repair && count > 0) db.exec(mend)
          return count
        })
        [repair ? 'immediate' : 'deferred']()
      if (rows > 0) found(`${rows} ${name}`, repair)
    }
    checkContents(db, join(dataFolder, database, '..'), found)
  } finally {
    db.close()
  }
}

interface ContentRow {
  id: number
  size: number
  segment: number | null
  position: number | null
  file: string | null
  digests: Buffer
  octets: Buffer | null
}

function checkContents(db: Database.Database, folder: string, found: Found): void {
  const some = db.prepare(
    `SELECT id, size, segment, position, file, digests, octets FROM contents LEFT JOIN bodies ON content = id
     WHERE id > ? ORDER BY id LIMIT ${contentsPerRead}`,
  )
  const one = db.prepare(
    `SELECT id, size, segment, position, file, digests, octets FROM contents LEFT JOIN bodies ON content = id WHERE id = ?`,
  )
  const users = db.prepare(
    `SELECT name, uid FROM messages JOIN mailboxes ON mailboxes.id = mailbox WHERE content = ? LIMIT 1`,
  )
  for (let after = 0; ;) {
    const rows = some.all(after) as ContentRow[]
    if (rows.length === 0) return
    for (const row of rows) {
      if (isIntact(folder, row)) continue
      // It may have moved to another segment, or gone, since the row was read.
      const again = one.get(row.id) as ContentRow | undefined
      if (!again || isIntact(folder, again)) continue
      const user = users.get(row.id) as { name: string | null; uid: number } | undefined
      found(`the octets of content ${row.id} are damaged${user ? ` (${user.name ?? 'deleted'}, UID ${user.uid})` : ''}`)
    }
    after = rows.at(-1)!.id
  }
}

function isIntact(folder: string, { size, segment, position, file, digests, octets }: ContentRow): boolean {
  const name = file ?? (segment === null ? null : segmentName(segment))
  if (name === null) return octets?.length === size && matches((at, length) => octets.subarray(at, at + length))
  let fd: number
  try {
    fd = openSync(join(folder, name), 'r')
  } catch {
    return false
  }
  try {
    const block = Buffer.alloc(blockSize)
    return matches((at, length) => block.subarray(0, readSync(fd, block, 0, length, (position ?? 0) + at)))
  } finally {
    closeSync(fd)
  }

  function matches(read: (at: number, length: number) => Buffer): boolean {
    for (let index = 0; index * blockSize < size || index === 0; index++) {
      const length = Math.min(blockSize, size - index * blockSize)
      const octetsOfBlock = read(index * blockSize, length)
      if (octetsOfBlock.length !== length || !blockMatches(octetsOfBlock, index, digests)) return false
    }
    return true
  }
}
