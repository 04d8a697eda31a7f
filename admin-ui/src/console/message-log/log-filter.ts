/** The filter of the message log: from the address bar to the API. */
import { isoToLocal, localToIso } from '../../format/time.ts'
import type { MailDirection, MailEventType, MailVerdict } from '../../graphql/graphql.ts'

export const eventTypes: readonly MailEventType[] = [
  'ACCEPTED',
  'REFUSED',
  'DELIVERED',
  'QUEUED',
  'RELAYED',
  'DEFERRED',
  'BOUNCED',
  'DELETED',
  'AUTHENTICATED',
  'AUTH_FAILED',
  'SESSION',
]
export const directions: readonly MailDirection[] = ['IN', 'OUT', 'LOCAL']

export const verdicts: readonly MailVerdict[] = ['CLEAN', 'JUNK', 'QUARANTINED', 'REFUSED', 'DISCARDED']

const hour = 3_600_000
export const ranges = { hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour } as const
export type Range = keyof typeof ranges | 'custom' | ''

/** Names of the filters in the address bar. */
export const filterNames = [
  'sender',
  'recipient',
  'mid',
  'subject',
  'ip',
  'verdict',
  'code',
  'class',
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
  const number = (name: string, least: number, most: number) => {
    const value = /^\d{1,3}$/.test(read(name)) ? Number(read(name)) : undefined
    return value !== undefined && value >= least && value <= most ? value : undefined
  }
  const subject = text('subject')
  const verdict = verdicts.find((known) => known === read('verdict'))
  const range = read('range')
  const type = eventTypes.find((known) => known === read('type'))
  const length = Object.hasOwn(ranges, range) ? ranges[range as keyof typeof ranges] : undefined
  return {
    sender: text('sender'),
    recipient: text('recipient'),
    messageId: text('mid'),
    subject: subject === undefined ? undefined : { contains: subject },
    remoteNetwork: text('ip'),
    verdicts: verdict && [verdict],
    replyCode: number('code', 200, 599),
    replyClass: number('class', 2, 5),
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

type Filter = ReturnType<typeof mailEventFilter>

/** As it is saved: a range back from now stays one, whenever somebody searches by it. */
export function savedFilter(read: (name: string) => string) {
  const { since, ...filter } = mailEventFilter(read, Date.now())
  const range = read('range')
  if (!Object.hasOwn(ranges, range)) return { ...filter, since }
  return { ...filter, lastMinutes: ranges[range as keyof typeof ranges] / 60_000 }
}

/** Back into the address bar. What another client has saved may say more than there is room for here: that is left out. */
export function queryOf(saved: unknown): Record<string, string> {
  const filter = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<Filter> & {
    lastMinutes?: number
  }
  const range = Object.entries(ranges).find(([, length]) => length === (filter.lastMinutes ?? 0) * 60_000)?.[0]
  const query: Record<string, unknown> = {
    sender: filter.sender,
    recipient: filter.recipient,
    mid: filter.messageId,
    subject: filter.subject?.contains,
    ip: filter.remoteNetwork,
    verdict: filter.verdicts?.[0],
    code: filter.replyCode,
    class: filter.replyClass,
    tx: filter.transactionId,
    domain: filter.domainId,
    node: filter.mailNodeId,
    within: filter.withinId,
    type: filter.types?.[0],
    direction: filter.direction,
    range: range ?? (filter.since || filter.until ? 'custom' : undefined),
    since: range || !filter.since ? undefined : isoToLocal(filter.since),
    until: filter.until ? isoToLocal(filter.until) : undefined,
  }
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  )
}
