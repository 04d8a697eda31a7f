/** AUTHENTICATED and AUTH_FAILED events, few enough that an attack cannot drown the mail log. */
import { domainOf, type MailboxResource, type MailEvent } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { EventSink } from '../../../events/event-sink.js'
import { clientNetwork } from '../net/client-network.js'
import { PerMinute } from '../net/per-minute.js'
import type { ScramAttempt } from './authenticator.js'

/** A minute each. A client that signs in anew for each look into its mailbox counts once. */
const successes = 1
const failuresByNetwork = 10
const failuresOfAll = 600

export class SignInEvents {
  private readonly counts: PerMinute

  constructor(
    private readonly directory: Directory,
    private readonly events: EventSink,
    private readonly clock: () => number,
  ) {
    this.counts = new PerMinute(clock)
  }

  succeeded(attempt: ScramAttempt, mailbox: MailboxResource): void {
    if (!this.counts.within(`ok ${mailbox.id} ${attempt.protocol} ${attempt.remoteIp}`, successes)) return
    this.events.emit({
      ...this.base('AUTHENTICATED', attempt),
      domainId: mailbox.domainId,
      mailboxId: mailbox.id,
      login: mailbox.address,
    })
  }

  failed(attempt: ScramAttempt, address: string | null, mailbox: MailboxResource | undefined, reason: string): void {
    if (!this.counts.within(`failed ${clientNetwork(attempt.remoteIp)}`, failuresByNetwork)) return
    if (!this.counts.within('failed', failuresOfAll)) return
    this.events.emit({
      ...this.base('AUTH_FAILED', attempt),
      domainId: address === null ? null : (this.directory.domain(domainOf(address))?.id ?? null),
      mailboxId: mailbox?.id ?? null,
      replyText: reason,
    })
  }

  private base(type: 'AUTHENTICATED' | 'AUTH_FAILED', attempt: ScramAttempt): MailEvent {
    return {
      type,
      at: this.clock(),
      protocol: attempt.protocol,
      remoteIp: attempt.remoteIp.slice(0, 45),
      login: attempt.login.slice(0, 320),
    }
  }
}
