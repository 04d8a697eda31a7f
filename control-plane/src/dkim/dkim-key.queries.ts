/** Reads of DKIM keys, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { DkimKey, dkimKeyColumns, dkimKeySubject } from './dkim-key.entity.js'
import type { DkimKeysArguments } from './dkim-key.types.js'

/** Not yet checked against the viewer. */
const dkimKeyById = defineEntityLoader(DkimKey, { domain: { tenant: true } })

const dkimKeyIdsOfDomain = defineLoader<AdminContext, string, string[]>(async ({ database }, ids) => {
  const rows = await database.query<{ id: string; domain_id: string }>(
    'SELECT id, domain_id FROM dkim_key WHERE domain_id = ANY($1::uuid[]) ORDER BY created_at, id',
    [ids],
  )
  return ids.map((id) => rows.filter((row) => row.domain_id === id).map((row) => row.id))
})

/** Null also where the viewer may not see it. */
export async function visibleDkimKey(context: AdminContext, id: string): Promise<DkimKey | null> {
  const key = isId(id) ? await dkimKeyById(context).load(id.toLowerCase()) : null
  return key && may(context, 'read', dkimKeySubject(key)) ? key : null
}

export async function visibleDkimKeys(context: AdminContext, ids: readonly string[]): Promise<DkimKey[]> {
  const keys = await Promise.all(ids.map((id) => visibleDkimKey(context, id)))
  return keys.filter((key) => key !== null)
}

export const dkimKeysOfDomain = async (context: AdminContext, domainId: string): Promise<DkimKey[]> =>
  visibleDkimKeys(context, await dkimKeyIdsOfDomain(context).load(domainId))

export async function listDkimKeys(
  context: AdminContext,
  request: DkimKeysArguments,
): Promise<ConnectionValue<DkimKey>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'DkimKey', dkimKeyColumns, 'domain.tenant_id', parameters),
  ]
  if (isGiven(filter?.domainId)) conditions.push(idCondition('dkim_key.domain_id', filter.domainId, parameters))
  if (isGiven(filter?.tenantId)) conditions.push(idCondition('domain.tenant_id', filter.tenantId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.state)) conditions.push(`dkim_key.state = ${parameters.bind(filter.state, 'text')}`)
  const page = await readPage(context.database, request, {
    from: `dkim_key JOIN domain ON domain.id = dkim_key.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'dkim_key.id',
    conditions,
    parameters,
    order: {
      name: 'dkimKey.createdAt',
      sql: 'dkim_key.created_at',
      type: 'timestamptz',
      direction: orderBy?.direction ?? 'ASC',
    },
  })
  return connectionFrom(page, await loadAll(dkimKeyById(context), page.ids))
}
