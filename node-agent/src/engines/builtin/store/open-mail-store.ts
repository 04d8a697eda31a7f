/**
 * Opens the store in its folder, alone among processes, and starts its upkeep. A shard that is damaged stays closed and the others
 * serve, as long as there is one that does.
 */
import { mkdirSync } from 'node:fs'
import { lockFolder } from '../../../durable/folder-lock.js'
import type { Writer } from '../../../durable/writer.js'
import type { MessageContent, MessageSummary } from '../message/message-content.js'
import { startIndexer } from './full-text/indexer.js'
import type { MailStore } from './mail-store.js'
import { askForInspection, healShards } from './repair/index.js'
import { closedShard, openShard, type OpenedShard } from './shard/shard.js'
import { createMailStore } from './sqlite-mail-store.js'
import { isDamage } from './store-error.js'
import { openLayout, type StoreLayout } from './store-layout.js'
import type { StoreParts } from './store-parts.js'
import { startUpkeep } from './upkeep-timer.js'
import { createWriteService, type WriteAnswer, type WriteCall } from './store-replica.js'
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
  /** How long changes wait to be indexed together, and from how many messages on an account has a full-text index. */
  fullText?: { delayMs?: number; minMessages?: number }
}

export type OpenedMailStore = MailStore & {
  /** One an open shard, each with an outbox of mail events to be shipped. */
  writers: Writer[]
  /** What somebody must look at: shards that could not be opened, damage that was met since. */
  problems(): string[]
  /** Damage that was found and mended at the start. */
  healed(): string[]
  /** For processes that hold a replica of the store (./store-replica.ts). */
  replicas: {
    write(call: WriteCall): Promise<WriteAnswer>
    /** Mailboxes that a replica changed. */
    heard(mailboxIds: number[]): void
    /** A replica has ended before it could say what it changed. */
    heardOfSomething(): void
    /** Told of what this process changes. */
    announceTo(announce: (mailboxIds: number[]) => void): void
    damaged(message: string): void
  }
}

export async function openMailStore(options: MailStoreOptions): Promise<OpenedMailStore> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const lock = lockFolder(options.dataDir)
  const opened: OpenedShard[] = []
  const problems = new Set<string>()
  const healed: string[] = []
  const closeShards = async (): Promise<void> => {
    // What waits for a writer may still read.
    await Promise.all(opened.map(({ writer }) => writer.close()))
    for (const { reader } of opened) reader.close()
    lock.release()
  }
  let layout: StoreLayout
  try {
    layout = openLayout(options.dataDir, options.shards ?? 2)
    healed.push(...healShards(options.dataDir, layout))
    const opening = Array.from({ length: layout.shards }, (_, index) => openShard(options.dataDir, layout, index))
    const failures: { index: number; error: Error }[] = []
    for (const [index, result] of (await Promise.allSettled(opening)).entries()) {
      if (result.status === 'fulfilled') opened.push(result.value)
      else failures.push({ index, error: result.reason as Error })
    }
    for (const { index, error } of failures) {
      if (opened.length === 0 || !isDamage(error)) throw error
      problems.add(`part ${index} of the mail store cannot be opened: ${error.message}`)
    }
  } catch (error) {
    await closeShards()
    throw error
  }
  const shards = Array.from(
    { length: layout.shards },
    (_, index) => opened.find((shard) => shard.index === index) ?? closedShard(options.dataDir, index),
  )
  const upkeep = startUpkeep(opened, () => options.purgeAfterDays(), options.upkeepIntervalMs ?? 5_000)
  const indexer = startIndexer({
    folders: shards.map(({ folder }) => folder),
    delayMs: options.fullText?.delayMs ?? 3_000,
    minMessages: options.fullText?.minMessages ?? 50,
  })
  const watchers = createWatchers((mailboxIds) => indexer.changed(mailboxIds))
  const damaged = (message: string): void => {
    problems.add(`the mail store is damaged: ${message}`)
    askForInspection(options.dataDir)
  }
  const parts: StoreParts = {
    shards,
    watchers,
    met: (error) => {
      if (isDamage(error.cause)) damaged(error.message)
    },
    summarize: (content) => options.summarize(content),
    quotaOf: (accountId) => options.quotaOf(accountId),
    accountExists: (accountId) => options.accountExists(accountId),
  }
  const store = createMailStore(parts, async () => {
    await Promise.all([indexer.close(), upkeep.stop()])
    await closeShards()
  })
  const { heard, heardOfSomething, announceTo } = watchers
  return {
    ...store,
    writers: opened.map(({ writer }) => writer),
    problems: () => [...problems],
    healed: () => healed,
    replicas: { write: createWriteService(shards), heard, heardOfSomething, announceTo, damaged },
  }
}
