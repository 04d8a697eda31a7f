/**
 * The second wall said in the statement itself, for searches that row-level security would keep from their indexes: an operator that
 * is not leakproof (LIKE) is looked at only after a policy, row by row. The statement runs as the owner of the tables with the caller's reach
 * in its settings, and carries the policy's own words as one condition among others: the planner may begin with any of them.
 *
 * Whoever uses it must put the condition into every statement that reads rows of the table.
 */
import type { Database } from '../platform/database.js'
import type { AdminContext } from './context.js'
import { scopeOf } from './database-scope.js'
import { reached } from './protected-table.js'
import { viewerRole } from './reach.js'

export interface StatedReach {
  database: Database
  /** To be among the conditions; none for whoever reaches everything. */
  conditions: string[]
}

/** `timeoutMs`: how long one of its statements may take. */
export function stateReach(
  context: AdminContext,
  columns: { tenantId: string; domainId: string },
  timeoutMs: number,
): StatedReach {
  const settings = () => {
    const { role: _role, ...rest } = scopeOf(context)
    return { ...rest, statement_timeout: String(timeoutMs) }
  }
  const isWalled = scopeOf(context).role === viewerRole
  const words = `${reached.tenant(columns.tenantId)} OR ${reached.domain(columns.domainId)}`
  return { database: context.system.scoped(settings), conditions: isWalled ? [words] : [] }
}
