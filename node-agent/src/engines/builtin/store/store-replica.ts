/**
 * The store for a process that does not own it: reads go to the shards' databases directly, on connections of its own; writes go
 * to the process that owns the writers. What either process changed, the other hears of, so that a session sees a change soon
 * wherever it was made.
 */
import { WriterFailedError } from '../../../durable/writer.js'
import type { MessageContent, MessageSummary } from '../message/message-content.js'
import { StoreError, type MailStore, type StoreErrorCode } from './mail-store.js'
import { closedShard, type Shard } from './shard/shard.js'
import { openShardReader } from './shard/shard-reader.js'
import { createMailStore } from './sqlite-mail-store.js'
import { isDamage, isUndecided, storeErrorOf } from './store-error.js'
import { openLayout, shardFolder } from './store-layout.js'
import { createWatchers } from './watchers.js'

export interface WriteCall {
  shard: number
  operation: string
  args: unknown
}

/** A failure is data here: errors lose their class between processes. */
export type WriteAnswer =
  { value: unknown } | { failure: { code: StoreErrorCode; message: string; undecided: boolean } }

export interface StoreReplicaOptions {
  dataDir: string
  summarize(content: MessageContent): Promise<MessageSummary>
  quotaOf(accountId: string): number | null
  accountExists(accountId: string): boolean
  /** Brings a write to the store's owner. */
  write(call: WriteCall): Promise<WriteAnswer>
  /** Tells the owner, and through it all others, of mailboxes that changed. */
  announce(mailboxIds: number[]): void
  /** Tells the owner of damage that was met. */
  damaged(message: string): void
}

export type StoreReplica = MailStore & {
  /** Others changed these mailboxes. */
  heard(mailboxIds: number[]): void
  /** Another process ended before it could say what it changed. */
  heardOfSomething(): void
}

/** The owner has opened the store before, and keeps it open for longer than this. */
export function openStoreReplica(options: StoreReplicaOptions): StoreReplica {
  const { dataDir, announce, damaged, write, ...rest } = options
  const layout = openLayout(dataDir, 1)
  const shards = Array.from({ length: layout.shards }, (_, index) => openReplica(dataDir, index, write))
  const watchers = createWatchers()
  watchers.announceTo(announce)
  const met = (error: StoreError): void => {
    if (isDamage(error.cause)) damaged(error.message)
  }
  const store = createMailStore({ shards, watchers, met, ...rest }, async () => {
    for (const { reader } of shards) reader.close()
  })
  return { ...store, heard: watchers.heard, heardOfSomething: watchers.heardOfSomething }
}

function openReplica(dataDir: string, index: number, write: StoreReplicaOptions['write']): Shard {
  const folder = shardFolder(dataDir, index)
  let reader: Shard['reader']
  try {
    reader = openShardReader(folder)
  } catch {
    // The owner could not open it either, and has said so.
    return closedShard(dataDir, index)
  }
  return {
    index,
    folder,
    reader,
    async call<Result>(operation: string, args: unknown): Promise<Result> {
      const answer = await write({ shard: index, operation, args }).catch((error: unknown) => {
        throw storeErrorOf(error)
      })
      if ('value' in answer) return answer.value as Result
      const { code, message, undecided } = answer.failure
      const cause = undecided ? new WriterFailedError(message) : undefined
      throw Object.assign(new StoreError(code, message), { cause })
    },
  }
}

/** Carries out what replicas ask for, on the owner's shards. */
export function createWriteService(shards: Shard[]): (call: WriteCall) => Promise<WriteAnswer> {
  return async ({ shard: index, operation, args }) => {
    try {
      const shard = shards[index]
      if (!shard) throw new StoreError('UNAVAILABLE', 'no such part of the store')
      const transfer: ArrayBuffer[] = []
      return { value: (await shard.call(operation, withOwnOctets(args, transfer), transfer)) ?? null }
    } catch (error) {
      const failure = storeErrorOf(error)
      return { failure: { code: failure.code, message: failure.message, undecided: isUndecided(failure) } }
    }
  }
}

/** Octets that came between processes are views of the whole frame, which would be copied with each of them: they get their own. */
function withOwnOctets(value: unknown, transfer: ArrayBuffer[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) {
    const own = new Uint8Array(value)
    transfer.push(own.buffer)
    return own
  }
  if (Array.isArray(value))
    return typeof value[0] === 'number' ? value : value.map((item) => withOwnOctets(item, transfer))
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withOwnOctets(item, transfer)]))
}
