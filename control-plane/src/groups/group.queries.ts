/** Reads of groups, narrowed to what the viewer may see. */
import { normalizeAddress } from '@mailfleet/schema'
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { addressMatches } from '../domains/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { containing, SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { Group, groupColumns, groupSubject } from './group.entity.js'
import type { GroupOrder, GroupsArguments } from './group.types.js'

/** Not yet checked against the viewer. */
const groupById = defineEntityLoader(Group, { domain: { tenant: true } })

/** Null also where the viewer may not see it. */
export async function visibleGroup(context: AdminContext, id: string): Promise<Group | null> {
  const group = isId(id) ? await groupById(context).load(id.toLowerCase()) : null
  return group && may(context, 'read', groupSubject(group)) ? group : null
}

const orders: Record<GroupOrder['field'], Omit<PageOrder, 'direction'>> = {
  ADDRESS: { name: 'group.address', sql: 'mail_group.address', type: 'text' },
  NAME: { name: 'group.name', sql: 'lower(mail_group.name)', type: 'text' },
  CREATED_AT: { name: 'group.createdAt', sql: 'mail_group.created_at', type: 'timestamptz' },
}

export async function listGroups(context: AdminContext, request: GroupsArguments): Promise<ConnectionValue<Group>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [await accessibleByTenant(context, 'read', 'Group', groupColumns, 'domain.tenant_id', parameters)]
  if (isGiven(filter?.domainId)) conditions.push(idCondition('mail_group.domain_id', filter.domainId, parameters))
  if (isGiven(filter?.tenantId)) conditions.push(idCondition('domain.tenant_id', filter.tenantId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.status)) conditions.push(`mail_group.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) {
    const address = addressMatches('mail_group', filter.search, parameters)
    const name = `lower(mail_group.name) LIKE ${parameters.bind(containing(filter.search), 'text')}`
    const member = normalizeAddress(filter.search.trim())
    const has = member ? ` OR mail_group.members @> ${parameters.bind([member], 'text[]')}` : ''
    conditions.push(`${address} OR ${name}${has}`)
  }
  const page = await readPage(context.database, request, {
    from: `mail_group JOIN domain ON domain.id = mail_group.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'mail_group.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'ADDRESS'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(groupById(context), page.ids))
}
