/**
 * One POP3 session per mailbox (RFC 1939 section 4). A session whose client went away without a word would hold its lock
 * until autologout: so one that has waited for its client for a while gives way to another client that has just proved the
 * password. What it had marked for deletion stays.
 */
export interface LockHolder {
  /** Milliseconds since the holder last heard from its client; 0 while it works for it. */
  waitingMs(): number
  /** Ends the session without its UPDATE state, before it reads another command. */
  giveWay(): void
}

const giveWayAfterMs = 60_000

export class MailboxLocks {
  private readonly holders = new Map<string, LockHolder>()
  constructor(private readonly afterMs: number = giveWayAfterMs) {}

  /** Returns the release, or null where another client is at work. */
  acquire(accountId: string, holder: LockHolder): (() => void) | null {
    const former = this.holders.get(accountId)
    if (former && former.waitingMs() < this.afterMs) return null
    former?.giveWay()
    this.holders.set(accountId, holder)
    return () => {
      if (this.holders.get(accountId) === holder) this.holders.delete(accountId)
    }
  }
}
