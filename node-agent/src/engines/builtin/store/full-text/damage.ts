/**
 * Damage of an index file. Whoever meets it leaves a mark: nobody reads the file any more, and the indexer makes a new one. Only the
 * indexer deletes, since a new database under the name of one that is still open could take over the old one's log.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { damageMark } from './layout.js'

/** Whether the file itself is at fault, and not the disk or a limit of the process. SQLITE_ERROR: a table that is not there. */
export const isIndexDamage = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB|ERROR)/.test((error as { code?: string } | null)?.code ?? '')

export const isMarkedDamaged = (path: string): boolean => existsSync(damageMark(path))

export function markDamaged(path: string): void {
  try {
    writeFileSync(damageMark(path), '')
  } catch {
    // A disk that takes no mark: each search meets the damage again.
  }
}
