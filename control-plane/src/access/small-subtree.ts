/**
 * The tenants of a subtree by id, where they are few. `path <@ ...` tells PostgreSQL's planner nothing about how many rows it
 * selects, and for one customer among thousands it would walk the whole platform in order; a list of ids has statistics.
 */
import type { SubjectColumns } from '../platform/casl-sql.js'
import { defineLoader } from '../platform/loader.js'
import type { SqlParameters } from '../platform/sql-parameters.js'
import { accessible } from './authorize.js'
import type { AdminContext } from './context.js'
import type { Action, SubjectName } from './subjects.js'

const maxTenants = 500

/** By path; null where there are many. */
export const smallSubtree = defineLoader<AdminContext, string, string[] | null>(({ system }, paths) =>
  Promise.all(
    paths.map(async (path) => {
      const rows = await system.query<{ id: string }>('SELECT id FROM tenant WHERE path <@ $1::ltree LIMIT $2', [
        path,
        maxTenants + 1,
      ])
      return rows.length > maxTenants ? null : rows.map((row) => row.id)
    }),
  ),
)

/** As `accessible`, for subjects whose `within` is the path of the tenant in the column `tenantId`. */
export async function accessibleByTenant(
  context: AdminContext,
  action: Action,
  subject: SubjectName,
  columns: SubjectColumns & { within: SubjectColumns[string] },
  tenantId: string,
  parameters: SqlParameters,
): Promise<string> {
  const below = new Map<string, string[]>()
  for (const path of subtreesOf(context, action, subject)) {
    const ids = await smallSubtree(context).load(path)
    if (ids) below.set(path, ids)
  }
  const within = { ...columns.within, owners: { sql: tenantId, below } }
  return accessible(context, action, subject, { ...columns, within }, parameters)
}

/** The subtrees that the caller's rules name: mostly one, that of the own tenant. */
function subtreesOf(context: AdminContext, action: Action, subject: SubjectName): Set<string> {
  const rules = context.viewer?.ability.rulesFor(action, subject) ?? []
  const paths = rules.map((rule) => (rule.conditions as { within?: unknown } | undefined)?.within)
  return new Set(paths.filter((path) => typeof path === 'string'))
}
