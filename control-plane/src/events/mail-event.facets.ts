/**
 * Counts of what a filter finds: exact up to a limit, and beyond it of the newest. The rows are found once, bounded, and counted in
 * all ways from there: what a count costs does not grow with the log.
 */
import type { MailDirection, MailEventType, MailVerdict } from '@mailfleet/schema'
import type { AdminContext } from '../access/index.js'
import { visibleDomain } from '../domains/index.js'
import { visibleMailNode } from '../nodes/index.js'
import { invalidInput } from '../platform/errors.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import type { BucketUnit, MailEventFacets } from './mail-event-facets.types.js'
import { eventSearch } from './mail-event.conditions.js'
import type { MailEventFilter } from './mail-event.types.js'
import { inTime } from './search-time.js'

const maxCounted = 100_000
const topOf = 10
/** Some may be of domains that are gone, or not to be seen. */
const candidatesForTop = 50
const maxBuckets = 400

interface Row {
  facet: 'whole' | 'type' | 'direction' | 'verdict' | 'replyClass' | 'domain' | 'mailNode' | 'bucket'
  value: string | null
  count: number
  unit: BucketUnit | null
}

const facet = (name: Row['facet'], value: string, limit: number): string =>
  `(SELECT '${name}' AS facet, (${value})::text AS value, count(*)::integer AS count, NULL AS unit FROM counted
    WHERE ${value} IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT ${limit})`

/** Known to the platform and, being one word of letters, digits and `_+-/`, to PostgreSQL as what it is. */
function requireTimeZone(name: string): string {
  try {
    if (!/^[A-Za-z][\w+/-]{0,63}$/.test(name)) throw new RangeError()
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    throw invalidInput(['timeZone'], 'There is no such time zone.')
  }
}

export async function countMailEvents(
  context: AdminContext,
  filter: MailEventFilter,
  timeZone: string,
): Promise<MailEventFacets> {
  const zone = requireTimeZone(timeZone)
  const parameters = new SqlParameters()
  const { database, conditions, parts } = await eventSearch(context, filter, parameters)
  const from = parts ? `${parts.from} JOIN mail_event ON ${parts.condition}` : 'mail_event'
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map((one) => `(${one})`).join(' AND ')}`
  const rows = await inTime(() =>
    database.query<Row>(
      `WITH found AS MATERIALIZED (
         SELECT mail_event.at, mail_event.type, mail_event.direction, mail_event.verdict, mail_event.reply_code,
           mail_event.domain_id, mail_event.mail_node_id
         FROM ${from} ${where} ORDER BY mail_event.at DESC, mail_event.id DESC LIMIT ${maxCounted + 1}),
       counted AS MATERIALIZED (SELECT * FROM found ORDER BY at DESC LIMIT ${maxCounted}),
       span AS (SELECT min(at) AS since, CASE WHEN max(at) - min(at) <= interval '2 hours' THEN 'MINUTE'
         WHEN max(at) - min(at) <= interval '7 days' THEN 'HOUR' ELSE 'DAY' END AS unit FROM counted)
       SELECT 'whole' AS facet, span.since::text AS value, (SELECT count(*)::integer FROM found) AS count, span.unit FROM span
       UNION ALL ${facet('type', 'type', 50)}
       UNION ALL ${facet('direction', 'direction', 10)}
       UNION ALL ${facet('verdict', 'verdict', 10)}
       UNION ALL ${facet('replyClass', 'reply_code / 100', 10)}
       UNION ALL ${facet('domain', 'domain_id', candidatesForTop)}
       UNION ALL ${facet('mailNode', 'mail_node_id', candidatesForTop)}
       UNION ALL (SELECT 'bucket', extract(epoch FROM date_trunc(lower(span.unit), at, ${parameters.bind(zone, 'text')}))::bigint::text,
         count(*)::integer, NULL FROM counted, span GROUP BY 2 ORDER BY 2 DESC LIMIT ${maxBuckets})`,
      parameters.values,
    ),
  )
  const of = (name: Row['facet']) =>
    rows.flatMap(({ facet, value, count }) => (facet === name && value !== null ? [{ value, count }] : []))
  const whole = rows.find((row) => row.facet === 'whole')!
  return {
    counted: Math.min(whole.count, maxCounted),
    isComplete: whole.count <= maxCounted,
    countedSince: whole.value === null ? null : new Date(whole.value),
    types: of('type').map(({ value, count }) => ({ type: value as MailEventType, count })),
    directions: of('direction').map(({ value, count }) => ({ direction: value as MailDirection, count })),
    verdicts: of('verdict').map(({ value, count }) => ({ verdict: value as MailVerdict, count })),
    replyClasses: of('replyClass').map(({ value, count }) => ({ replyClass: Number(value), count })),
    domains: await top(of('domain'), async (id) => {
      const domain = await visibleDomain(context, id)
      return domain && { domain }
    }),
    mailNodes: await top(of('mailNode'), async (id) => {
      const mailNode = await visibleMailNode(context, id)
      return mailNode && { mailNode }
    }),
    bucketUnit: whole.unit ?? 'MINUTE',
    buckets: of('bucket')
      .map(({ value, count }) => ({ start: new Date(Number(value) * 1_000), count }))
      .reverse(),
  }
}

async function top<T extends object>(
  counts: readonly { value: string; count: number }[],
  find: (id: string) => Promise<T | null>,
): Promise<(T & { count: number })[]> {
  const found = await Promise.all(
    counts.map(async ({ value, count }) => {
      const object = await find(value)
      return object && { ...object, count }
    }),
  )
  return found.filter((one) => one !== null).slice(0, topOf)
}
