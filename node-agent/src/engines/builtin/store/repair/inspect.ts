/** Whether a shard's database is what it should be. Its structure is only walked through where that takes a second or two. */
import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { isDamaged } from '../../../../durable/set-aside.js'
import { newestSchema, sealedSince } from '../shard/schema.js'
import { isDamagedMessage, mailboxSeal } from '../shard/seals.js'

const maxInspected = 256 * 1024 * 1024

/** What is wrong, or null. `thorough`: however large it is. */
export function findDamage(path: string, thorough: boolean): string | null {
  let db: Database.Database | null = null
  try {
    db = new Database(path, { timeout: 5_000 })
    const version = db.pragma('user_version', { simple: true }) as number
    if (version > newestSchema) return null
    if (!thorough && statSync(path).size > maxInspected) return null
    const [found] = db.pragma('integrity_check(1)') as { integrity_check: string }[]
    if (found!.integrity_check !== 'ok') return found!.integrity_check
    if (version < sealedSince) return null
    const damaged = db
      .prepare(`SELECT 1 FROM messages LEFT JOIN contents ON contents.id = content WHERE ${isDamagedMessage} LIMIT 1`)
      .get()
    if (damaged) return 'an entry of a message is damaged'
    if (db.prepare(`SELECT 1 FROM mailboxes WHERE seal IS NOT ${mailboxSeal()} LIMIT 1`).get())
      return 'an entry of a mailbox is damaged'
    return null
  } catch (error) {
    if (isDamaged(error) || (error as { code?: string }).code === 'SQLITE_ERROR') return (error as Error).message
    throw error
  } finally {
    db?.close()
  }
}
