/** Reads of checks and alerts. Whoever sees a domain sees what DNS says of it. */
import { accessibleByTenant, type AdminContext } from '../access/index.js'
import { domainById, domainColumns } from '../domains/index.js'
import { readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isGiven } from '../platform/is-given.js'
import { defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import type { DnsCheck, DomainAlert, DomainAlertsArguments } from './domain-dns.types.js'

export const dnsCheckOfDomain = defineLoader<AdminContext, string, DnsCheck | null>(async ({ database }, ids) => {
  const rows = await database.query<DnsCheck & { id: string }>(
    `SELECT domain_id AS id, checked_at AS "checkedAt", next_check_at AS "nextCheckAt", findings
     FROM domain_dns_check WHERE domain_id = ANY($1::uuid[])`,
    [ids],
  )
  const checks = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => checks.get(id) ?? null)
})

export const openAlertCountOfDomain = defineLoader<AdminContext, string, number>(async ({ database }, ids) => {
  const rows = await database.query<{ id: string; count: number }>(
    `SELECT domain_id AS id, count(*)::integer AS count FROM domain_alert
     WHERE domain_id = ANY($1::uuid[]) AND resolved_at IS NULL GROUP BY domain_id`,
    [ids],
  )
  const counts = new Map(rows.map((row) => [row.id, row.count]))
  return ids.map((id) => counts.get(id) ?? 0)
})

const newestFirst = {
  name: 'domainAlert.openedAt',
  sql: 'domain_alert.opened_at',
  type: 'timestamptz',
  direction: 'DESC',
} as const

export async function listAlerts(
  context: AdminContext,
  request: DomainAlertsArguments,
): Promise<ConnectionValue<DomainAlert>> {
  const parameters = new SqlParameters()
  const { filter } = request
  const conditions = [
    await accessibleByTenant(context, 'read', 'Domain', domainColumns, 'domain.tenant_id', parameters),
  ]
  if (isGiven(filter?.domainId)) conditions.push(idCondition('domain.id', filter.domainId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.open)) conditions.push(`domain_alert.resolved_at IS ${filter.open ? '' : 'NOT '}NULL`)
  const page = await readPage(context.database, request, {
    from: `domain_alert JOIN domain ON domain.id = domain_alert.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'domain_alert.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  const rows = await context.database.query<Omit<DomainAlert, 'domain'> & { domainId: string }>(
    `SELECT id, domain_id AS "domainId", purpose, host, verdict, reason, expected, found,
       opened_at AS "openedAt", resolved_at AS "resolvedAt" FROM domain_alert WHERE id = ANY($1::uuid[])`,
    [page.ids],
  )
  const domains = await loadAll(
    domainById(context),
    rows.map((row) => row.domainId),
  )
  const alerts = new Map(rows.map((row, index) => [row.id, { ...row, domain: domains[index] }]))
  return connectionFrom(
    page,
    page.ids.map((id) => {
      const alert = alerts.get(id)
      return alert?.domain ? (alert as DomainAlert) : null
    }),
  )
}
