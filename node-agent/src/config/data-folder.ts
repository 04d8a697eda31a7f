/**
 * The node's data folder: private to its user, and used by one process at a time. The lock is SQLite's on a file of its own, so the
 * kernel lets go of it however the process ends.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

export class DataFolderError extends Error {
  override name = 'DataFolderError'
}

/** Returns the release of the lock. */
export function claimDataFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (error) {
    throw new DataFolderError(`the data folder ${folder} cannot be used: ${(error as Error).message}`)
  }
  let lock: Database.Database | undefined
  try {
    lock = new Database(join(folder, 'agent.lock'), { timeout: 0 })
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    const { code = '', message } = error as { code?: string; message: string }
    if (code.startsWith('SQLITE_BUSY')) throw new DataFolderError(`another node agent uses the data folder ${folder}`)
    throw new DataFolderError(`the data folder ${folder} cannot be locked: ${message}`)
  }
  const held = lock
  return () => held.close()
}
