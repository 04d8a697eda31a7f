/** The filter of the history: from the address bar to the API. What the address bar may hold is anything. */
import { ranges } from '../message-log/log-filter.ts'

export const historyTypes = [
  'Policy',
  'MailNode',
  'Domain',
  'Mailbox',
  'Alias',
  'Group',
  'Forward',
  'AppPassword',
  'DkimKey',
  'Tenant',
] as const

/** Names of the filters in the address bar. */
export const historyFilterNames = ['type', 'range', 'by', 'object', 'node', 'within'] as const

/** `now` is when the range was chosen: it must stand still while one pages through the answer. */
export function historyFilter(read: (name: string) => string, now: number) {
  const text = (name: string) => read(name).trim() || undefined
  const type = historyTypes.find((known) => known === read('type'))
  const range = read('range')
  return {
    types: type && [type],
    administratorId: text('by'),
    objectId: text('object'),
    mailNodeId: text('node'),
    withinId: text('within'),
    since: Object.hasOwn(ranges, range)
      ? new Date(now - ranges[range as keyof typeof ranges]).toISOString()
      : undefined,
  }
}
