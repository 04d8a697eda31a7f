/** Reads of domains, narrowed to what the viewer may see. */
import { normalizeDomain } from '@mailfleet/schema'
import { accessibleByTenant, may, permissionSubject, type AdminContext } from '../access/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import type { Status } from '../platform/graphql/enums.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { loadAll } from '../platform/loader.js'
import { containing, SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, isTenantSuspended, withinCondition } from '../tenants/index.js'
import { stateSql } from './domain-state.js'
import { Domain, domainColumns, domainSubject } from './domain.entity.js'
import { domainById } from './domain.loaders.js'
import type { DomainOrder, DomainsArguments } from './domain.types.js'

/** Null also where the viewer may not see it. */
export async function visibleDomain(context: AdminContext, id: string | null): Promise<Domain | null> {
  const domain = id !== null && isId(id) ? await domainById(context).load(id.toLowerCase()) : null
  return domain && may(context, 'read', domainSubject(domain)) ? domain : null
}

export async function effectiveStatusOfDomain(context: AdminContext, domain: Domain): Promise<Status> {
  if (domain.status === 'SUSPENDED') return 'SUSPENDED'
  return (await isTenantSuspended(context).load(domain.tenantId)) ? 'SUSPENDED' : 'ACTIVE'
}

const orders: Record<DomainOrder['field'], Omit<PageOrder, 'direction'>> = {
  NAME: { name: 'domain.name', sql: 'domain.name', type: 'text' },
  CREATED_AT: { name: 'domain.createdAt', sql: 'domain.created_at', type: 'timestamptz' },
}

export async function listDomains(context: AdminContext, request: DomainsArguments): Promise<ConnectionValue<Domain>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'Domain', domainColumns, 'domain.tenant_id', parameters),
  ]
  if (isGiven(filter?.tenantId)) conditions.push(idCondition('domain.tenant_id', filter.tenantId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.aliasOfId)) conditions.push(idCondition('domain.alias_of_id', filter.aliasOfId, parameters))
  if (isGiven(filter?.mailNodeId)) {
    // To whoever sees no nodes there are none, and so nothing is on them.
    const seesIt = may(context, 'read', permissionSubject('MailNode', { id: filter.mailNodeId }))
    conditions.push(seesIt ? idCondition('domain.mail_node_id', filter.mailNodeId, parameters) : 'false')
  }
  conditions.push(
    filter?.deleted || filter?.state === 'DELETED' ? 'domain.deleted_at IS NOT NULL' : 'domain.deleted_at IS NULL',
  )
  if (isGiven(filter?.state)) conditions.push(`${stateSql} = ${parameters.bind(filter.state, 'text')}`)
  if (isGiven(filter?.status)) conditions.push(`domain.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) {
    const pattern = parameters.bind(containing(filter.search), 'text')
    // A whole label in another spelling, `STRASSE` or full-width letters, is found by its normal form.
    const normal = parameters.bind(containing(normalizeDomain(filter.search) ?? filter.search), 'text')
    conditions.push(`domain.display_name LIKE ${pattern} OR domain.name LIKE ${pattern} OR domain.name LIKE ${normal}`)
  }
  const page = await readPage(context.database, request, {
    from: 'domain JOIN tenant ON tenant.id = domain.tenant_id',
    id: 'domain.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'NAME'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(domainById(context), page.ids))
}
