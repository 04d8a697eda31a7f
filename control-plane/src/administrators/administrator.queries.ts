/** Reads of administrators, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { containing, SqlParameters } from '../platform/sql-parameters.js'
import { withinCondition } from '../tenants/index.js'
import { Administrator, administratorColumns, administratorSubject } from './administrator.entity.js'
import type { AdministratorOrder, AdministratorsArguments } from './administrator.types.js'

/** Not yet checked against the viewer. */
const administratorById = defineEntityLoader(Administrator, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleAdministrator(context: AdminContext, id: string): Promise<Administrator | null> {
  const administrator = isId(id) ? await administratorById(context).load(id.toLowerCase()) : null
  return administrator && may(context, 'read', administratorSubject(administrator)) ? administrator : null
}

const orders: Record<AdministratorOrder['field'], Omit<PageOrder, 'direction'>> = {
  EMAIL: { name: 'administrator.email', sql: 'administrator.email', type: 'text' },
  CREATED_AT: { name: 'administrator.createdAt', sql: 'administrator.created_at', type: 'timestamptz' },
}

export async function listAdministrators(
  context: AdminContext,
  request: AdministratorsArguments,
): Promise<ConnectionValue<Administrator>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(
      context,
      'read',
      'Administrator',
      administratorColumns,
      'administrator.tenant_id',
      parameters,
    ),
  ]
  if (isGiven(filter?.withinId)) {
    conditions.push(
      await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'administrator.tenant_id'),
    )
  }
  if (isGiven(filter?.role)) conditions.push(`administrator.role = ${parameters.bind(filter.role, 'text')}`)
  if (isGiven(filter?.status)) conditions.push(`administrator.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) {
    const pattern = parameters.bind(containing(filter.search), 'text')
    conditions.push(`administrator.email LIKE ${pattern} OR lower(administrator.name) LIKE ${pattern}`)
  }
  const page = await readPage(context.database, request, {
    from: 'administrator JOIN tenant ON tenant.id = administrator.tenant_id',
    id: 'administrator.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'EMAIL'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(administratorById(context), page.ids))
}
