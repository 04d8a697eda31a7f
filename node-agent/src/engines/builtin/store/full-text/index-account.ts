/** Brings one account's index up to date with its messages, in batches that are each whole after a kill. */
import Database from 'better-sqlite3'
import { openContent } from '../content/open-content.js'
import { StoreError } from '../mail-store.js'
import { databasePath } from '../shard/layout.js'
import { openShardReader, type ShardReader } from '../shard/shard-reader.js'
import { openAccountIndex, type AccountIndex, type NewEntry } from './account-index.js'
import { isIndexDamage, isMarkedDamaged, markDamaged } from './damage.js'
import { indexPath } from './layout.js'
import { searchedTexts } from './searched-texts.js'

/** Characters of a batch, so that memory stays bounded. */
const textPerBatch = 2 * 1024 * 1024

export interface IndexedShard {
  folder: string
  reader: ShardReader
  db: Database.Database
}

export interface Pace {
  /** Bounds a transaction. */
  messagesPerBatch: number
  /** Told before a message is read; false: this one ended the thread before. */
  enter(mailbox: number, uid: number): boolean
  leave(): void
  /** Waits, so that indexing takes its share and no more. */
  rest(): Promise<void>
}

export function openIndexedShard(folder: string): IndexedShard {
  const reader = openShardReader(folder)
  return { folder, reader, db: new Database(databasePath(folder), { readonly: true, timeout: 5000 }) }
}

interface MailboxRow {
  id: number
  uidValidity: number
  uidNext: number
  messages: number
}

interface MessageRow {
  uid: number
  content: number
  tag: number
  prefix: Buffer
  headerSize: number
}

/** Accounts with fewer messages get no index of their own: reading them is quick. */
export async function indexAccount(
  shard: IndexedShard,
  accountId: string,
  minMessages: number,
  pace: Pace,
): Promise<void> {
  const mailboxes = shard.db
    .prepare(
      `SELECT mailboxes.id AS id, uid_validity AS uidValidity, uid_next AS uidNext, mailboxes.messages AS messages
       FROM mailboxes JOIN accounts ON accounts.key = account WHERE accounts.id = ? AND name IS NOT NULL`,
    )
    .all(accountId) as MailboxRow[]
  if (mailboxes.reduce((sum, { messages }) => sum + messages, 0) < minMessages) return
  const path = indexPath(shard.folder, accountId)
  const index = openAccountIndex(path)
  try {
    removeVanished(shard, index, mailboxes)
    for (const mailbox of mailboxes) {
      await indexMailbox(shard, index, mailbox, pace)
      // Met by a search meanwhile.
      if (isMarkedDamaged(path)) break
    }
  } catch (error) {
    if (isIndexDamage(error)) markDamaged(path)
    throw error
  } finally {
    index.close()
  }
}

async function indexMailbox(shard: IndexedShard, index: AccountIndex, mailbox: MailboxRow, pace: Pace): Promise<void> {
  const { id, uidValidity, uidNext } = mailbox
  const next = shard.db.prepare(
    `SELECT uid, content, m.tag AS tag, coalesce(prefix, x'') AS prefix, header_size + coalesce(length(prefix), 0) AS headerSize
     FROM messages AS m JOIN contents ON contents.id = content WHERE mailbox = ? AND uid >= ? ORDER BY uid LIMIT ?`,
  )
  for (let from = index.uidNext(id, uidValidity); from < uidNext;) {
    const rows = next.all(id, from, pace.messagesPerBatch) as MessageRow[]
    const entries: NewEntry[] = []
    const known = new Set<string>()
    let length = 0
    let done = rows.length < pace.messagesPerBatch ? uidNext : from
    for (const [at, row] of rows.entries()) {
      const { uid, content, tag, prefix } = row
      const name = `${content} ${tag} ${prefix.toString('latin1')}`
      if (!known.has(name) && !index.has(content, tag, prefix)) {
        const texts = pace.enter(id, uid) ? await textsOf(shard, id, row) : null
        pace.leave()
        entries.push({ content, tag, prefix, texts })
        known.add(name)
        length += texts ? texts.header.length + texts.body.length : 0
      }
      done = Math.max(done, uid + 1)
      if (length < textPerBatch) continue
      done = at + 1 < rows.length ? uid + 1 : done
      break
    }
    index.add(entries, { mailbox: id, uidValidity, uidNext: done })
    from = done
    await pace.rest()
  }
}

/** Null: nothing that could be indexed. Searches meet the reason themselves. */
async function textsOf(shard: IndexedShard, mailbox: number, { uid, headerSize }: MessageRow) {
  try {
    const reader = await openContent(shard, mailbox, uid)
    if (!reader) return null
    try {
      return await searchedTexts(reader, headerSize)
    } finally {
      await reader.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return null
    throw error
  }
}

/** Only where a message went since the last time: where it is known how many UIDs were given and how many are left. */
function removeVanished(shard: IndexedShard, index: AccountIndex, mailboxes: MailboxRow[]): void {
  const seen = mailboxes.map(({ id, uidNext, messages }) => `${id}:${uidNext - messages}`).join()
  if (index.cleaned() === seen) return
  const contents = shard.db.prepare('SELECT DISTINCT content FROM messages WHERE mailbox = ?').pluck()
  const kept = new Set(mailboxes.flatMap(({ id }) => contents.all(id) as number[]))
  index.clean(kept, seen)
}
