/**
 * A copy of the pages that tell where each table begins, `index.schema`: without them nothing of a database can be read. They only
 * change when the schema does.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { replaceFile } from '../../../../durable/replace-file.js'

const savedFile = z.object({
  /** Digest of what the pages say: where each table begins. */
  shape: z.string(),
  pageSize: z.number().int().min(512).max(65_536),
  pages: z.array(z.object({ page: z.number().int().min(1), octets: z.base64() })),
})
export type SavedSchema = z.infer<typeof savedFile>

export const forgetSchema = (database: string): void => rmSync(fileOf(database), { force: true })

const fileOf = (database: string): string => database.replace(/\.db$/, '.schema')

/** Null where there is none or where it is damaged itself. */
export function readSavedSchema(database: string): SavedSchema | null {
  try {
    return savedFile.parse(JSON.parse(readFileSync(fileOf(database), 'utf8')))
  } catch {
    return null
  }
}

/** Of a database that is open for writing elsewhere, and whose pages of the schema are not in its log alone. */
export function saveSchema(database: string): void {
  const db = new Database(database, { timeout: 5_000 })
  try {
    const version = db.pragma('user_version', { simple: true })
    const entries = db.prepare('SELECT type, name, rootpage, sql FROM sqlite_schema').all()
    const shape = createHash('sha256')
      .update(JSON.stringify([version, entries]))
      .digest('hex')
    if (readSavedSchema(database)?.shape === shape) return
    const pageSize = db.pragma('page_size', { simple: true }) as number
    const numbers = db.prepare("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'").pluck().all() as number[]
    db.pragma('wal_checkpoint(FULL)')
    const fd = openSync(database, 'r')
    try {
      const pages = numbers.map((page) => {
        const octets = Buffer.alloc(pageSize)
        readSync(fd, octets, 0, pageSize, (page - 1) * pageSize)
        return { page, octets: octets.toString('base64') }
      })
      replaceFile(fileOf(database), JSON.stringify({ shape, pageSize, pages }))
    } finally {
      closeSync(fd)
    }
  } finally {
    db.close()
  }
}

/** Into a copy of the database that is only read from then on: its list of free pages is dropped. */
export function transplantSchema({ pages, pageSize }: SavedSchema, into: string): void {
  if (!existsSync(into)) return
  const fd = openSync(into, 'r+')
  try {
    for (const { page, octets } of pages) {
      const content = Buffer.from(octets, 'base64')
      if (page === 1) {
        content.writeUInt32BE(Math.ceil(statSync(into).size / pageSize), 28)
        content.fill(0, 32, 40)
        content.copy(content, 92, 24, 28)
      }
      writeSync(fd, content, 0, content.length, (page - 1) * pageSize)
    }
  } finally {
    closeSync(fd)
  }
}
