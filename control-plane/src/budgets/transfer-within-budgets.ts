/**
 * For a domain that goes to another tenant with all it holds. The triggers have charged it by then: what is looked at is whether the
 * budgets that it comes under have room for it. Those above both tenants are no worse off than before.
 */
import type { EntityManager } from 'typeorm'
import { resources, type Resource } from './budget.entity.js'
import { budgetExceeded, committedOf, lockBudgets } from './require-budget.js'
import { beyondReach } from '../platform/database-scope.js'

export async function transferWithinBudgets(
  manager: EntityManager,
  domainId: string,
  [fromPath, toPath]: [string, string],
  transfer: () => Promise<void>,
): Promise<void> {
  const [from, to] = await beyondReach(manager, async () => [
    await lockBudgets(manager, fromPath),
    await lockBudgets(manager, toPath),
  ])
  const pools = resources.map((resource) => to.findLast((budget) => budget.resource === resource))
  const before = await beyondReach(manager, () =>
    Promise.all(pools.map((pool) => (pool ? committedOf(manager, pool) : 0))),
  )
  const entered = to.filter(({ tenant_id }) => !from.some((budget) => budget.tenant_id === tenant_id))
  await transfer()
  const [held] = await manager.query(
    `SELECT (SELECT count(*) FROM domain WHERE id = $1 OR alias_of_id = $1)::float8 AS domains,
       count(*)::float8 AS mailboxes, coalesce(sum(quota_bytes), 0)::float8 AS bytes,
       coalesce(bool_or(quota_bytes IS NULL), false) AS unlimited
     FROM mailbox WHERE domain_id = $1`,
    [domainId],
  )
  const amounts: Record<Resource, number> = {
    DOMAINS: held.domains,
    MAILBOXES: held.mailboxes,
    STORAGE: held.bytes,
    SENDS_PER_DAY: 0,
  }
  for (const [index, resource] of resources.entries()) {
    const exceeded = budgetExceeded(resource, ['tenantId'])
    const pool = pools[index]
    // As for a mailbox that is made there.
    if (resource === 'STORAGE' && held.unlimited && pool) throw exceeded
    for (const budget of entered) {
      if (budget.resource !== resource || amounts[resource] === 0) continue
      if (Number(budget.used) + amounts[resource] > Number(budget.allotted)) throw exceeded
    }
    if (pool?.oversell !== 'BLOCK') continue
    const committed = await beyondReach(manager, () => committedOf(manager, pool))
    if (committed > Number(pool.allotted) && committed > before[index]!) throw exceeded
  }
}
