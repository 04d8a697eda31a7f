/** From an event as a node tells it to a row: checked, cleaned of what PostgreSQL cannot hold, its time made believable. */
import { isIP } from 'node:net'
import { mailEvent, type MailEvent, type MailVerdict } from '@mailfleet/schema'
import { newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { addressKey } from './address-key.js'
import { storableText } from '../platform/storable-text.js'

/** A node that was cut off this long may still tell what happened; older and future times are a wrong clock. */
const maxAgeMs = 90 * 86_400_000
const maxAheadMs = 10 * 60_000
/** The end of the year 9999, beyond which a JavaScript date need not exist. */
const latest = 253_402_300_799_000

export type ParsedEvent = { event: MailEvent; reason: null } | { event: null; reason: string }

export function parseEvent(value: unknown): ParsedEvent {
  const parsed = mailEvent.safeParse(cleaned(value))
  if (parsed.success) return { event: parsed.data, reason: null }
  const issue = parsed.error.issues[0]
  return { event: null, reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`.slice(0, 500) }
}

/** Strings may hold NUL or half a surrogate pair, which no text column takes. Nothing in an event lies deeper than its checks. */
function cleaned(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null || depth > 3) return value
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, cleaned(field, depth + 1)]))
}

function believableTime(at: number, now: number): number {
  if (at > now + maxAheadMs) return now
  return Math.max(at, now - maxAgeMs)
}

export interface EventOwner {
  mailNodeId: string
  tenantId: string | null
  domainId: string | null
}

/** Of nodes that do not say it yet. */
function verdictOf({ verdict, type, direction, folder }: MailEvent): MailVerdict | null {
  if (isGiven(verdict)) return verdict
  if (type === 'REFUSED') return 'REFUSED'
  if (type !== 'DELIVERED' || direction !== 'IN') return null
  return folder === 'Junk' ? 'JUNK' : 'CLEAN'
}

/** IPv4 in IPv6 is the same client as in IPv4; zones are of the node's own links. */
function addressOf(remoteIp: string | null | undefined): string | null {
  const address = remoteIp?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') ?? ''
  return isIP(address) === 0 ? null : address
}

/** Names are those of the columns. Ids rise in the order in which rows are made. */
export function eventRow(event: MailEvent, owner: EventOwner, now: number) {
  const iso = (time: number): string => new Date(Math.min(time, latest)).toISOString()
  const key = (address: string | null | undefined): string | null => (!isGiven(address) ? null : addressKey(address))
  return {
    id: newId(),
    at: iso(believableTime(event.at, now)),
    reported_at: iso(event.at),
    mail_node_id: owner.mailNodeId,
    tenant_id: owner.tenantId,
    domain_id: owner.domainId,
    mailbox_id: event.mailboxId ?? null,
    type: event.type,
    direction: event.direction ?? null,
    protocol: event.protocol ?? null,
    transaction_id: event.transactionId ?? null,
    sender: event.sender ?? null,
    recipient: event.recipient ?? null,
    original_recipient: event.originalRecipient ?? null,
    sender_key: key(event.sender),
    recipient_key: key(event.recipient),
    original_recipient_key: event.originalRecipient === event.recipient ? null : key(event.originalRecipient),
    message_id: event.messageId ?? null,
    subject: event.subject ?? null,
    size: event.size ?? null,
    remote_ip: event.remoteIp ?? null,
    remote_host: event.remoteHost ?? null,
    tls: event.tls ?? null,
    tls_policy: event.tlsPolicy ?? null,
    reply_code: event.replyCode ?? null,
    enhanced_code: event.enhancedCode ?? null,
    reply_text: event.replyText ?? null,
    attempt: event.attempt ?? null,
    next_attempt_at: !isGiven(event.nextAttemptAt) ? null : iso(event.nextAttemptAt),
    login: event.login ?? null,
    policy_kind: event.policyKind ?? null,
    policy_id: event.policyId ?? null,
    policy_revision: event.policyRevision ?? null,
    authentication: event.authentication ?? null,
    folder: event.folder ?? null,
    remote_address: addressOf(event.remoteIp),
    verdict: verdictOf(event),
    checks: event.checks ?? null,
    helo_name: event.heloName ?? null,
    recipient_count: event.recipientCount ?? null,
    sessions: event.sessions ?? null,
    duration_ms: event.durationMs ?? null,
  }
}

export type EventRow = ReturnType<typeof eventRow>
