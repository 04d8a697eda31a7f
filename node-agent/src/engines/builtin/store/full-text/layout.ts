/**
 * The files of the full-text index: one an account, beside its shard, so that no list mixes accounts and an account's removal is a
 * file's. All of them can be deleted at any time: they are made again from the messages.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'

export const indexFolder = (shardFolder: string): string => join(shardFolder, 'full-text')

/** Ids are not made for file names. */
export const indexName = (accountId: string): string =>
  `${createHash('sha256').update(accountId).digest('hex').slice(0, 32)}.db`

export const indexPath = (shardFolder: string, accountId: string): string =>
  join(indexFolder(shardFolder), indexName(accountId))

/** See ./damage.ts. */
export const damageMark = (path: string): string => `${path}-damaged`

export const filesOf = (path: string): string[] => [path, `${path}-wal`, `${path}-shm`, damageMark(path)]
