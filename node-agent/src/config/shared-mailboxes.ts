/** Which mailboxes are shared with whom: an index of `members` by member, so that a session finds its own without a search. */
import type { MailboxResource } from '@mailfleet/schema'

export class SharedMailboxes {
  private readonly byMember = new Map<string, Map<string, MailboxResource>>()

  of(memberId: string): Iterable<MailboxResource> {
    return this.byMember.get(memberId)?.values() ?? []
  }

  add(mailbox: MailboxResource): void {
    for (const { mailboxId } of mailbox.members) {
      const shared = this.byMember.get(mailboxId) ?? new Map<string, MailboxResource>()
      this.byMember.set(mailboxId, shared.set(mailbox.id, mailbox))
    }
  }

  remove(mailbox: MailboxResource): void {
    for (const { mailboxId } of mailbox.members) {
      const shared = this.byMember.get(mailboxId)
      shared?.delete(mailbox.id)
      if (shared?.size === 0) this.byMember.delete(mailboxId)
    }
  }
}
