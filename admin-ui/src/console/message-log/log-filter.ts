/** The filter of the message log: from the address bar to the API. */
import { localToIso } from '../../format/time.ts'
import type { MailDirection, MailEventType } from '../../graphql/graphql.ts'

export const eventTypes: readonly MailEventType[] = [
  'ACCEPTED',
  'REFUSED',
  'DELIVERED',
  'QUEUED',
  'RELAYED',
  'DEFERRED',
  'BOUNCED',
  'AUTHENTICATED',
  'AUTH_FAILED',
  'SESSION',
]
export const directions: readonly MailDirection[] = ['IN', 'OUT', 'LOCAL']

const hour = 3_600_000
export const ranges = { hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour } as const
export type Range = keyof typeof ranges | 'custom' | ''

/** Names of the filters in the address bar. */
export const filterNames = [
  'sender',
  'recipient',
  'mid',
  'type',
  'direction',
  'range',
  'since',
  'until',
  'tx',
  'domain',
  'node',
  'within',
] as const

/**
 * `now` is when the range was chosen, not when the page was drawn: it must stand still while one pages through the answer.
 * What the address bar may hold is anything; unknown values are left out.
 */
export function mailEventFilter(read: (name: string) => string, now: number) {
  const text = (name: string) => read(name).trim() || undefined
  const range = read('range')
  const type = eventTypes.find((known) => known === read('type'))
  const length = Object.hasOwn(ranges, range) ? ranges[range as keyof typeof ranges] : undefined
  return {
    sender: text('sender'),
    recipient: text('recipient'),
    messageId: text('mid'),
    transactionId: text('tx'),
    domainId: text('domain'),
    mailNodeId: text('node'),
    withinId: text('within'),
    types: type && [type],
    direction: directions.find((known) => known === read('direction')),
    since: length ? new Date(now - length).toISOString() : range === 'custom' ? localToIso(read('since')) : undefined,
    until: range === 'custom' ? localToIso(read('until')) : undefined,
  }
}
