/** Reads of mail events, newest first. */
import type { AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import type { EventRange } from './event-range.js'
import { eventSearch } from './mail-event.conditions.js'
import { inTime } from './search-time.js'
import type { MailEvent, MailEventFilter, MailEventsArguments } from './mail-event.types.js'

export const mailEventColumns = `mail_event.id, mail_event.at, mail_event.type, mail_event.direction, mail_event.protocol,
  mail_event.mail_node_id AS "mailNodeId", mail_event.domain_id AS "domainId", mail_event.mailbox_id AS "mailboxId",
  mail_event.transaction_id AS "transactionId", mail_event.sender, mail_event.recipient,
  mail_event.original_recipient AS "originalRecipient", mail_event.message_id AS "messageId", mail_event.subject,
  mail_event.size::float8 AS size, mail_event.remote_ip AS "remoteIp", mail_event.remote_host AS "remoteHost",
  mail_event.tls, mail_event.tls_policy AS "tlsPolicy", mail_event.reply_code AS "replyCode", mail_event.enhanced_code AS "enhancedCode",
  mail_event.reply_text AS "replyText", mail_event.attempt, mail_event.next_attempt_at AS "nextAttemptAt",
  mail_event.login, mail_event.policy_kind AS "policyKind", mail_event.policy_id AS "policyId",
  mail_event.policy_revision AS "policyRevision", mail_event.authentication, mail_event.folder, mail_event.verdict, mail_event.checks,
  mail_event.helo_name AS "heloName", mail_event.recipient_count AS "recipientCount", mail_event.sessions,
  mail_event.duration_ms::float8 AS "durationMs"`

const newestFirst = { name: 'mailEvent.at', sql: 'mail_event.at', type: 'timestamptz', direction: 'DESC' } as const

export async function listMailEvents(
  context: AdminContext,
  request: MailEventsArguments,
): Promise<ConnectionValue<MailEvent>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const { database, ...search } = await eventSearch(context, request.filter ?? {}, parameters)
  const page = await inTime(() =>
    readPage(database, request, {
      from: 'mail_event',
      id: 'mail_event.id',
      ...search,
      parameters,
      order: newestFirst,
    }),
  )
  // With their times, since without them every day's partition would have to be searched for each id.
  const rows = await context.database.query<MailEvent>(
    `SELECT ${mailEventColumns} FROM unnest($1::uuid[], $2::timestamptz[]) AS wanted (id, at)
     JOIN mail_event ON mail_event.at = wanted.at AND mail_event.id = wanted.id`,
    [page.ids, page.values],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return connectionFrom(
    page,
    page.ids.map((id) => byId.get(id) ?? null),
  )
}

/** At most `limit`, newest first. */
export async function newestMailEvents(
  context: AdminContext,
  filter: MailEventFilter,
  limit: number,
): Promise<MailEvent[]> {
  const parameters = new SqlParameters()
  const { database, conditions, parts } = await eventSearch(context, filter, parameters)
  const from = parts ? `${parts.from} JOIN mail_event ON ${parts.condition}` : 'mail_event'
  const where = conditions.map((condition) => `(${condition})`).join(' AND ')
  return inTime(() =>
    database.query<MailEvent>(
      `SELECT ${mailEventColumns} FROM ${from} ${where && `WHERE ${where}`}
       ORDER BY mail_event.at DESC, mail_event.id DESC LIMIT ${limit}`,
      parameters.values,
    ),
  )
}

/** The newest of what was stored in these ranges, oldest first. */
export async function readNewEvents(
  context: AdminContext,
  filter: MailEventFilter,
  ranges: readonly EventRange[],
  limit: number,
): Promise<MailEvent[]> {
  const parameters = new SqlParameters()
  const { database, conditions, parts } = await eventSearch(context, filter, parameters)
  const from = parts ? `${parts.from} JOIN mail_event ON ${parts.condition}` : 'mail_event'
  const stored = ranges.map(({ minId, maxId, minAt, maxAt }) => {
    const at = [minAt, maxAt].map((time) => parameters.bind(new Date(time), 'timestamptz'))
    const id = [minId, maxId].map((bound) => parameters.bind(bound, 'uuid'))
    return `mail_event.at BETWEEN ${at.join(' AND ')} AND mail_event.id BETWEEN ${id.join(' AND ')}`
  })
  const rows = await database.query<MailEvent>(
    `SELECT ${mailEventColumns} FROM ${from} WHERE ${[...conditions, stored.join(' OR ')].map((c) => `(${c})`).join(' AND ')}
     ORDER BY mail_event.at DESC, mail_event.id DESC LIMIT ${limit}`,
    parameters.values,
  )
  return rows.reverse()
}
