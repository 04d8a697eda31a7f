/** The node's data folder: private to its user, and used by one process at a time, however the one before it ended. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { lockFolder } from '../durable/folder-lock.js'
import { StartError } from '../start-error.js'

/** Returns the release of the lock. */
export function claimDataFolder(folder: string): () => void {
  try {
    makeFolder(folder)
    chmodSync(folder, 0o700)
  } catch (error) {
    throw new StartError(`the data folder ${folder} cannot be used: ${(error as Error).message}`)
  }
  try {
    const lock = lockFolder(folder)
    return () => lock.release()
  } catch (error) {
    throw new StartError(`the data folder cannot be had: ${(error as Error).message}`)
  }
}

/** One level at a time: Node's own `recursive` spins for ever where a parent refuses with ENOENT, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}
