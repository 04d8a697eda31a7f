/** AUTHENTICATED and AUTH_FAILED events, few enough that an attack cannot drown the mail log. */
import { domainOf, type MailboxResource, type MailEvent, clientNetwork } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { EventSink } from '../../../events/event-sink.js'
import { PerMinute } from '../net/per-minute.js'
import type { ScramAttempt } from './authenticator.js'
import type { Credential } from './credentials.js'
import { FailureTally } from './failure-tally.js'

/** A minute each. A client that signs in anew for each look into its mailbox counts once. */
const successes = 1
const failuresOfAll = 600
const bansByNetwork = 1

export class SignInEvents {
  private readonly counts: PerMinute
  private readonly failures: FailureTally

  constructor(
    private readonly directory: Directory,
    private readonly events: EventSink,
    private readonly clock: () => number,
  ) {
    this.counts = new PerMinute(clock)
    this.failures = new FailureTally(clock, () => this.counts.within('failed', failuresOfAll))
  }

  succeeded(attempt: ScramAttempt, mailbox: MailboxResource, credential: Credential): void {
    const appPasswordId = credential.kind === 'appPassword' ? credential.id : null
    const client = `${mailbox.id} ${attempt.protocol} ${attempt.remoteIp} ${appPasswordId ?? ''}`
    if (!this.counts.within(`ok ${client}`, successes)) return
    this.events.emit({
      ...this.base('AUTHENTICATED', attempt),
      domainId: mailbox.domainId,
      mailboxId: mailbox.id,
      login: mailbox.address,
      ...(appPasswordId !== null && { appPasswordId }),
    })
  }

  failed(attempt: ScramAttempt, address: string | null, mailbox: MailboxResource | undefined, reason: string): void {
    const failures = this.failures.count(clientNetwork(attempt.remoteIp))
    if (failures > 0) this.emitFailed(attempt, address, { mailboxId: mailbox?.id ?? null, replyText: reason, failures })
  }

  /** Refused by a ban, with no look at the password: it is no failure more. */
  banned(attempt: ScramAttempt, address: string | null): void {
    if (!this.counts.within(`banned ${clientNetwork(attempt.remoteIp)}`, bansByNetwork)) return
    if (!this.counts.within('banned', failuresOfAll)) return
    this.emitFailed(attempt, address, { replyText: 'address banned', failures: 0 })
  }

  private emitFailed(attempt: ScramAttempt, address: string | null, more: Partial<MailEvent>): void {
    const domain = address === null ? undefined : this.directory.domain(domainOf(address))
    this.events.emit({ ...this.base('AUTH_FAILED', attempt), domainId: domain?.id ?? null, ...more })
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
