/**
 * Who may do something with an object, of the administrators that the caller sees. Only those are looked at whose rights can
 * reach it at all; each is then asked about by the rules. A page looks at a bounded number, and may be short of rows while
 * there are more.
 */
import { accessible, loadRights, type AdminContext } from '../access/index.js'
import { administratorColumns, visibleAdministrator } from '../administrators/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import type { ConnectionValue, Edge } from '../platform/graphql/connection-types.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { explain } from './explain.js'
import type { Explanation, WhoCanArguments } from './explanation.types.js'
import { findSubject } from './find-subject.js'

const batch = 100
const maxBatches = 5
const sideBySide = 25
const order = { name: 'whoCan.email', sql: 'administrator.email', type: 'text', direction: 'ASC' } as const

export async function whoCan(
  context: AdminContext,
  request: WhoCanArguments,
): Promise<Omit<ConnectionValue<Explanation>, 'count'> | null> {
  const { action, subject, field } = request.input
  const found = await findSubject(context, subject.type, subject.id)
  if (!found) return null
  const { size } = pageShape({ first: request.first })
  const edges: Edge<Explanation>[] = []
  let after = request.after ?? null
  let hasNextPage = true
  for (let round = 0; round < maxBatches && hasNextPage && edges.length < size; round++) {
    const parameters = new SqlParameters()
    // Also the grants from above count, that reach the object; whom the caller sees is asked again below.
    const page = await readPage(
      context.system,
      { first: batch, after },
      {
        from: 'administrator JOIN tenant ON tenant.id = administrator.tenant_id',
        id: 'administrator.id',
        conditions: [
          accessible(context, 'read', 'Administrator', administratorColumns, parameters),
          canReach(found.path, found.object.administratorId, parameters),
        ],
        parameters,
        order,
      },
    )
    const rights = await loadRights(context.system, page.ids)
    hasNextPage = page.hasNextPage
    // Side by side, so that what they ask the database for is asked once for all.
    for (let start = 0; start < page.ids.length; start += sideBySide) {
      if (edges.length === size) {
        hasNextPage = true
        break
      }
      const explained = await Promise.all(
        page.ids.slice(start, start + sideBySide).map(async (id) => {
          const administrator = await visibleAdministrator(context, id)
          const theirs = rights.get(id)
          if (!administrator || !theirs) return null
          return explain(context, administrator, theirs, action, found.object, field ?? undefined)
        }),
      )
      for (const [index, node] of explained.entries()) {
        if (edges.length === size) {
          hasNextPage = true
          break
        }
        after = page.cursors[start + index]!
        if (node?.allowed) edges.push({ cursor: after, node })
      }
    }
  }
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: { hasNextPage, hasPreviousPage: false, startCursor: edges[0]?.cursor ?? null, endCursor: after },
  }
}

function canReach(path: string | null, ownerId: unknown, parameters: SqlParameters): string {
  const active = `administrator.status = 'ACTIVE' AND NOT EXISTS (
    SELECT 1 FROM tenant AS above WHERE above.path @> tenant.path AND above.status = 'SUSPENDED')`
  const own = typeof ownerId === 'string' ? `OR administrator.id = ${parameters.bind(ownerId, 'uuid')}` : ''
  if (path === null) return `${active} AND (nlevel(tenant.path) = 1 ${own})`
  const object = parameters.bind(path, 'ltree')
  return `${active} AND (tenant.path @> ${object} ${own} OR EXISTS (
    SELECT 1 FROM access_grant JOIN tenant AS giver ON giver.id = access_grant.tenant_id
    WHERE access_grant.receiver_id = administrator.id AND access_grant.state = 'ACTIVE'
      AND access_grant.expires_at > now() AND giver.path @> ${object}))`
}
