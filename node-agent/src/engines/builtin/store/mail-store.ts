/**
 * The mail store's contract. `account` is a mailbox of the product (one sign-in); `mailbox` is an IMAP mailbox (a folder)
 * of it. Every promise of a change resolves after it survives a power cut. UIDs rise and are never used again under
 * one UIDVALIDITY; each change of a mailbox takes a new, higher modification sequence (RFC 7162), and what vanished is
 * remembered with it, so that sessions catch up by `changesSince`.
 */
import type { MailEvent } from '@mailfleet/schema'
import type { MessageContent, MessageSummary } from '../message/message-content.js'

/** System flags and keywords in canonical order and spelling; equal sets are the same array. Never `\Recent`. */
export type Flags = readonly string[]

export type SpecialUse = '\\Archive' | '\\Drafts' | '\\Flagged' | '\\Junk' | '\\Sent' | '\\Trash'

export interface MailboxInfo {
  id: number
  accountId: string
  /** UTF-8, `/` between levels; INBOX in capitals. */
  name: string
  uidValidity: number
  subscribed: boolean
  specialUse: SpecialUse | null
  /** A name that only holds others (RFC 3501 section 6.3.4: deleted while it has children). */
  noSelect: boolean
}

export interface MailboxStatus {
  messages: number
  unseen: number
  uidNext: number
  uidValidity: number
  highestModSeq: number
  /** Octets of all messages. */
  size: number
}

/** Parallel arrays, ascending by UID; the caller's own copy. */
export interface MailboxSnapshot {
  uidValidity: number
  uidNext: number
  highestModSeq: number
  uids: number[]
  flags: Flags[]
  modSeqs: number[]
}

export interface MailboxChanges {
  highestModSeq: number
  uidNext: number
  /** New and changed messages, ascending by UID. */
  changed: { uid: number; flags: Flags; modSeq: number }[]
  /** Ascending. */
  vanished: number[]
}

export interface StoredMessage extends MessageSummary {
  uid: number
  /** Stable across moves and copies of this node; names the content (OBJECTID's EMAILID later). */
  contentId: string
  size: number
  /** INTERNALDATE, milliseconds since 1970. */
  receivedAt: number
  /** When it came into this mailbox (RFC 8514); null where that was not kept. */
  savedAt: number | null
}

/** What `columns` can read. `content` names the content within the mailbox's account; `envelopeStart` is cut off. */
export type MessageColumn =
  | 'size'
  | 'receivedAt'
  | 'savedAt'
  | 'content'
  | 'headerSize'
  | 'sentAt'
  | 'subject'
  | 'from'
  | 'to'
  | 'cc'
  | 'envelopeStart'
  | 'envelope'
  | 'body'
  | 'bodyStructure'

/** Parallel arrays, ascending by UID; those that were asked for. */
export interface MessageColumns {
  uids: number[]
  size?: number[]
  receivedAt?: number[]
  /** By the internal date where it was not kept (RFC 8514 section 4.3). */
  savedAt?: number[]
  content?: number[]
  headerSize?: number[]
  sentAt?: (number | null)[]
  subject?: string[]
  from?: string[]
  to?: string[]
  cc?: string[]
  envelopeStart?: string[]
  /** One character an octet; null where it is so long that only `messages` tells it. */
  envelope?: (string | null)[]
  body?: (string | null)[]
  bodyStructure?: (string | null)[]
}

/** Reads parts of one message's octets. `close` gives the descriptor back. */
export interface ContentReader {
  readonly size: number
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

/** A text to be found in bodies, or in headers and bodies; folded as SEARCH compares (message/fold-text.ts). */
export interface TextQuery {
  text: string
  inHeader: boolean
}

export interface TextFindings {
  /** UIDs that the index can tell of. */
  known: ReadonlySet<number>
  /** For each query those of the known that hold it; null where the index cannot tell. */
  found: (ReadonlySet<number> | null)[]
}

export interface Delivery {
  accountId: string
  /** Name of the IMAP mailbox, made when missing; INBOX by default. */
  mailbox?: string
  flags?: string[]
  /** Prepended to the content of this recipient alone: Return-Path, Delivered-To. CRLF-ended lines. */
  prefix?: Buffer
  event?: MailEvent
}

/** A mailbox that its owner has opened to another account (RFC 4314). */
export interface Grant {
  info: MailboxInfo
  rights: string
}

/** `/shared/...` belongs to the mailbox or the server, `/private/...` to one account (RFC 5464). */
export interface Annotation {
  entry: string
  value: Buffer
}

/** Which of an account's flags a change may touch (RFC 4314 section 4). */
export interface FlagRights {
  seen: boolean
  deleted: boolean
  others: boolean
}

/** The store's expected failures, by `code`. */
export type StoreErrorCode =
  | 'OVER_QUOTA'
  | 'NO_SUCH_MAILBOX'
  | 'NO_SUCH_MESSAGE'
  | 'MAILBOX_EXISTS'
  | 'INVALID_MAILBOX_NAME'
  | 'MAILBOX_HAS_CHILDREN'
  | 'NO_SUCH_ACCOUNT'
  | 'LIMIT_REACHED'
  | 'UNAVAILABLE'
export class StoreError extends Error {
  override name = 'StoreError'
  constructor(
    readonly code: StoreErrorCode,
    message: string = code,
  ) {
    super(message)
  }
}

export interface AppendMessage {
  content: MessageContent
  flags: string[]
  receivedAt?: number
}

export interface MailStore {
  /**
   * Puts one message into several accounts; single-instance content. Answers one outcome per delivery, in order: null for
   * stored, else why not: OVER_QUOTA, NO_SUCH_ACCOUNT, INVALID_MAILBOX_NAME, LIMIT_REACHED, or UNAVAILABLE when it may
   * work later; some may be stored while others are not. `receivedAt` defaults to now. `events` (ACCEPTED of the SMTP
   * transaction) are written with the last delivery, if and only if one is stored and none is UNAVAILABLE.
   */
  deliver(
    content: MessageContent,
    deliveries: Delivery[],
    receivedAt?: number,
    events?: MailEvent[],
  ): Promise<(StoreError | null)[]>

  /** Creates INBOX and the special-use mailboxes on first use, and subscribes to them. */
  mailboxes(accountId: string): Promise<MailboxInfo[]>
  mailbox(accountId: string, name: string): Promise<MailboxInfo | null>
  createMailbox(accountId: string, name: string, specialUse?: SpecialUse): Promise<MailboxInfo>
  /** Deletes messages too. INBOX cannot be deleted. With children: becomes `noSelect`. */
  deleteMailbox(accountId: string, name: string): Promise<void>
  /** Children move with it. Renaming INBOX moves its messages to the new name (RFC 3501 section 6.3.5). */
  renameMailbox(accountId: string, from: string, to: string): Promise<void>
  /**
   * A subscription is a name of its own: it stays when its mailbox is deleted or renamed. New ones need a mailbox; with
   * `elsewhere` the caller knows of it.
   */
  subscribe(accountId: string, name: string, subscribed: boolean, elsewhere?: boolean): Promise<void>
  /** Ascending, those without a mailbox included. */
  subscriptions(accountId: string): Promise<string[]>
  status(mailboxId: number): Promise<MailboxStatus>

  snapshot(mailboxId: number): Promise<MailboxSnapshot>
  /** Null when `modSeq` is older than what is remembered of vanished messages: take a snapshot. */
  changesSince(mailboxId: number, modSeq: number): Promise<MailboxChanges | null>
  /**
   * Called soon after each commit that changed the mailbox, or who may use it, or what is noted on it; for INBOX also when the
   * account's mailboxes, their names or subscriptions changed. Returns the unsubscriber.
   */
  watch(mailboxId: number, listener: () => void): () => void

  /** Of all messages, ascending by UID. `uniqueId` stays with a message wherever it is moved, and is no other's. */
  listing(mailboxId: number): Promise<{ uid: number; size: number; uniqueId: string }[]>
  /** Without UIDs that are gone; ascending. Ask for at most a few hundred at a time. */
  messages(mailboxId: number, uids: number[]): Promise<StoredMessage[]>
  /**
   * Some columns of many messages, for lists of them: about 1,000 at a time, UIDs ascending. Without those that are gone;
   * others between the given UIDs may be answered too.
   */
  columns(mailboxId: number, uids: readonly number[], columns: readonly MessageColumn[]): Promise<MessageColumns>
  /** What the full-text index tells, which lags behind: of messages that are not known to it, only their octets tell. */
  findText(mailboxId: number, queries: readonly TextQuery[]): Promise<TextFindings>
  /** Null when the message is gone. A reader keeps working after an expunge until it is closed. */
  open(mailboxId: number, uid: number): Promise<ContentReader | null>

  /**
   * All or none of the messages (RFC 3502's atomicity). UIDs in order. `replaces` is expunged in the same transaction, and its
   * octets make room; where it is of another shard, in one that follows. NO_SUCH_MESSAGE when it is gone.
   */
  append(
    mailboxId: number,
    messages: AppendMessage[],
    replaces?: { mailboxId: number; uid: number },
  ): Promise<{ uidValidity: number; uids: number[] }>
  /**
   * `modified` tells the flags of all the given messages that are there and did not fail, also of those that had them
   * before and so keep their modification sequence. `unchangedSince`: leaves messages with a higher modification
   * sequence, and names them in `failed`. `rights`: other flags stay as they are.
   */
  storeFlags(
    mailboxId: number,
    uids: number[],
    mode: 'replace' | 'add' | 'remove',
    flags: string[],
    unchangedSince?: number,
    rights?: FlagRights,
  ): Promise<{ modified: { uid: number; flags: Flags; modSeq: number }[]; failed: number[] }>
  /** Of the given UIDs (default: all) removes those flagged `\Deleted` (or all of the given ones with `force`). */
  expunge(mailboxId: number, uids?: number[], force?: boolean): Promise<{ vanished: number[]; highestModSeq: number }>
  /**
   * Pairs of source and new UID, ascending; within one account, else NO_SUCH_MAILBOX. `move` expunges the source in the
   * same transaction and needs no quota.
   */
  copy(
    mailboxId: number,
    uids: number[],
    toMailboxId: number,
    move: boolean,
  ): Promise<{ uidValidity: number; from: number[]; to: number[] }>

  /** Who else may use a mailbox, by account; its owner is not in it. */
  access(mailboxId: number): Promise<{ member: string; rights: string }[]>
  /** Of one account; empty for none. */
  accessOf(mailboxId: number, member: string): Promise<string>
  /** A new mailbox takes over what the one above it has. */
  setAccess(mailboxId: number, member: string, mode: 'replace' | 'add' | 'remove', rights: string): Promise<void>
  /** What others have opened to the account. */
  grantedTo(accountId: string): Promise<Grant[]>

  /** Shared ones and the account's own, of a mailbox or (null) of the server as the account sees it. */
  annotations(accountId: string, mailboxId: number | null): Promise<Annotation[]>
  /** All or none; a null value removes. LIMIT_REACHED beyond their bounds. */
  setAnnotations(
    accountId: string,
    mailboxId: number | null,
    changes: { entry: string; value: Buffer | null }[],
  ): Promise<void>

  /** Bytes used (each message counts in full in each account). */
  usage(accountId: string): Promise<{ bytes: number; messages: number }>
  /** Schedules removal: the account is closed at once and its data purged after `purgeAfterDays`. Undone by `restoreAccount`. */
  dropAccount(accountId: string): Promise<void>
  restoreAccount(accountId: string): Promise<void>
  /** Every account that has data here and can be read, for comparison with the directory at the start. */
  accounts(): Promise<{ id: string; closed: boolean }[]>
  close(): Promise<void>
}
