/**
 * What policies refuse at this port, with the reply for each kind (docs/policies.md). The event of the refusal names the policy and its
 * revision; the client is told what, not whose.
 */
import type { DomainResource, MailboxResource, PolicyKind, PolicyOrigin } from '@mailfleet/schema'
import { blockedBy, exceedsRecipients, exceedsSize, lacksTls, normalizeAddress } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { SendLimits } from '../policies/index.js'
import { SmtpError } from './smtp-error.js'
import type { Submitter, Transaction } from './transaction.js'

const refusal = (reply: number, subject: string, text: string, kind: PolicyKind, origin: PolicyOrigin | null) =>
  new SmtpError(reply, subject, text, { policy: { kind, origin } })

const tooLarge = (limit: number, origin: PolicyOrigin | null): SmtpError =>
  refusal(552, '3.4', `The message is larger than ${limit} octets`, 'MESSAGE_SIZE', origin)

/** `size` as declared at first, as it is in the end. */
export function requireSize(directory: Directory, of: DomainResource | MailboxResource, size: number): void {
  const { value, origin } = directory.policy('MESSAGE_SIZE', of)
  if (exceedsSize(value, size)) throw tooLarge(value!, origin)
}

/** Before one more recipient of a message that is submitted. */
export function requireRecipientsLeft(directory: Directory, { mailbox }: Submitter, recipients: number): void {
  const { value, origin } = directory.policy('RECIPIENTS_PER_MESSAGE', mailbox)
  if (!exceedsRecipients(value, recipients)) return
  throw refusal(452, '5.3', `At most ${value} recipients a message`, 'RECIPIENTS_PER_MESSAGE', origin)
}

/** Of mail from outside, for one recipient here. */
export function requireWelcome(
  directory: Directory,
  transaction: Transaction,
  of: DomainResource | MailboxResource,
): void {
  const { reversePath, remoteIp, tls, declaredSize } = transaction
  const sender = { reversePath: normalizeAddress(reversePath) ?? '', remoteIp }
  const allowed = () => directory.policy('ALLOWED_SENDERS', of)
  const origin = blockedBy(directory.policy('BLOCKED_SENDERS', of), allowed, sender)
  if (origin) throw refusal(550, '7.1', 'The recipient takes no mail from you', 'BLOCKED_SENDERS', origin)
  const policy = directory.policy('INBOUND_TLS', of)
  if (lacksTls(policy.value, tls)) {
    throw refusal(550, '7.10', 'The recipient takes mail over TLS only', 'INBOUND_TLS', policy.origin)
  }
  requireSize(directory, of, declaredSize)
}

const limited = {
  MESSAGES_PER_HOUR: 'messages an hour',
  MESSAGES_PER_DAY: 'messages a day',
  RECIPIENTS_PER_DAY: 'recipients a day',
}

/** Counts the message; whoever does not accept it afterwards gives it back. */
export async function takeAllowance(limits: SendLimits, { mailbox }: Submitter, recipients: number): Promise<void> {
  const broken = await limits.take(mailbox, recipients)
  if (broken === null) return
  if (broken.kind === 'SENDS_PER_DAY') {
    // For now: tomorrow, or in a moment, there may be more.
    throw new SmtpError(452, '7.1', 'Your organisation has sent all that it may today, try again later')
  }
  const { kind, limit, origin } = broken
  throw refusal(450, '7.1', `You may send ${limit} ${limited[kind]}, try again later`, kind, origin)
}
