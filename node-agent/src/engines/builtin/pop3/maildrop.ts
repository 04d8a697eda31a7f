/**
 * The maildrop of one session: INBOX as it was at sign-in, in the numbering that the client was told, and its marks for
 * deletion, which count only at QUIT.
 */
import type { ContentReader, MailStore } from '../store/mail-store.js'
import { Pop3Error } from './reply.js'

interface Entry {
  uid: number
  size: number
  /** Never another message's (RFC 1939 section 7), since UIDs are not used again under one UIDVALIDITY. */
  uniqueId: string
  deleted: boolean
}

export class Maildrop {
  private constructor(
    private readonly store: MailStore,
    private readonly mailboxId: number,
    private readonly entries: Entry[],
  ) {}

  static async open(store: MailStore, accountId: string): Promise<Maildrop> {
    const inbox = await store.mailbox(accountId, 'INBOX')
    if (!inbox) throw new Pop3Error('The mailbox has no inbox', 'SYS/TEMP')
    const entries = (await store.listing(inbox.id)).map((message): Entry => ({ ...message, deleted: false }))
    return new Maildrop(store, inbox.id, entries)
  }

  /** Numbers and entries of what is not marked. */
  list(): { number: number; size: number; uniqueId: string }[] {
    return this.entries.flatMap((entry, index) =>
      entry.deleted ? [] : [{ number: index + 1, size: entry.size, uniqueId: entry.uniqueId }],
    )
  }

  totals(): { messages: number; size: number } {
    const left = this.entries.filter(({ deleted }) => !deleted)
    return { messages: left.length, size: left.reduce((sum, { size }) => sum + size, 0) }
  }

  message(number: number): { number: number; size: number; uniqueId: string } {
    const entry = this.entry(number)
    return { number, size: entry.size, uniqueId: entry.uniqueId }
  }

  async retrieve(number: number): Promise<ContentReader> {
    const reader = await this.store.open(this.mailboxId, this.entry(number).uid)
    // By IMAP or a rule, since this session began.
    if (!reader) throw new Pop3Error('The message was removed meanwhile', 'SYS/TEMP')
    return reader
  }

  markDeleted(number: number): void {
    this.entry(number).deleted = true
  }

  unmarkAll(): void {
    for (const entry of this.entries) entry.deleted = false
  }

  /** Removes for good what is marked. Resolves when that survives a power cut. */
  async commit(): Promise<number> {
    const uids = this.entries.filter(({ deleted }) => deleted).map(({ uid }) => uid)
    if (uids.length > 0) await this.store.expunge(this.mailboxId, uids, true)
    return uids.length
  }

  private entry(number: number): Entry {
    const entry = this.entries[number - 1]
    if (!entry || entry.deleted) throw new Pop3Error('There is no such message')
    return entry
  }
}
