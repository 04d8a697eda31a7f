/** Filters and permissions of events as SQL. Events carry the id of their tenant only, so whose they are is asked of the tenants. */
import { accessible, may, permissionSubject, stateReach, type AdminContext } from '../access/index.js'
import type { Database } from '../platform/database.js'
import { isGiven } from '../platform/is-given.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { withinCondition } from '../tenants/index.js'
import { filterConditions } from './filter-conditions.js'
import type { MailEventFilter } from './mail-event.types.js'
import { searchTimeoutMs } from './search-time.js'

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

/** What an index finds by itself, without a look at each tenant's newest. */
const selectiveFields = [
  'domainId',
  'sender',
  'senderText',
  'recipient',
  'recipientText',
  'subject',
  'messageId',
  'messageIdText',
  'transactionId',
  'remoteNetwork',
] as const satisfies readonly (keyof MailEventFilter)[]

export interface EventSearch {
  /** Where the statement is to be run: it says itself how far its caller reaches. */
  database: Database
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
    return { database: context.database, conditions: ['false'] }
  const scope = await tenantScope(context, filter.withinId)
  const columns = { tenantId: 'mail_event.tenant_id', domainId: 'mail_event.domain_id' }
  const { database, conditions: reach } = stateReach(context, columns, searchTimeoutMs)
  const conditions = [...filterConditions(filter, parameters), ...reach]
  if (scope === 'all') return { database, conditions }
  if ('condition' in scope) {
    const exists = `EXISTS (SELECT 1 FROM tenant WHERE ${await scope.condition(parameters)})`
    return { database, conditions: [...conditions, exists] }
  }
  const ids = parameters.bind(scope.ids, 'uuid[]')
  const selective = selectiveFields.some((name) => isGiven(filter[name]))
  if (selective || scope.ids.length > maxParts)
    return { database, conditions: [...conditions, `mail_event.tenant_id = ANY(${ids})`] }
  const parts = { from: `unnest(${ids}) AS part (tenant_id)`, condition: 'mail_event.tenant_id = part.tenant_id' }
  return { database, conditions, parts }
}
