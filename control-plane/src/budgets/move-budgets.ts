/** What a subtree uses leaves the budgets above it, and is charged to those above its new place. The caller has locked the tenants. */
import type { EntityManager } from 'typeorm'
import { resources } from './budget.entity.js'
import { usedOf } from './allot.js'
import { budgetExceeded, committedOf, lockBudgets } from './require-budget.js'

/** `path`: of the tenant that moves, still at its old place. */
export async function moveBudgets(manager: EntityManager, path: string, newParentPath: string): Promise<void> {
  const oldParentPath = path.split('.').slice(0, -1).join('.')
  // Each from the top down; of two moves that cross, PostgreSQL breaks one off, and it is run again.
  const from = await lockBudgets(manager, oldParentPath)
  const to = await lockBudgets(manager, newParentPath)
  for (const resource of resources) {
    const [row] = await manager.query(`SELECT (${usedOf[resource]})::float8 AS used`, [path])
    const leaving = from.filter((budget) => budget.resource === resource).map((budget) => budget.tenant_id)
    const above = to.filter((budget) => budget.resource === resource)
    const entering = above.map((budget) => budget.tenant_id)
    const pool = above.at(-1) ?? null
    const before = pool && (await committedOf(manager, pool))
    const charge = 'UPDATE budget SET used = used + $3 WHERE resource = $1 AND tenant_id = ANY($2::uuid[])'
    await manager.query(charge, [resource, leaving.filter((id) => !entering.includes(id)), -row.used])
    await manager.query(charge, [resource, entering.filter((id) => !leaving.includes(id)), row.used])
    await manager.query(
      `UPDATE budget SET pool_id = $3 FROM tenant WHERE tenant.id = budget.tenant_id AND tenant.path <@ $1::ltree
         AND budget.resource = $2 AND (budget.pool_id IS NULL OR budget.pool_id NOT IN (
           SELECT id FROM tenant AS moving WHERE moving.path <@ $1::ltree))`,
      [path, resource, pool?.tenant_id ?? null],
    )
    for (const budget of above) {
      const isNew = !leaving.includes(budget.tenant_id)
      if (isNew && row.used > 0 && Number(budget.used) + row.used > Number(budget.allotted)) {
        throw budgetExceeded(resource, ['parentId'])
      }
    }
    if (!pool || pool.oversell !== 'BLOCK') continue
    const committed = await committedOf(manager, pool)
    if (committed > Number(pool.allotted) && committed > before!) throw budgetExceeded(resource, ['parentId'])
  }
}
