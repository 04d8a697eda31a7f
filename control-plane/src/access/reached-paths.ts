/**
 * The second wall for what is read past it, as the system: of these paths of tenants, which may be gone, those that row-level security
 * lets the viewer reach.
 */
import type { AdminContext } from './context.js'
import { reached } from './protected-table.js'
import { viewerRole } from './reach.js'

export async function reachedPaths(context: AdminContext, paths: Iterable<string>): Promise<Set<string>> {
  const rows = await context.database.query<{ path: string }>(
    `SELECT path FROM unnest($1::text[]) AS path
     WHERE current_user <> '${viewerRole}' OR ${reached.path('path::ltree')}`,
    [[...new Set(paths)]],
  )
  return new Set(rows.map(({ path }) => path))
}
