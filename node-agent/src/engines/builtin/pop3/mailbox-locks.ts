/**
 * One POP3 session per mailbox (RFC 1939 section 4), over all processes that serve sessions. A session whose client went away
 * without a word would hold its lock until autologout: so one that has waited for its client for a while gives way to another
 * client that has just proved the password. What it had marked for deletion stays.
 */
export interface LockHolder {
  /**
   * Another client wants the mailbox. Ends the session without its UPDATE state, before it reads another command, and answers true;
   * false where it is at work.
   */
  giveWay(): boolean | Promise<boolean>
}

export interface MailboxLocks {
  /** Answers the release, or null where another client is at work. */
  acquire(accountId: string, holder: LockHolder): Promise<(() => void) | null>
}

export function createLocalLocks(): MailboxLocks {
  const holders = new Map<string, LockHolder>()
  return {
    async acquire(accountId, holder) {
      const former = holders.get(accountId)
      if (former && !(await former.giveWay())) return null
      // Somebody else may have been quicker while the former one was asked.
      const now = holders.get(accountId)
      if (now !== undefined && now !== former) return null
      holders.set(accountId, holder)
      return () => {
        if (holders.get(accountId) === holder) holders.delete(accountId)
      }
    },
  }
}
