/** What the store asks of a shard's writer thread: arguments and results of each operation, structured-cloneable. */
import type { MailEvent } from '@mailfleet/schema'
import type { MessageSummary } from '../../message/message-content.js'
import type { SpecialUse, StoreErrorCode } from '../mail-store.js'
import type { ParsedFlags } from '../flags.js'

/** Octets that the writer stores, or a file in the shard's `large` folder that is on disk already. */
export type IncomingContent = (
  { octets: Uint8Array; size: number } | { file: string; size: number; digests: Uint8Array }
) & { summary: MessageSummary }

export interface IncomingDelivery {
  accountId: string
  quota: number | null
  mailbox: string
  flags: ParsedFlags
  prefix: Uint8Array | null
  event: MailEvent | null
}

export interface DeliverArgs {
  content: IncomingContent
  deliveries: IncomingDelivery[]
  receivedAt: number
  /** Written when one of the deliveries is stored, or one of another shard was. */
  events: MailEvent[]
  storedElsewhere: boolean
}
export type DeliverResult = { mailbox: number; error: null } | { error: { code: StoreErrorCode; message: string } }

export interface AppendArgs {
  mailbox: number
  quota: number | null
  /** Expunged before, in this transaction. */
  replaces: { mailbox: number; uid: number } | null
  messages: { content: IncomingContent; flags: ParsedFlags; receivedAt: number }[]
}

export interface StoreFlagsArgs {
  mailbox: number
  uids: number[]
  mode: 'replace' | 'add' | 'remove'
  flags: ParsedFlags
  unchangedSince: number | null
  /** Null: all of them. */
  allowed: { system: number; keywords: boolean } | null
}
export interface StoreFlagsResult {
  modified: { uid: number; system: number; keywords: string | null; modSeq: number }[]
  failed: number[]
}

export interface ExpungeArgs {
  mailbox: number
  uids: number[] | null
  force: boolean
}

export interface CopyArgs {
  mailbox: number
  uids: number[]
  to: number
  move: boolean
  quota: number | null
}
export interface CopyResult {
  uidValidity: number
  from: number[]
  to: number[]
}

export interface MailboxArgs {
  accountId: string
  name: string
}
export type CreateMailboxArgs = MailboxArgs & { specialUse: SpecialUse | null }
export type RenameMailboxArgs = { accountId: string; from: string; to: string }
/** `elsewhere`: a name of another account's mailbox, which is not looked for here. */
export type SubscribeArgs = MailboxArgs & { subscribed: boolean; elsewhere: boolean }

export interface SetAccessArgs {
  mailbox: number
  member: string
  mode: 'replace' | 'add' | 'remove'
  rights: string
}

export interface SetAnnotationsArgs {
  /** 0: the server. */
  mailbox: number
  accountId: string
  changes: { entry: string; value: Uint8Array | null }[]
}

export interface ShardConfig {
  /** The shard's folder. */
  folder: string
  storeId: string
}
