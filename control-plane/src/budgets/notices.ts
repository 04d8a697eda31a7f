/** What somebody ought to know about budgets, kept where it can be listed. */
import type { EntityManager } from 'typeorm'
import { accessible, type AdminContext } from '../access/index.js'
import { readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { tenantById, withinCondition, type Tenant } from '../tenants/index.js'
import type { Resource } from './budget.entity.js'
import type { BudgetNotice, BudgetNoticesArguments, BudgetNoticeKind } from './budget.types.js'

export interface NewNotice {
  tenantId: string
  resource: Resource
  kind: BudgetNoticeKind
  allotted: number
  amount: number
}

export async function keepNotice(manager: EntityManager, notice: NewNotice): Promise<void> {
  const { tenantId, resource, kind, allotted, amount } = notice
  await manager.query(
    'INSERT INTO budget_notice (id, tenant_id, resource, kind, allotted, amount) VALUES ($1, $2, $3, $4, $5, $6)',
    [newId(), tenantId, resource, kind, allotted, amount],
  )
}

const columns = {
  id: { sql: 'tenant.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} as const
const newestFirst = {
  name: 'budgetNotice.createdAt',
  sql: 'budget_notice.created_at',
  type: 'timestamptz',
  direction: 'DESC',
} as const

export async function listNotices(
  context: AdminContext,
  request: BudgetNoticesArguments,
): Promise<ConnectionValue<BudgetNotice>> {
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'Budget', columns, parameters)]
  const { filter } = request
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters))
  }
  const page = await readPage(context.database, request, {
    from: 'budget_notice JOIN tenant ON tenant.id = budget_notice.tenant_id',
    id: 'budget_notice.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  const rows = await context.database.query<BudgetNotice & { tenantId: string }>(
    `SELECT id, tenant_id AS "tenantId", resource, kind, allotted::float8 AS allotted, amount::float8 AS amount,
       created_at AS "createdAt" FROM budget_notice WHERE id = ANY($1::uuid[])`,
    [page.ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  const tenants = await tenantById(context).loadMany(rows.map((row) => row.tenantId))
  const byTenant = new Map(
    tenants
      .filter((tenant): tenant is Tenant => tenant !== null && 'path' in tenant)
      .map((tenant) => [tenant.id, tenant]),
  )
  return connectionFrom(
    page,
    page.ids.map((id) => {
      const row = byId.get(id)
      const tenant = row && byTenant.get(row.tenantId)
      return row && tenant ? { ...row, tenant } : null
    }),
  )
}
