/** Opens the config database: what it holds, and the writer that keeps it. */
import type { Logger } from 'pino'
import { Writer } from '../durable/writer.js'
import { setAside } from '../durable/set-aside.js'
import { DamagedConfigError, readConfig } from './config-database.js'
import type { StoredConfig } from './config-database.js'

export interface OpenedConfig {
  stored: StoredConfig
  writer: Writer
  /** Where a damaged database went. */
  setAside: string | null
}

export async function openConfig(path: string, definitions: string, logger: Logger): Promise<OpenedConfig> {
  let stored: StoredConfig
  let aside: string | null = null
  try {
    stored = readConfig(path)
  } catch (error) {
    if (!(error instanceof DamagedConfigError)) throw error
    aside = setAside(path, new Date())
    logger.error(
      { err: error, aside },
      'the config database is damaged: set aside, the control plane will send all of it',
    )
    stored = readConfig(path)
  }
  const operations = new URL(`./config-operations.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  const writer = await Writer.open({ name: 'config', path, operations, config: { definitions } })
  return { stored, writer, setAside: aside }
}
