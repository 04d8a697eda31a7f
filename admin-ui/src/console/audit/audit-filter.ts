/** The filter of the audit trail: from the address bar to the API. What the address bar may hold is anything. */
import type { AuditChange } from '../../graphql/graphql.ts'
import { ranges } from '../message-log/log-filter.ts'

export const auditChanges: readonly AuditChange[] = ['CREATED', 'UPDATED', 'DELETED', 'READ']

/** Names of the filters in the address bar. */
export const auditFilterNames = ['q', 'change', 'range', 'by', 'object', 'operation', 'within'] as const

/** `now` is when the range was chosen: it must stand still while one pages through the answer. */
export function auditFilter(read: (name: string) => string, now: number) {
  const text = (name: string) => read(name).trim() || undefined
  const range = read('range')
  const change = auditChanges.find((known) => known === read('change'))
  return {
    search: text('q'),
    administratorId: text('by'),
    subjectId: text('object'),
    operationId: text('operation'),
    withinId: text('within'),
    changes: change && [change],
    since: Object.hasOwn(ranges, range)
      ? new Date(now - ranges[range as keyof typeof ranges]).toISOString()
      : undefined,
  }
}
