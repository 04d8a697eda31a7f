/**
 * One shard: a database with its writer thread and its reading connection, and files of contents beside it. One that cannot be
 * opened is UNAVAILABLE in each of its answers, and the others go on.
 */
import { createHash } from 'node:crypto'
import { Writer } from '../../../../durable/writer.js'
import { StoreError } from '../mail-store.js'
import { storeErrorOf } from '../store-error.js'
import { makeShardFolder, shardFolder, type StoreLayout } from '../store-layout.js'
import { saveSchema } from '../repair/saved-schema.js'
import { databasePath } from './layout.js'
import type { ShardConfig } from './protocol.js'
import { openShardReader, type ShardReader } from './shard-reader.js'

export interface Shard {
  index: number
  folder: string
  reader: ShardReader
  /** Runs an operation of ./writer-operations.ts. Rejects with `StoreError` only. */
  call<Result>(operation: string, args: unknown, transfer?: ArrayBuffer[]): Promise<Result>
}
export interface OpenedShard extends Shard {
  writer: Writer
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const operations = new URL(`./writer-operations.${extension}`, import.meta.url)

export async function openShard(dataDir: string, layout: StoreLayout, index: number): Promise<OpenedShard> {
  const folder = makeShardFolder(dataDir, index)
  const config: ShardConfig = { folder, storeId: layout.id }
  const writer = await Writer.open({ name: `store-${index}`, path: databasePath(folder), operations, config })
  let reader: ShardReader
  try {
    saveSchema(databasePath(folder))
    reader = openShardReader(folder)
  } catch (error) {
    await writer.close()
    throw error
  }
  return {
    index,
    folder,
    writer,
    reader,
    call: <Result>(operation: string, args: unknown, transfer: ArrayBuffer[] = []) =>
      writer.call<Result>(operation, args, [], transfer).catch((error: Error) => {
        throw storeErrorOf(error)
      }),
  }
}

/** Stands in for a shard that cannot be opened. */
export function closedShard(dataDir: string, index: number): Shard {
  const unavailable = () => new StoreError('UNAVAILABLE', 'this part of the mail store cannot be opened')
  const refuse = () => {
    throw unavailable()
  }
  return {
    index,
    folder: shardFolder(dataDir, index),
    reader: new Proxy({} as ShardReader, { get: () => refuse }),
    call: () => Promise.reject(unavailable()),
  }
}

/** The place of an account for ever: changing this function loses sight of mail. */
export const shardIndexOf = (accountId: string, shards: number): number =>
  createHash('sha256').update(accountId).digest().readUInt32BE(0) % shards

/** Mailbox ids of the contract hold the shard in their low digits, so that an id alone finds its shard. */
const shardDigits = 100
export const globalMailboxId = (shard: number, id: number): number => id * shardDigits + shard
export const shardOfMailbox = (mailboxId: number): number => mailboxId % shardDigits
export const localMailboxId = (mailboxId: number): number => Math.floor(mailboxId / shardDigits)
