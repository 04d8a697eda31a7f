/**
 * \Recent (RFC 3501 section 2.3.2): a message is recent to the first session that is told of it. Kept in memory: after a
 * restart nobody knows, and then messages count as recent again, as the RFC asks.
 */

/** Mailboxes that are remembered; of one that is forgotten, messages count as recent again. */
const maxMailboxes = 100_000

export class RecentMessages {
  /** By mailbox, the lowest UID that no session was told of. */
  private readonly untold = new Map<number, number>()

  /** The first UID that is recent to a session which only looks (EXAMINE, STATUS). */
  peek(mailboxId: number): number {
    return this.untold.get(mailboxId) ?? 1
  }

  /** The first UID that is recent to the session that now hears of all below `uidNext`. */
  claim(mailboxId: number, uidNext: number): number {
    const first = this.peek(mailboxId)
    this.untold.delete(mailboxId)
    this.untold.set(mailboxId, Math.max(first, uidNext))
    if (this.untold.size > maxMailboxes) this.untold.delete(this.untold.keys().next().value!)
    return first
  }
}
