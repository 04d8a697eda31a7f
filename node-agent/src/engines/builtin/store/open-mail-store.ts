/** Opens the store in its folder, alone among processes, and starts its upkeep. */
import { mkdirSync } from 'node:fs'
import { lockFolder } from '../../../durable/folder-lock.js'
import type { Writer } from '../../../durable/writer.js'
import type { MessageContent, MessageSummary } from '../message/message-content.js'
import type { MailStore } from './mail-store.js'
import { openShard, type Shard } from './shard/shard.js'
import { createMailStore } from './sqlite-mail-store.js'
import { openLayout } from './store-layout.js'
import type { StoreParts } from './store-parts.js'
import { startUpkeep } from './upkeep-timer.js'
import { createWatchers } from './watchers.js'

export interface MailStoreOptions {
  dataDir: string
  summarize(content: MessageContent): Promise<MessageSummary>
  /** Octets, or null without limit; asked for at each change that adds. */
  quotaOf(accountId: string): number | null
  accountExists(accountId: string): boolean
  /** Counts only when the store is made. */
  shards?: number
  /** Days between `dropAccount` and the removal of the account's mail. */
  purgeAfterDays(): number
  upkeepIntervalMs?: number
}

/** `writers`: one a shard, each with an outbox of mail events to be shipped. */
export type OpenedMailStore = MailStore & { writers: Writer[] }

export async function openMailStore(options: MailStoreOptions): Promise<OpenedMailStore> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const lock = lockFolder(options.dataDir)
  const shards: Shard[] = []
  const closeShards = async (): Promise<void> => {
    // What waits for a writer may still read.
    await Promise.all(shards.map(({ writer }) => writer.close()))
    for (const { reader } of shards) reader.close()
    lock.release()
  }
  try {
    const layout = openLayout(options.dataDir, options.shards ?? 2)
    const opening = Array.from({ length: layout.shards }, (_, index) => openShard(options.dataDir, layout, index))
    for (const result of await Promise.allSettled(opening)) if (result.status === 'fulfilled') shards.push(result.value)
    // All have ended by now: the first failure is told, and what did open is closed.
    await Promise.all(opening)
  } catch (error) {
    await closeShards()
    throw error
  }
  const upkeep = startUpkeep(shards, () => options.purgeAfterDays(), options.upkeepIntervalMs ?? 5_000)
  const parts: StoreParts = {
    shards,
    watchers: createWatchers(),
    summarize: (content) => options.summarize(content),
    quotaOf: (accountId) => options.quotaOf(accountId),
    accountExists: (accountId) => options.accountExists(accountId),
  }
  const store = createMailStore(parts, async () => {
    await upkeep.stop()
    await closeShards()
  })
  return Object.assign(store, { writers: shards.map(({ writer }) => writer) })
}
