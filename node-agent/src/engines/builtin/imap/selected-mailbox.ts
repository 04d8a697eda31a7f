/**
 * A session's own view of its selected mailbox: the message sequence numbers that this client was told, which change only
 * when the client is told so. Other sessions' changes come in by `catchUp`, from the store's modification sequences.
 *
 * Invariant: `uids`, `flags` and `modSeqs` are parallel and ascending by UID; `uids.length` is the count that the client
 * knows. What vanished in the store stays in the numbering until an EXPUNGE may be sent (RFC 3501 section 7.4.1).
 */
import type { Flags, MailboxInfo, MailStore } from '../store/mail-store.js'
import { formatList } from './codec/response-text.js'
import { contains, resolveStar, type Range } from './codec/sequence-set.js'
import { bad } from './errors.js'
import { allRights, flagRights } from './sharing/rights.js'
import type { RecentMessages } from './recent-messages.js'

export interface Expunged {
  number: number
  uid: number
}

export interface Updates {
  /** In the order in which EXPUNGE responses say the sequence numbers: highest first. */
  expunged: Expunged[]
  /** The count, where messages arrived. */
  exists: number | null
  /** Sequence numbers of messages that changed since the client was told, ascending. */
  changed: number[]
  /** Whether a keyword turned up that FLAGS has not listed. */
  newKeywords: boolean
}

const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft']

export class SelectedMailbox {
  private gone = new Set<number>()
  private readonly keywords = new Set<string>()
  /** UIDs of messages that are \Recent to this session. */
  private readonly recent: Range[] = []
  /** UIDs that `$` stands for (RFC 5182). Those that are expunged drop out by themselves. */
  saved: readonly Range[] = []
  /** IMAP4rev2 has no \Recent. */
  tellsRecent = true
  /** Of RFC 4314, as of the running command. */
  rights = allRights
  private stale = false
  private stopWatching: () => void = () => undefined
  /** Called when the store tells of a change. */
  onStale: (() => void) | null = null

  private constructor(
    readonly info: MailboxInfo,
    readonly readOnly: boolean,
    private readonly store: MailStore,
    private readonly recentMessages: RecentMessages,
    readonly uidValidity: number,
    public uidNext: number,
    public highestModSeq: number,
    public uids: number[],
    public flags: Flags[],
    public modSeqs: number[],
  ) {
    for (const set of flags) this.learnKeywords(set)
    this.claimRecent(0)
  }

  static async open(
    store: MailStore,
    recent: RecentMessages,
    info: MailboxInfo,
    readOnly: boolean,
  ): Promise<SelectedMailbox> {
    // Watched before it is read, so that no change falls between.
    let early = false
    let selected: SelectedMailbox | null = null
    const stop = store.watch(info.id, () => {
      if (selected) selected.touch()
      else early = true
    })
    try {
      const { uidValidity, uidNext, highestModSeq, uids, flags, modSeqs } = await store.snapshot(info.id)
      selected = new SelectedMailbox(
        info,
        readOnly,
        store,
        recent,
        uidValidity,
        uidNext,
        highestModSeq,
        uids,
        flags,
        modSeqs,
      )
      selected.stopWatching = stop
      selected.stale = early
      return selected
    } catch (error) {
      stop()
      throw error
    }
  }

  close(): void {
    this.stopWatching()
    this.onStale = null
  }

  /** Makes the next `catchUp` ask the store. */
  touch(): void {
    this.stale = true
    this.onStale?.()
  }

  get isStale(): boolean {
    return this.stale
  }

  get count(): number {
    return this.uids.length
  }

  /** What FLAGS lists. */
  get knownFlags(): string[] {
    return [...systemFlags, ...this.keywords]
  }

  /** What PERMANENTFLAGS lists: flags that this session may change. */
  get permanentFlags(): string[] {
    if (this.readOnly) return []
    const { seen, deleted, others } = flagRights(this.rights)
    const settable = this.knownFlags.filter((flag) =>
      flag === '\\Seen' ? seen : flag === '\\Deleted' ? deleted : others,
    )
    return others ? [...settable, '\\*'] : settable
  }

  get recentCount(): number {
    return this.indexes(this.recent, true).length
  }

  isRecent(index: number): boolean {
    return contains(this.recent, this.uids[index]!)
  }

  /** As FETCH tells them; with \Recent for clients that know it. */
  flagsOf(index: number): string {
    const flags = this.flags[index]!
    return formatList(this.tellsRecent && this.isRecent(index) ? ['\\Recent', ...flags] : flags)
  }

  /** Whether the client numbers messages that are there no more. */
  get hasGone(): boolean {
    return this.gone.size > 0
  }

  isGone(uid: number): boolean {
    return this.gone.has(uid)
  }

  /** The index of a UID, or -1. */
  indexOf(uid: number): number {
    const index = this.lowerBound(uid)
    return this.uids[index] === uid ? index : -1
  }

  /** Indexes of the messages that a set of UIDs names; UIDs that do not exist are passed over. */
  byUid(set: readonly Range[]): number[] {
    return this.indexes(this.resolveUids(set), true)
  }

  /** Indexes by sequence numbers. BAD for a number that the mailbox does not have. */
  bySequence(set: readonly Range[]): number[] {
    const ranges = this.resolveSequence(set)
    const last = ranges.at(-1)
    if (last && last.last > this.count) throw bad('No message has that sequence number')
    return this.indexes(ranges, false)
  }

  resolveUids(set: readonly Range[]): Range[] {
    return resolveStar(set, this.uids.at(-1) ?? 0)
  }

  resolveSequence(set: readonly Range[]): Range[] {
    return resolveStar(set, this.count)
  }

  private indexes(ranges: readonly Range[], uid: boolean): number[] {
    const indexes: number[] = []
    for (const { first, last } of ranges) {
      const start = uid ? this.lowerBound(first) : Math.max(first, 1) - 1
      for (let index = start; index < this.count; index++) {
        if ((uid ? this.uids[index]! : index + 1) > last) break
        indexes.push(index)
      }
    }
    return indexes
  }

  private lowerBound(uid: number): number {
    let low = 0
    let high = this.uids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.uids[middle]! < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Records flags that the client is told now. Returns whether a keyword is new. */
  tell(index: number, flags: Flags, modSeq: number): boolean {
    this.flags[index] = flags
    this.modSeqs[index] = modSeq
    return this.learnKeywords(flags)
  }

  /** Takes messages out of the numbering. Highest first, as EXPUNGE says them. */
  remove(uids: Iterable<number>): Expunged[] {
    const indexes: number[] = []
    for (const uid of uids) {
      this.gone.delete(uid)
      const index = this.indexOf(uid)
      if (index >= 0) indexes.push(index)
    }
    if (indexes.length === 0) return []
    indexes.sort((a, b) => a - b)
    const removed = new Set(indexes)
    const expunged = indexes.map((index) => ({ number: index + 1, uid: this.uids[index]! })).reverse()
    const keep = <Element>(elements: Element[]): Element[] => elements.filter((_, index) => !removed.has(index))
    this.uids = keep(this.uids)
    this.flags = keep(this.flags)
    this.modSeqs = keep(this.modSeqs)
    return expunged
  }

  /** Takes in what the store holds by now. `force` asks even where the store has not told of a change. */
  async catchUp(mayExpunge: boolean, force: boolean): Promise<Updates> {
    const updates: Updates = { expunged: [], exists: null, changed: [], newKeywords: false }
    if (this.stale || force) {
      this.stale = false
      const changes = await this.store.changesSince(this.info.id, this.highestModSeq)
      const { changed, vanished, highestModSeq, uidNext } = changes ?? (await this.compareWithSnapshot())
      // Before new messages come in: `*` and counts must not see those that came and went meanwhile.
      for (const uid of vanished) if (this.indexOf(uid) >= 0) this.gone.add(uid)
      const before = this.uids.at(-1) ?? 0
      let last = before
      for (const message of changed) {
        const index = this.indexOf(message.uid)
        if (index < 0) {
          if (message.uid <= last) continue
          last = message.uid
          this.uids.push(message.uid)
          this.flags.push(message.flags)
          this.modSeqs.push(message.modSeq)
          updates.exists = this.count
          updates.newKeywords = this.learnKeywords(message.flags) || updates.newKeywords
        } else if (this.modSeqs[index] !== message.modSeq) {
          updates.newKeywords = this.tell(index, message.flags, message.modSeq) || updates.newKeywords
          updates.changed.push(index + 1)
        }
      }
      this.highestModSeq = highestModSeq
      this.uidNext = uidNext
      if (updates.exists !== null) this.claimRecent(before)
    }
    if (mayExpunge && this.gone.size > 0) this.settleExpunged(updates)
    return updates
  }

  private settleExpunged(updates: Updates): void {
    const changedUids = updates.changed.map((number) => this.uids[number - 1]!)
    updates.expunged = this.remove([...this.gone])
    this.gone.clear()
    updates.changed = changedUids.map((uid) => this.indexOf(uid) + 1).filter((number) => number > 0)
    if (updates.exists !== null) updates.exists = this.count
  }

  /** For a view so old that the store has forgotten what vanished since. */
  private async compareWithSnapshot() {
    const snapshot = await this.store.snapshot(this.info.id)
    const changed = snapshot.uids.map((uid, index) => ({
      uid,
      flags: snapshot.flags[index]!,
      modSeq: snapshot.modSeqs[index]!,
    }))
    const present = snapshot.uids.map((uid) => ({ first: uid, last: uid }))
    const vanished = this.uids.filter((uid) => !contains(present, uid))
    return { changed, vanished, highestModSeq: snapshot.highestModSeq, uidNext: snapshot.uidNext }
  }

  /** Of the messages above `after`, those that no other session was told of are recent to this one. */
  private claimRecent(after: number): void {
    const { recentMessages, info, uidNext } = this
    const untold = this.readOnly ? recentMessages.peek(info.id) : recentMessages.claim(info.id, uidNext)
    const first = Math.max(untold, after + 1)
    if (first < uidNext) this.recent.push({ first, last: uidNext - 1 })
  }

  private learnKeywords(flags: Flags): boolean {
    let learned = false
    for (const flag of flags) {
      if (flag.startsWith('\\') || this.keywords.has(flag)) continue
      this.keywords.add(flag)
      learned = true
    }
    return learned
  }
}
