/** Reads of identity sources, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { withinCondition } from '../tenants/index.js'
import { IdentitySource, identitySourceColumns, identitySourceSubject } from './identity-source.entity.js'
import type { IdentitySourcesArguments } from './identity-source.types.js'

/** Not yet checked against the viewer. */
const identitySourceById = defineEntityLoader(IdentitySource, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleIdentitySource(context: AdminContext, id: string): Promise<IdentitySource | null> {
  const source = isId(id) ? await identitySourceById(context).load(id.toLowerCase()) : null
  return source && may(context, 'read', identitySourceSubject(source)) ? source : null
}

export async function listIdentitySources(
  context: AdminContext,
  request: IdentitySourcesArguments,
): Promise<ConnectionValue<IdentitySource>> {
  pageShape(request)
  const { filter } = request
  const parameters = new SqlParameters()
  const tenantId = 'identity_source.tenant_id'
  const conditions = [
    await accessibleByTenant(context, 'read', 'IdentitySource', identitySourceColumns, tenantId, parameters),
  ]
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, tenantId))
  }
  if (isGiven(filter?.kind)) conditions.push(`identity_source.kind = ${parameters.bind(filter.kind, 'text')}`)
  const page = await readPage(context.database, request, {
    from: 'identity_source JOIN tenant ON tenant.id = identity_source.tenant_id',
    id: 'identity_source.id',
    conditions,
    parameters,
    order: {
      name: 'identitySource.createdAt',
      sql: 'identity_source.created_at',
      type: 'timestamptz',
      direction: 'ASC',
    },
  })
  return connectionFrom(page, await loadAll(identitySourceById(context), page.ids))
}
