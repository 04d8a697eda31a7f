/** Filters and permissions of events as SQL. Events carry the id of their tenant only, so whose they are is asked of the tenants. */
import { accessible, type AdminContext } from '../access/index.js'
import { invalidInput } from '../platform/errors.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { addressSearch, prefixEnd } from './address-key.js'
import type { MailEventFilter } from './mail-event.types.js'

/** Up to so many tenants are named in the statement, which the index serves best. */
const maxNamedTenants = 1_000

/**
 * The tenants whose events the viewer may read, within `withinId` if given. Without conditions in the rules that is every
 * event, those of no tenant too.
 */
async function tenantCondition(
  context: AdminContext,
  withinId: string | null | undefined,
  parameters: SqlParameters,
): Promise<string> {
  const conditions = async (bound: SqlParameters): Promise<string[]> => {
    const columns = { within: { sql: 'tenant.path', type: 'path' } } as const
    const permitted = `(${accessible(context, 'read', 'MailEvent', columns, bound)})`
    return withinId == null ? [permitted] : [permitted, await withinCondition(context, withinId, 'tenant.path', bound)]
  }
  const named = new SqlParameters()
  const where = await conditions(named)
  if (where.length === 1 && where[0] === '(true)') return 'true'
  if (where.includes('(false)')) return 'false'
  const rows = await context.database.query<{ id: string }>(
    `SELECT tenant.id FROM tenant WHERE ${where.join(' AND ')} LIMIT ${maxNamedTenants + 1}`,
    named.values,
  )
  if (rows.length === 1) return `mail_event.tenant_id = ${parameters.bind(rows[0]!.id, 'uuid')}`
  if (rows.length <= maxNamedTenants)
    return `mail_event.tenant_id = ANY(${parameters.bind(
      rows.map((row) => row.id),
      'uuid[]',
    )})`
  const inStatement = await conditions(parameters)
  return `mail_event.tenant_id IN (SELECT tenant.id FROM tenant WHERE ${inStatement.join(' AND ')})`
}

export async function eventConditions(
  context: AdminContext,
  filter: MailEventFilter,
  parameters: SqlParameters,
): Promise<string[]> {
  const conditions = [await tenantCondition(context, filter.withinId, parameters)]
  const equals = (column: string, value: string | null | undefined, path: string): void => {
    if (value != null) conditions.push(`mail_event.${column} = ${parameters.bind(searchable(value, path), 'text')}`)
  }
  if (filter.domainId != null) conditions.push(idCondition('mail_event.domain_id', filter.domainId, parameters))
  if (filter.mailNodeId != null) conditions.push(idCondition('mail_event.mail_node_id', filter.mailNodeId, parameters))
  if (filter.types != null) conditions.push(`mail_event.type = ANY(${parameters.bind(filter.types, 'text[]')})`)
  equals('direction', filter.direction, 'direction')
  equals('transaction_id', filter.transactionId, 'transactionId')
  equals('message_id', filter.messageId?.trim().replace(/^<(.*)>$/, '$1'), 'messageId')
  if (filter.sender != null)
    conditions.push(addressCondition(['sender_key'], searchable(filter.sender, 'sender'), parameters))
  if (filter.recipient != null) {
    const columns = ['recipient_key', 'original_recipient_key']
    conditions.push(addressCondition(columns, searchable(filter.recipient, 'recipient'), parameters))
  }
  if (filter.since != null) conditions.push(`mail_event.at >= ${parameters.bind(filter.since, 'timestamptz')}`)
  if (filter.until != null) conditions.push(`mail_event.at < ${parameters.bind(filter.until, 'timestamptz')}`)
  return conditions
}

function searchable(text: string, field: string): string {
  if (text.length > 1_000 || text.includes('\0')) throw invalidInput(['filter', field], 'This cannot be searched for.')
  return text
}

function addressCondition(columns: string[], text: string, parameters: SqlParameters): string {
  const { key, prefix } = addressSearch(text)
  const from = parameters.bind(key, 'text')
  const end = prefix ? prefixEnd(key) : null
  const to = end === null ? null : parameters.bind(end, 'text')
  return columns
    .map((column) => `mail_event.${column}`)
    .map((column) => (to === null ? `${column} = ${from}` : `(${column} >= ${from} AND ${column} < ${to})`))
    .join(' OR ')
}
