/** What the commands of the store share: where an account or a mailbox is, and who is told of changes. */
import type { MessageContent, MessageSummary } from '../message/message-content.js'
import { StoreError } from './mail-store.js'
import { globalMailboxId, localMailboxId, shardIndexOf, shardOfMailbox, type Shard } from './shard/shard.js'
import type { Watchers } from './watchers.js'

export interface StoreParts {
  shards: Shard[]
  watchers: Watchers
  summarize(content: MessageContent): Promise<MessageSummary>
  quotaOf(accountId: string): number | null
  accountExists(accountId: string): boolean
  /** Told of each failure, so that damage can be reported. */
  met(error: StoreError): void
}

/** A mailbox by the id that its shard knows. */
export interface Located {
  shard: Shard
  local: number
}

/** Also for accounts that the directory does not have any more, or not yet. */
export const shardHolding = ({ shards }: StoreParts, accountId: string): Shard =>
  shards[shardIndexOf(accountId, shards.length)]!

export function shardOf(parts: StoreParts, accountId: string): Shard {
  if (!parts.accountExists(accountId)) throw new StoreError('NO_SUCH_ACCOUNT', 'no such account')
  return shardHolding(parts, accountId)
}

/** INBOX stands for its account: who watches it hears of the list of mailboxes, subscriptions and annotations too. */
export function listChanged({ watchers }: StoreParts, shard: Shard, accountId: string): void {
  const inbox = shard.reader.mailbox(accountId, 'INBOX')
  if (inbox) watchers.changed(globalMailboxId(shard.index, inbox.id))
}

export function locate({ shards }: StoreParts, mailboxId: number): Located {
  const shard = shards[shardOfMailbox(mailboxId)]
  if (!shard) throw new StoreError('NO_SUCH_MAILBOX', 'no such mailbox')
  return { shard, local: localMailboxId(mailboxId) }
}
