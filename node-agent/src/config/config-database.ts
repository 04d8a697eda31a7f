/** Reads the config database at start. One that is damaged is set aside: the control plane has all of it and sends it again. */
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { isDamaged } from '../durable/set-aside.js'
import type { ConfigPosition, ConfigRow } from './config-operations.js'

export interface StoredConfig {
  position: (ConfigPosition & { definitions: string }) | null
  resources: ConfigRow[]
  candidates: ConfigRow[]
}

const empty: StoredConfig = { position: null, resources: [], candidates: [] }

export class DamagedConfigError extends Error {
  override name = 'DamagedConfigError'
}

export function readConfig(path: string): StoredConfig {
  if (!existsSync(path)) return empty
  let db: Database.Database | undefined
  try {
    db = new Database(path)
    if (db.pragma('quick_check(1)', { simple: true }) !== 'ok')
      throw new DamagedConfigError('the integrity check failed')
    if ((db.pragma('user_version', { simple: true }) as number) === 0) return empty
    const rows = (table: string) => db!.prepare(`SELECT key, version, body FROM ${table}`).all() as ConfigRow[]
    const position = db.prepare('SELECT epoch, revision, definitions FROM position').get() as StoredConfig['position']
    return { position: position ?? null, resources: rows('resource'), candidates: rows('candidate') }
  } catch (error) {
    if (isDamaged(error)) throw new DamagedConfigError((error as Error).message)
    throw error
  } finally {
    db?.close()
  }
}
