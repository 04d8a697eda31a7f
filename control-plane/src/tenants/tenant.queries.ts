/** Reads of tenants, narrowed to what the viewer may see. */
import { accessibleByTenant, may, smallSubtree, type AdminContext } from '../access/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { loadAll } from '../platform/loader.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { containing, SqlParameters } from '../platform/sql-parameters.js'
import { Tenant, tenantColumns, tenantSubject } from './tenant.entity.js'
import { tenantById } from './tenant.loaders.js'
import type { TenantOrder, TenantsArguments } from './tenant.types.js'

/** Null also where the viewer may not see it. */
export async function visibleTenant(context: AdminContext, id: string | null): Promise<Tenant | null> {
  const tenant = id !== null && isId(id) ? await tenantById(context).load(id.toLowerCase()) : null
  return tenant && may(context, 'read', tenantSubject(tenant)) ? tenant : null
}

/**
 * For `withinId` of any list: a condition on `column`, an ltree path, or on `tenantId`, the id of the tenant that has it, where
 * few are meant. A tenant that the viewer may not see has nothing below it.
 */
export async function withinCondition(
  context: AdminContext,
  withinId: string,
  column: string,
  parameters: SqlParameters,
  tenantId?: string,
): Promise<string> {
  const tenant = await visibleTenant(context, withinId)
  if (!tenant) return 'false'
  const ids = tenantId === undefined ? null : await smallSubtree(context).load(tenant.path)
  return ids
    ? `${tenantId} = ANY(${parameters.bind(ids, 'uuid[]')})`
    : `${column} <@ ${parameters.bind(tenant.path, 'ltree')}`
}

/** For filters by id: what is no id matches nothing. */
export const idCondition = (column: string, id: string, parameters: SqlParameters): string =>
  isId(id) ? `${column} = ${parameters.bind(id, 'uuid')}` : 'false'

/** Neither it nor one above it. */
const notDeleted = `NOT EXISTS (
  SELECT 1 FROM tenant AS above WHERE above.path @> tenant.path AND above.deleted_at IS NOT NULL)`

const orders: Record<TenantOrder['field'], Omit<PageOrder, 'direction'>> = {
  NAME: { name: 'tenant.name', sql: 'lower(tenant.name)', type: 'text' },
  CREATED_AT: { name: 'tenant.createdAt', sql: 'tenant.created_at', type: 'timestamptz' },
}

export async function listTenants(context: AdminContext, request: TenantsArguments): Promise<ConnectionValue<Tenant>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [await accessibleByTenant(context, 'read', 'Tenant', tenantColumns, 'tenant.id', parameters)]
  conditions.push(filter?.deleted ? 'tenant.deleted_at IS NOT NULL' : notDeleted)
  if (isGiven(filter?.parentId)) conditions.push(idCondition('tenant.parent_id', filter.parentId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'tenant.id'))
  }
  if (isGiven(filter?.kind)) conditions.push(`tenant.kind = ${parameters.bind(filter.kind, 'text')}`)
  if (isGiven(filter?.status)) conditions.push(`tenant.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) conditions.push(`lower(tenant.name) LIKE ${parameters.bind(containing(filter.search), 'text')}`)
  const page = await readPage(context.database, request, {
    from: 'tenant',
    id: 'tenant.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'NAME'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(tenantById(context), page.ids))
}
