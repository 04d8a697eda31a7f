/** Reads of aliases, narrowed to what the viewer may see. */
import { normalizeAddress } from '@mailfleet/schema'
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { addressMatches } from '../domains/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { Alias, aliasColumns, aliasSubject } from './alias.entity.js'
import type { AliasesArguments, AliasOrder } from './alias.types.js'

/** Not yet checked against the viewer. */
const aliasById = defineEntityLoader(Alias, { domain: { tenant: true } })

/** Null also where the viewer may not see it. */
export async function visibleAlias(context: AdminContext, id: string): Promise<Alias | null> {
  const alias = isId(id) ? await aliasById(context).load(id.toLowerCase()) : null
  return alias && may(context, 'read', aliasSubject(alias)) ? alias : null
}

const orders: Record<AliasOrder['field'], Omit<PageOrder, 'direction'>> = {
  ADDRESS: { name: 'alias.address', sql: 'alias.address', type: 'text' },
  CREATED_AT: { name: 'alias.createdAt', sql: 'alias.created_at', type: 'timestamptz' },
}

export async function listAliases(context: AdminContext, request: AliasesArguments): Promise<ConnectionValue<Alias>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [await accessibleByTenant(context, 'read', 'Alias', aliasColumns, 'domain.tenant_id', parameters)]
  if (isGiven(filter?.domainId)) conditions.push(idCondition('alias.domain_id', filter.domainId, parameters))
  if (isGiven(filter?.tenantId)) conditions.push(idCondition('domain.tenant_id', filter.tenantId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.status)) conditions.push(`alias.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) {
    const address = addressMatches('alias', filter.search, parameters)
    // A whole address also finds the aliases that lead to it.
    const target = normalizeAddress(filter.search.trim())
    const leadsTo = target ? ` OR alias.targets @> ${parameters.bind([target], 'text[]')}` : ''
    conditions.push(address + leadsTo)
  }
  const page = await readPage(context.database, request, {
    from: `alias JOIN domain ON domain.id = alias.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'alias.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'ADDRESS'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(aliasById(context), page.ids))
}
