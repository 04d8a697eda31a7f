/**
 * What policies would decide about a message of before, by the very functions that nodes decide by. Pure: what is not known of a message
 * is not guessed.
 */
import {
  blockedBy,
  dmarcAction,
  effectivePolicy,
  exceedsRecipients,
  exceedsSize,
  lacksTls,
  type PolicyKind,
  type PolicyLayer,
} from '@mailfleet/schema'

/** Worse ones last. */
export const outcomes = ['DELIVERED', 'JUNK', 'DEFERRED', 'REFUSED'] as const
export type Outcome = (typeof outcomes)[number]

/** A message as far as its events tell, for one mailbox here: that of its recipient, or of who submitted it. */
export interface PastMessage {
  at: number
  submitted: boolean
  mailboxId: string | null
  sender: string | null
  remoteIp: string | null
  tls: string | null
  /** Null: not told, as where it was refused before it came. */
  size: number | null
  /** Of what was submitted; null: not told. */
  recipients: number | null
  /** What the author's domain wants of this message, which failed its DMARC; null: not told. */
  dmarcWanted: 'none' | 'quarantine' | 'reject' | null
}

export interface Decision {
  outcome: Outcome
  /** Of the policy that decides; null where none stands against it. */
  kind: PolicyKind | null
}

const delivered: Decision = { outcome: 'DELIVERED', kind: null }

/** In the order in which a node asks. Limits over a time are a matter of all messages together: send-limits.ts. */
export function decide(layers: readonly PolicyLayer[], message: PastMessage): Decision {
  const value = <Kind extends PolicyKind>(kind: Kind) => effectivePolicy(kind, layers).value
  const refused = (kind: PolicyKind): Decision => ({ outcome: 'REFUSED', kind })
  const tooLarge = message.size !== null && exceedsSize(value('MESSAGE_SIZE'), message.size)
  if (message.submitted) {
    const { recipients } = message
    // The one beyond the limit is refused, the others go.
    if (recipients !== null && exceedsRecipients(value('RECIPIENTS_PER_MESSAGE'), recipients - 1))
      return refused('RECIPIENTS_PER_MESSAGE')
    return tooLarge ? refused('MESSAGE_SIZE') : delivered
  }
  const { sender, remoteIp, tls, dmarcWanted } = message
  if (sender !== null && remoteIp !== null) {
    const allowed = () => effectivePolicy('ALLOWED_SENDERS', layers)
    if (blockedBy(effectivePolicy('BLOCKED_SENDERS', layers), allowed, { reversePath: sender, remoteIp }))
      return refused('BLOCKED_SENDERS')
  }
  if (lacksTls(value('INBOUND_TLS'), tls)) return refused('INBOUND_TLS')
  if (tooLarge) return refused('MESSAGE_SIZE')
  const own = value('DMARC')
  const action = dmarcWanted === null ? 'DELIVER' : dmarcAction(dmarcWanted, own, [own])
  if (action === 'REFUSE') return refused('DMARC')
  return action === 'JUNK' ? { outcome: 'JUNK', kind: 'DMARC' } : delivered
}

/** From the log's `authentication` (RFC 8601): what the author's domain asks for where DMARC failed. */
export function dmarcWantedOf(authentication: string | null): PastMessage['dmarcWanted'] {
  if (authentication === null) return null
  const failed = [...authentication.matchAll(/(?:^|; )dmarc=fail\b[^;]*/g)].map(([text]) => text)
  const wanted = failed.map((text) => /policy\.published-domain-policy=(quarantine|reject)\b/.exec(text)?.[1])
  if (wanted.includes('reject')) return 'reject'
  return wanted.includes('quarantine') ? 'quarantine' : 'none'
}
