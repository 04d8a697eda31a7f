/**
 * One process per data folder. SQLite's own file lock does it: the kernel gives it back when the process ends, however it
 * ends, so that nothing is left to clean up after kill -9.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Throws at once when another process holds the folder. */
export function lockFolder(folder: string): { release(): void } {
  const db = new Database(join(folder, 'lock.db'), { timeout: 0 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new Error(`another process uses ${folder}`, { cause: error })
  }
  return { release: () => void db.close() }
}
