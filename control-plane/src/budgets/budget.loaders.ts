/** Budgets of tenants, batched: what is allotted and used where there is a row, else counted. */
import type { AdminContext } from '../access/index.js'
import { defineLoader } from '../platform/loader.js'
import type { Budget, BudgetLine, Oversell, Resource } from './budget.entity.js'

interface LineRow {
  tenant_id: string
  resource: Resource
  allotted: number
  used: number
  handed_down: number
  used_below: number
}

interface TenantRow {
  id: string
  oversell: Oversell
  version: number
  domains: number
  mailboxes: number
  bytes: number
  sends: number
  handed_down: Partial<Record<Resource, number>> | null
}

/** Counted for those without a row only; sends are those of today. */
const tenantRows = `
  SELECT own.id, own.oversell, own.budget_version AS version, held.*, sent.sends, (
    SELECT jsonb_object_agg(resource, allotted) FROM (
      SELECT budget.resource, sum(budget.allotted) AS allotted FROM budget JOIN tenant ON tenant.id = budget.tenant_id
      WHERE tenant.path <@ own.path AND tenant.id <> own.id AND (budget.pool_id IS NULL OR budget.pool_id NOT IN (
        SELECT id FROM tenant AS between_them WHERE between_them.path <@ own.path AND between_them.id <> own.id))
      GROUP BY budget.resource) AS handed
  ) AS handed_down
  FROM tenant AS own
  CROSS JOIN LATERAL (
    SELECT count(DISTINCT domain.id)::float8 AS domains, count(mailbox.id)::float8 AS mailboxes,
      coalesce(sum(mailbox.quota_bytes), 0)::float8 AS bytes
    FROM tenant AS below JOIN domain ON domain.tenant_id = below.id LEFT JOIN mailbox ON mailbox.domain_id = domain.id
    WHERE below.path <@ own.path
      AND (SELECT count(*) FROM budget WHERE budget.tenant_id = own.id AND budget.resource <> 'SENDS_PER_DAY') < 3
  ) AS held
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(counted.messages), 0)::float8 AS sends
    FROM tenant AS below JOIN sent_in_day AS counted ON counted.tenant_id = below.id
    WHERE below.path <@ own.path AND counted.day = (now() AT TIME ZONE 'UTC')::date
  ) AS sent
  WHERE own.id = ANY($1::uuid[])`

const lineRows = `
  SELECT budget.tenant_id, budget.resource, budget.allotted::float8 AS allotted, budget.used::float8 AS used,
    coalesce(sum(below.allotted), 0)::float8 AS handed_down, coalesce(sum(below.used), 0)::float8 AS used_below
  FROM budget LEFT JOIN budget AS below ON below.pool_id = budget.tenant_id AND below.resource = budget.resource
  WHERE budget.tenant_id = ANY($1::uuid[]) GROUP BY budget.tenant_id, budget.resource`

export const budgetOfTenant = defineLoader<AdminContext, string, Budget>(async ({ database }, ids) => {
  const [tenants, lines] = await Promise.all([
    database.query<TenantRow>(tenantRows, [ids]),
    database.query<LineRow>(lineRows, [ids]),
  ])
  const byId = new Map(tenants.map((row) => [row.id, row]))
  return ids.map((id) => {
    const tenant = byId.get(id)
    if (!tenant) return new Error('this tenant is gone')
    const own = lines.filter((line) => line.tenant_id === id)
    const line = (resource: Resource, counted: number): BudgetLine =>
      lineOf(
        own.find((row) => row.resource === resource),
        tenant,
        resource,
        counted,
      )
    return {
      version: tenant.version,
      oversell: tenant.oversell,
      domains: line('DOMAINS', tenant.domains),
      mailboxes: line('MAILBOXES', tenant.mailboxes),
      storage: line('STORAGE', tenant.bytes),
      sendsPerDay: line('SENDS_PER_DAY', tenant.sends),
    }
  })
})

function lineOf(row: LineRow | undefined, tenant: TenantRow, resource: Resource, counted: number): BudgetLine {
  if (!row) {
    return { allotted: null, used: counted, handedDown: Number(tenant.handed_down?.[resource] ?? 0), remaining: null }
  }
  const { allotted, handed_down: handedDown } = row
  const used = resource === 'SENDS_PER_DAY' ? counted : row.used
  const spokenFor = tenant.oversell === 'BLOCK' ? Math.max(row.used, row.used - row.used_below + handedDown) : row.used
  const free = allotted - (resource === 'SENDS_PER_DAY' ? Math.max(spokenFor, used) : spokenFor)
  return { allotted, used, handedDown, remaining: Math.max(0, free) }
}
