/** Where things are, and who can reach them. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Whether any user may pass through `path` and each folder above it; those that do not exist yet are left out. */
export function isReachableByOthers(path) {
  for (let folder = path; ; folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false })
    if (stat && (stat.mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
