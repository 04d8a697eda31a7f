/**
 * What a node counts, in terms of its mail events: they are written in the transaction that does what they tell of, so that what is
 * counted is what is durable, wherever in the program it happens. Labels have few values each: no address, no domain.
 */
import type { MailEvent } from '@mailfleet/schema'

export const tallyNames = [
  'messages_accepted',
  'recipients_refused',
  'recipients_delivered',
  'recipients_queued',
  'delivery_attempts',
  'sign_ins',
  'sessions',
] as const
export type TallyName = (typeof tallyNames)[number]

export interface Tally {
  name: TallyName
  labels: Record<string, string>
  count: number
}

/** A verdict or protocol that an event does not name. */
const none = 'none'

function tallyOf(event: MailEvent): Tally | null {
  const { type, protocol, direction, verdict, replyCode, failures, sessions } = event
  const tally = (name: TallyName, labels: Record<string, string | null | undefined>, count = 1): Tally => ({
    name,
    labels: Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, (value ?? none).toLowerCase()])),
    count,
  })
  switch (type) {
    case 'ACCEPTED':
      return tally('messages_accepted', { direction, verdict })
    case 'REFUSED':
      return tally('recipients_refused', { reply: replyCode ? `${Math.floor(replyCode / 100)}xx` : none })
    case 'DELIVERED':
      return tally('recipients_delivered', { verdict })
    case 'QUEUED':
      return tally('recipients_queued', {})
    case 'RELAYED':
    case 'DEFERRED':
    case 'BOUNCED':
      return tally('delivery_attempts', { result: type })
    case 'AUTHENTICATED':
      return tally('sign_ins', { protocol, result: 'succeeded' })
    case 'AUTH_FAILED':
      return tally('sign_ins', { protocol, result: failures === 0 ? 'banned' : 'failed' }, failures || 1)
    case 'SESSION':
      return tally('sessions', { protocol }, sessions ?? 1)
    default:
      return null
  }
}

/** Equal ones added up. */
export function tallyEvents(events: readonly MailEvent[]): Tally[] {
  const sums = new Map<string, Tally>()
  for (const event of events) {
    const tally = tallyOf(event)
    if (!tally) continue
    const key = JSON.stringify([tally.name, tally.labels])
    const sum = sums.get(key)
    if (sum) sum.count += tally.count
    else sums.set(key, tally)
  }
  return [...sums.values()]
}
