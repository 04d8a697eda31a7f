/** Filters and permissions of events as SQL. Events carry the id of their tenant only, so whose they are is asked of the tenants. */
import { accessible, may, permissionSubject, type AdminContext } from '../access/index.js'
import { invalidInput } from '../platform/errors.js'
import { isGiven } from '../platform/is-given.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { addressSearch, prefixEnd } from './address-key.js'
import type { MailEventFilter } from './mail-event.types.js'

/** Up to so many tenants are named in the statement, which the index serves best. */
const maxNamedTenants = 1_000
/** Up to so many are looked at one by one. */
const maxParts = 200

/** All tenants' events, those of no tenant too; or these tenants'; or those of more tenants than can be named, by condition. */
type TenantScope = 'all' | { ids: string[] } | { condition: (parameters: SqlParameters) => Promise<string> }

/** The tenants whose events the viewer may read, within `withinId` if given. */
async function tenantScope(context: AdminContext, withinId: string | null | undefined): Promise<TenantScope> {
  const conditions = async (bound: SqlParameters): Promise<string[]> => {
    const columns = {
      within: { sql: 'tenant.path', type: 'path' },
      domainId: { sql: 'mail_event.domain_id', type: 'uuid', nullable: true },
    } as const
    const permitted = `(${accessible(context, 'read', 'MailEvent', columns, bound)})`
    return !isGiven(withinId)
      ? [permitted]
      : [permitted, await withinCondition(context, withinId, 'tenant.path', bound)]
  }
  const named = new SqlParameters()
  const where = await conditions(named)
  if (where.length === 1 && where[0] === '(true)') return 'all'
  const byCondition: TenantScope = {
    condition: async (parameters) =>
      `tenant.id = mail_event.tenant_id AND ${(await conditions(parameters)).join(' AND ')}`,
  }
  // Rules on single domains are a matter of each event.
  if (where[0]!.includes('mail_event.')) return byCondition
  const rows = await context.database.query<{ id: string }>(
    `SELECT tenant.id FROM tenant WHERE ${where.join(' AND ')} LIMIT ${maxNamedTenants + 1}`,
    named.values,
  )
  if (rows.length <= maxNamedTenants) return { ids: rows.map((row) => row.id) }
  return byCondition
}

export interface EventSearch {
  conditions: string[]
  /** Where it is cheaper to look tenant by tenant. */
  parts?: { from: string; condition: string }
}

export async function eventSearch(
  context: AdminContext,
  filter: MailEventFilter,
  parameters: SqlParameters,
): Promise<EventSearch> {
  // To whoever sees no nodes there are none, and so nothing happened on them.
  if (isGiven(filter.mailNodeId) && !may(context, 'read', permissionSubject('MailNode', { id: filter.mailNodeId })))
    return { conditions: ['false'] }
  const scope = await tenantScope(context, filter.withinId)
  const conditions = filterConditions(filter, parameters)
  if (scope === 'all') return { conditions }
  if ('condition' in scope)
    return { conditions: [...conditions, `EXISTS (SELECT 1 FROM tenant WHERE ${await scope.condition(parameters)})`] }
  const ids = parameters.bind(scope.ids, 'uuid[]')
  const { domainId, sender, recipient, messageId, transactionId } = filter
  const selective = [domainId, sender, recipient, messageId, transactionId].some((value) => isGiven(value))
  if (selective || scope.ids.length > maxParts)
    return { conditions: [...conditions, `mail_event.tenant_id = ANY(${ids})`] }
  const parts = { from: `unnest(${ids}) AS part (tenant_id)`, condition: 'mail_event.tenant_id = part.tenant_id' }
  return { conditions, parts }
}

function filterConditions(filter: MailEventFilter, parameters: SqlParameters): string[] {
  const conditions: string[] = []
  const equals = (column: string, value: string | null | undefined, path: string): void => {
    if (isGiven(value)) conditions.push(`mail_event.${column} = ${parameters.bind(searchable(value, path), 'text')}`)
  }
  if (isGiven(filter.domainId)) conditions.push(idCondition('mail_event.domain_id', filter.domainId, parameters))
  if (isGiven(filter.mailNodeId)) conditions.push(idCondition('mail_event.mail_node_id', filter.mailNodeId, parameters))
  if (isGiven(filter.types)) conditions.push(`mail_event.type = ANY(${parameters.bind(filter.types, 'text[]')})`)
  equals('direction', filter.direction, 'direction')
  equals('transaction_id', filter.transactionId, 'transactionId')
  equals('message_id', filter.messageId?.trim().replace(/^<(.*)>$/, '$1'), 'messageId')
  if (isGiven(filter.sender))
    conditions.push(addressCondition(['sender_key'], searchable(filter.sender, 'sender'), parameters))
  if (isGiven(filter.recipient)) {
    const columns = ['recipient_key', 'original_recipient_key']
    conditions.push(addressCondition(columns, searchable(filter.recipient, 'recipient'), parameters))
  }
  if (isGiven(filter.since)) conditions.push(`mail_event.at >= ${parameters.bind(filter.since, 'timestamptz')}`)
  if (isGiven(filter.until)) conditions.push(`mail_event.at < ${parameters.bind(filter.until, 'timestamptz')}`)
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
