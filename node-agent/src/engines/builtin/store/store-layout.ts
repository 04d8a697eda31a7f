/** The store's folder: `store.json` fixes for ever what the place of an account depends on. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { syncFolderNow } from '../../../durable/folder-sync.js'
import { replaceFile } from '../../../durable/replace-file.js'

const maxShards = 64

const storeFile = z.object({
  format: z.literal(1),
  /** Part of every content id, so that ids of different nodes differ. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  shards: z.number().int().min(1).max(maxShards),
})
export type StoreLayout = z.infer<typeof storeFile>

export function openLayout(dataDir: string, shards: number): StoreLayout {
  const path = join(dataDir, 'store.json')
  if (existsSync(path)) return storeFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  const layout = storeFile.parse({ format: 1, id: randomBytes(6).toString('hex'), shards })
  // Whole or not at all: a folder with shards and without this file could not be read again.
  replaceFile(path, JSON.stringify(layout))
  syncFolderNow(dirname(dataDir))
  return layout
}

export const shardFolder = (dataDir: string, shard: number): string =>
  join(dataDir, `shard-${String(shard).padStart(2, '0')}`)

export function makeShardFolder(dataDir: string, shard: number): string {
  const folder = shardFolder(dataDir, shard)
  for (const name of ['segments', 'large']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
  syncFolderNow(folder)
  syncFolderNow(dirname(folder))
  return folder
}
