/** Moves a damaged database out of the way, so that its owner can begin with an empty one. Nothing is ever removed. */
import { existsSync, renameSync } from 'node:fs'

/** Whether the database itself is damaged: another try would find it so again. */
export const isDamaged = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB)/.test((error as { code?: string } | null)?.code ?? '')

/** Keeps the files for whoever wants to look; answers with the database's new name. */
export function setAside(path: string, now: Date): string {
  const aside = `${path}.damaged-${now.toISOString().replace(/[:.]/g, '-')}`
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  return aside
}
