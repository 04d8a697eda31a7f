/**
 * The key that the control plane seals secrets with. It stands beside the data, not in the database, readable to its owner only,
 * and is made once: where it is lost, what it sealed is lost too, so a backup needs it.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Makes the key file of `dataDir` where there is none; returns its path. */
export function provideMasterKey(dataDir) {
  const path = join(dataDir, 'master.key')
  let file
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    if (error.code === 'EEXIST') return path
    throw error
  }
  writeSync(file, `${randomBytes(32).toString('base64')}\n`)
  fsyncSync(file)
  closeSync(file)
  return path
}
