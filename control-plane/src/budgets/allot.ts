/**
 * Allots budgets to tenants. Only from above: not even a rule lets somebody raise the ceiling that they stand under.
 *
 * A tenant may be allotted less than it uses: nothing is taken away, and nothing new is made until there is room again. What it
 * was allotted comes from the nearest budget above (the pool); if that blocks overselling, no more is handed down than it has.
 */
import type { EntityManager } from 'typeorm'
import { authorize, requireViewer, type AdminContext } from '../access/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { requireTenant, type Tenant } from '../tenants/index.js'
import { budgetSubject, type Resource } from './budget.entity.js'
import type { UpdateBudgetInput } from './budget.types.js'
import { keepNotice } from './notices.js'
import { budgetExceeded, committedOf, lockBudgets, type LockedBudget } from './require-budget.js'
import { beyondReach } from '../platform/database-scope.js'

const fields = {
  domains: 'DOMAINS',
  mailboxes: 'MAILBOXES',
  storageBytes: 'STORAGE',
  sendsPerDay: 'SENDS_PER_DAY',
} as const satisfies Partial<Record<keyof UpdateBudgetInput, Resource>>

export async function updateBudget(context: AdminContext, input: UpdateBudgetInput): Promise<string> {
  const wanted = (Object.keys(fields) as (keyof typeof fields)[]).filter((field) => input[field] !== undefined)
  for (const field of wanted) {
    if (input[field]! < 0) throw invalidInput([field], 'This cannot be negative.')
  }
  return context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    authorize(context, 'update', budgetSubject(tenant), ['tenantId'])
    requireFromAbove(context, tenant)
    return beyondReach(manager, () => updateBudgetOf(manager, tenant, input, wanted))
  })
}

async function updateBudgetOf(
  manager: EntityManager,
  tenant: Tenant,
  input: UpdateBudgetInput,
  wanted: (keyof typeof fields)[],
): Promise<string> {
  const budgets = await lockBudgets(manager, pathAbove(tenant.path))
  // Waits for all that is being made below, and nothing is made there until the transaction ends.
  const [row] = await manager.query(`SELECT budget_version FROM tenant WHERE id = $1 AND path = $2::ltree FOR UPDATE`, [
    tenant.id,
    tenant.path,
  ])
  if (row?.budget_version !== input.version) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
  await manager.query(
    'UPDATE tenant SET budget_version = budget_version + 1, oversell = coalesce($2, oversell) WHERE id = $1',
    [tenant.id, input.oversell ?? null],
  )
  for (const field of wanted) {
    const pool = budgets.findLast((budget) => budget.resource === fields[field]) ?? null
    await allot(manager, tenant, fields[field], input[field] ?? null, pool, field)
  }
  return tenant.id
}

function requireFromAbove(context: AdminContext, tenant: Tenant): void {
  const viewer = requireViewer(context)
  if (tenant.kind === 'PLATFORM') return
  if (!tenant.path.startsWith(`${viewer.tenantPath}.`)) {
    throw new ExpectedError('FORBIDDEN', { message: 'A budget is set by a tenant above.' })
  }
}

const pathAbove = (path: string): string => path.split('.').slice(0, -1).join('.')

async function allot(
  manager: EntityManager,
  tenant: Tenant,
  resource: Resource,
  amount: number | null,
  pool: LockedBudget | null,
  field: string,
): Promise<void> {
  const before = pool && (await committedOf(manager, pool))
  const [own] = await manager.query('SELECT allotted FROM budget WHERE tenant_id = $1 AND resource = $2 FOR UPDATE', [
    tenant.id,
    resource,
  ])
  if (amount === null) {
    if (own) await removeBudget(manager, tenant, resource, pool)
  } else if (own) {
    await manager.query('UPDATE budget SET allotted = $3 WHERE tenant_id = $1 AND resource = $2', [
      tenant.id,
      resource,
      amount,
    ])
  } else {
    await addBudget(manager, tenant, resource, amount, pool)
  }
  if (amount !== null) await noticeOwnExcess(manager, { tenant_id: tenant.id, resource }, tenant, amount)
  if (pool) await checkPool(manager, pool, before!, field)
}

/** Handing down less is always possible; more, as the pool's tenant oversells. */
async function checkPool(manager: EntityManager, pool: LockedBudget, before: number, field: string): Promise<void> {
  const committed = await committedOf(manager, pool)
  const allotted = Number(pool.allotted)
  if (committed <= allotted || committed <= before) return
  if (pool.oversell === 'BLOCK') throw budgetExceeded(pool.resource, [field])
  if (pool.oversell === 'NOTIFY') {
    await keepNotice(manager, {
      tenantId: pool.tenant_id,
      resource: pool.resource,
      kind: 'OVERSOLD',
      allotted,
      amount: committed,
    })
  }
}

async function noticeOwnExcess(
  manager: EntityManager,
  key: Pick<LockedBudget, 'tenant_id' | 'resource'>,
  tenant: Tenant,
  allotted: number,
): Promise<void> {
  const [{ used }] = await manager.query('SELECT used FROM budget WHERE tenant_id = $1 AND resource = $2', [
    key.tenant_id,
    key.resource,
  ])
  const notice = { tenantId: tenant.id, resource: key.resource, allotted }
  if (Number(used) > allotted) return keepNotice(manager, { ...notice, kind: 'OVERUSED', amount: Number(used) })
  const committed = await committedOf(manager, key)
  if (committed > allotted) await keepNotice(manager, { ...notice, kind: 'OVERSOLD', amount: committed })
}

export const usedOf: Record<Resource, string> = {
  DOMAINS: `SELECT count(*) FROM tenant JOIN domain ON domain.tenant_id = tenant.id WHERE tenant.path <@ $1::ltree`,
  MAILBOXES: `SELECT count(*) FROM tenant JOIN domain ON domain.tenant_id = tenant.id
    JOIN mailbox ON mailbox.domain_id = domain.id WHERE tenant.path <@ $1::ltree`,
  STORAGE: `SELECT coalesce(sum(mailbox.quota_bytes), 0) FROM tenant JOIN domain ON domain.tenant_id = tenant.id
    JOIN mailbox ON mailbox.domain_id = domain.id WHERE tenant.path <@ $1::ltree`,
  SENDS_PER_DAY: 'SELECT 0 WHERE $1::ltree IS NOT NULL',
}

/** Those right below the pool that stand below the tenant are served from its own budget now. */
async function addBudget(
  manager: EntityManager,
  tenant: Tenant,
  resource: Resource,
  amount: number,
  pool: LockedBudget | null,
): Promise<void> {
  await manager.query(
    `INSERT INTO budget (tenant_id, resource, allotted, used, pool_id) VALUES ($2, $3, $4, (${usedOf[resource]}), $5)`,
    [tenant.path, tenant.id, resource, amount, pool?.tenant_id ?? null],
  )
  await manager.query(
    `UPDATE budget SET pool_id = $1 FROM tenant
     WHERE budget.resource = $2 AND budget.pool_id IS NOT DISTINCT FROM $3
       AND tenant.id = budget.tenant_id AND tenant.path <@ $4::ltree AND tenant.id <> $1`,
    [tenant.id, resource, pool?.tenant_id ?? null, tenant.path],
  )
}

async function removeBudget(
  manager: EntityManager,
  tenant: Tenant,
  resource: Resource,
  pool: LockedBudget | null,
): Promise<void> {
  await manager.query('UPDATE budget SET pool_id = $3 WHERE pool_id = $1 AND resource = $2', [
    tenant.id,
    resource,
    pool?.tenant_id ?? null,
  ])
  await manager.query('DELETE FROM budget WHERE tenant_id = $1 AND resource = $2', [tenant.id, resource])
}
