/**
 * The thread that indexes, for all shards: what has changed first, then a look at all accounts. At the lowest priority, and idle as long
 * as it works, so that a node that is busy with mail is not kept from it.
 */
import { readdirSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { localMailboxId, shardOfMailbox } from '../shard/shard.js'
import { indexAccount, openIndexedShard, type IndexedShard, type Pace } from './index-account.js'
import type { IndexerStart } from './indexer.js'
import { filesOf, indexFolder, indexName } from './layout.js'

const { folders, minMessages, position, refused } = workerData as IndexerStart
const port = parentPort!
const shards = folders.map((folder): IndexedShard | null => {
  try {
    return openIndexedShard(folder)
  } catch {
    // A shard that is closed: the store has said so.
    return null
  }
})
/** By shard, those that changed. */
const changed = folders.map(() => new Set<string>())
let all = false
let wake: (() => void) | null = null

try {
  // Of this thread alone: Linux has priorities of threads.
  setPriority(19)
} catch {
  // Where that is not allowed, the pauses have to do.
}

port.on('message', (mailboxIds: number[] | null) => {
  if (mailboxIds === null) all = true
  for (const id of mailboxIds ?? []) {
    const account = shards[shardOfMailbox(id)]?.reader.ownerOf(localMailboxId(id))
    if (account !== undefined) changed[shardOfMailbox(id)]!.add(account)
  }
  wake?.()
})

let workingSince = performance.now()

const paceOf = (shard: number): Pace => ({
  messagesPerBatch: 200,
  enter(mailbox, uid) {
    position.set([shard, mailbox, uid, Date.now()])
    return !refused.includes(`${shard} ${mailbox} ${uid}`)
  },
  leave() {
    position[3] = 0
  },
  async rest() {
    await sleep(performance.now() - workingSince)
    workingSince = performance.now()
  },
})

/** What fails here (a full disk, a damaged file) is tried again with the next change, or the next look at all. */
async function bringUpToDate(shard: number, account: string): Promise<void> {
  try {
    await indexAccount(shards[shard]!, account, minMessages, paceOf(shard))
  } catch {
    position[3] = 0
  }
}

async function indexChanged(): Promise<void> {
  for (const [index, accounts] of changed.entries())
    for (const account of accounts) {
      accounts.delete(account)
      await bringUpToDate(index, account)
    }
}

/** Also removes the files of accounts that are gone. */
async function indexAll(): Promise<void> {
  for (const [index, shard] of shards.entries()) {
    if (!shard) continue
    const accounts = shard.reader.accounts().map(({ id }) => id)
    const names = new Set(accounts.flatMap((id) => filesOf(indexName(id))))
    const folder = indexFolder(shard.folder)
    for (const name of namesIn(folder)) if (!names.has(name)) rmSync(join(folder, name), { force: true })
    for (const account of accounts) {
      await bringUpToDate(index, account)
      await indexChanged()
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

for (;;) {
  workingSince = performance.now()
  if (all) {
    all = false
    await indexAll()
  }
  await indexChanged()
  if (!all && changed.every(({ size }) => size === 0)) await new Promise<void>((resolve) => (wake = resolve))
}
