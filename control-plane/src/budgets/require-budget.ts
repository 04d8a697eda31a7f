/**
 * Whether there is room for what is about to be made. Every path that makes domains or mailboxes, or raises a quota, asks here,
 * in the transaction that makes it.
 *
 * The rows of the budgets from the top down to the tenant are locked until that transaction ends, so that of many at once exactly as
 * many pass as fit. They exist only where something is allotted: two resellers with budgets of their own never wait for each
 * other, and who has no budget above waits for nobody. (That `used` is then raised is the triggers' matter.)
 */
import type { EntityManager } from 'typeorm'
import { ExpectedError } from '../platform/errors.js'
import type { Oversell, Resource } from './budget.entity.js'
import { beyondReach } from '../platform/database-scope.js'

export interface Demand {
  domains?: number
  mailboxes?: number
  /** The quotas of mailboxes, together; null: one of them is unlimited. */
  storageBytes?: number | null
}

export interface LockedBudget {
  tenant_id: string
  resource: Resource
  allotted: string
  used: string
  oversell: Oversell
}

/** From the top down; the last of each resource is the nearest. */
export async function lockBudgets(manager: EntityManager, tenantPath: string): Promise<LockedBudget[]> {
  await manager.query('SELECT FROM tenant WHERE path @> $1::ltree ORDER BY nlevel(path), id FOR KEY SHARE', [
    tenantPath,
  ])
  return manager.query(
    `SELECT budget.tenant_id, budget.resource, budget.allotted, budget.used, tenant.oversell
     FROM budget JOIN tenant ON tenant.id = budget.tenant_id
     WHERE tenant.path @> $1::ltree
     ORDER BY nlevel(tenant.path), tenant.id, budget.resource FOR UPDATE OF budget`,
    [tenantPath],
  )
}

/** Of what a budget allots, how much is spoken for: handed down, or used by tenants to which nothing was allotted. */
export async function committedOf(
  manager: EntityManager,
  budget: Pick<LockedBudget, 'tenant_id' | 'resource'>,
): Promise<number> {
  const [row] = await manager.query(
    `SELECT own.used - coalesce(sum(below.used), 0) + coalesce(sum(below.allotted), 0) AS committed
     FROM budget AS own LEFT JOIN budget AS below ON below.pool_id = own.tenant_id AND below.resource = own.resource
     WHERE own.tenant_id = $1 AND own.resource = $2 GROUP BY own.used`,
    [budget.tenant_id, budget.resource],
  )
  return Number(row.committed)
}

const inputField: Partial<Record<Resource, string>> = { STORAGE: 'quotaBytes' }

export const budgetExceeded = (resource: Resource, path?: string[]): ExpectedError => {
  const field = path ?? (inputField[resource] ? [inputField[resource]] : undefined)
  return new ExpectedError('BUDGET_EXCEEDED', { params: { resource }, ...(field && { path: field }) })
}

/** `tenantPath`: of the tenant that is to have it. */
export const requireBudget = (manager: EntityManager, tenantPath: string, demand: Demand): Promise<void> =>
  beyondReach(manager, () => requireRoom(manager, tenantPath, demand))

async function requireRoom(manager: EntityManager, tenantPath: string, demand: Demand): Promise<void> {
  const budgets = await lockBudgets(manager, tenantPath)
  const wanted: [Resource, number | null | undefined][] = [
    ['DOMAINS', demand.domains],
    ['MAILBOXES', demand.mailboxes],
    ['STORAGE', demand.storageBytes],
  ]
  for (const [resource, amount] of wanted) {
    const above = budgets.filter((budget) => budget.resource === resource)
    const nearest = above.at(-1)
    if (!nearest || amount === undefined || amount === 0) continue
    if (amount === null) throw unlimitedQuota()
    if (amount < 0) continue
    // At every level, since what was oversold can be used by one only.
    for (const { allotted, used } of above) {
      if (Number(used) + amount > Number(allotted)) throw budgetExceeded(resource)
    }
    if (nearest.oversell !== 'BLOCK') continue
    const committed = await committedOf(manager, nearest)
    if (committed + amount > Number(nearest.allotted)) throw budgetExceeded(resource)
  }
}

const unlimitedQuota = (): ExpectedError =>
  new ExpectedError('BUDGET_EXCEEDED', {
    message: 'Storage is allotted here, and so a mailbox needs a quota.',
    path: ['quotaBytes'],
    params: { resource: 'STORAGE' },
  })
