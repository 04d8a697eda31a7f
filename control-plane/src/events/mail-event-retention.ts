/**
 * How long the mail log is kept, by the policy MAIL_LOG_RETENTION. Days that nobody's policy keeps any more are dropped as a whole; of
 * those whose policy keeps less, rows are deleted in batches before.
 *
 * A day here is 24 hours back from now, whatever the clocks of people do; a partition goes when all of its day is older. Where
 * the policy says nothing, nothing is deleted. Several replicas may run this at once: both do what is then done already.
 */
import { effectivePolicy, type PolicyLayer } from '@mailfleet/schema'
import type { DataSource } from 'typeorm'
import { isoDay, partitionName } from './partitions.js'

const dayMs = 86_400_000
const batchRows = 20_000
const kind = 'MAIL_LOG_RETENTION'

/** Null: for ever. */
type Days = number | null

export interface Retention {
  /** Of events of no tenant. */
  platform: Days
  byTenant: ReadonlyMap<string, Days>
  /** Of domains that have a value of their own. */
  byDomain: ReadonlyMap<string, Days>
}

interface PolicyRow {
  tenant_id: string | null
  domain_id: string | null
  settings: Record<string, { value: unknown }>
}

/** Null where no policy says anything. */
export async function readRetention(dataSource: DataSource): Promise<Retention | null> {
  const rows: PolicyRow[] = await dataSource.query(
    'SELECT tenant_id, domain_id, settings FROM policy WHERE settings ? $1',
    [kind],
  )
  if (rows.length === 0) return null
  const layer = (row: PolicyRow, level: 'CUSTOMER' | 'DOMAIN'): PolicyLayer => ({
    origin: { level, policyId: '', objectId: '', revision: 0 },
    settings: row.settings,
  })
  const ofTenants = new Map(rows.flatMap((row) => (row.tenant_id ? [[plain(row.tenant_id), row] as const] : [])))
  const layersOf = (path: string): PolicyLayer[] =>
    path.split('.').flatMap((id) => {
      const row = ofTenants.get(id)
      return row ? [layer(row, 'CUSTOMER')] : []
    })
  const daysOf = (layers: PolicyLayer[]): Days => effectivePolicy(kind, layers).value
  const tenants: { id: string; path: string }[] = await dataSource.query('SELECT id, path::text FROM tenant')
  const byTenant = new Map(tenants.map(({ id, path }) => [id, daysOf(layersOf(path))]))
  const pathById = new Map(tenants.map(({ id, path }) => [id, path]))
  const ofDomains = rows.filter(({ domain_id }) => domain_id !== null)
  const domains: { id: string; tenant_id: string }[] = await dataSource.query(
    'SELECT id, tenant_id FROM domain WHERE id = ANY($1::uuid[])',
    [ofDomains.map(({ domain_id }) => domain_id)],
  )
  const rowOf = new Map(ofDomains.map((row) => [row.domain_id!, row]))
  const byDomain = new Map(
    domains.map(({ id, tenant_id }) => [
      id,
      daysOf([...layersOf(pathById.get(tenant_id)!), layer(rowOf.get(id)!, 'DOMAIN')]),
    ]),
  )
  const root = tenants.find(({ path }) => !path.includes('.'))
  return { platform: root ? byTenant.get(root.id)! : null, byTenant, byDomain }
}

const plain = (id: string): string => id.replaceAll('-', '')

/** The longest that anybody keeps anything; null: for ever. */
export function longest({ platform, byTenant, byDomain }: Retention): Days {
  let most = platform
  for (const days of [...byTenant.values(), ...byDomain.values()]) {
    if (most === null || days === null) return null
    most = Math.max(most, days)
  }
  return most
}

/** One step; says whether there may be more to do at once. */
export async function retainMailEvents(dataSource: DataSource, now = Date.now()): Promise<boolean> {
  const retention = await readRetention(dataSource)
  if (retention === null) return false
  const most = longest(retention)
  if (most !== null) await dropPartitions(dataSource, now - most * dayMs)
  let deleted = 0
  for (const [days, owners] of shorterLived(retention, most)) {
    deleted = Math.max(deleted, await deleteBatch(dataSource, new Date(now - days * dayMs), owners))
  }
  return deleted === batchRows
}

interface Owners {
  tenantIds: string[]
  domainIds: string[]
  noTenant: boolean
}

/** Who keeps less than the longest, by days. */
function shorterLived({ platform, byTenant, byDomain }: Retention, most: Days): Map<number, Owners> {
  const classes = new Map<number, Owners>()
  const add = (days: Days, change: (owners: Owners) => void): void => {
    if (days === null || days === most) return
    const owners = classes.get(days) ?? { tenantIds: [], domainIds: [], noTenant: false }
    change(owners)
    classes.set(days, owners)
  }
  add(platform, (owners) => (owners.noTenant = true))
  for (const [id, days] of byTenant) add(days, ({ tenantIds }) => tenantIds.push(id))
  for (const [id, days] of byDomain) add(days, ({ domainIds }) => domainIds.push(id))
  return classes
}

/** What a tenant's policy says does not hold for its domains that have their own. */
async function deleteBatch(dataSource: DataSource, before: Date, owners: Owners): Promise<number> {
  const [, count]: [unknown, number] = await dataSource.query(
    `DELETE FROM mail_event USING (
       SELECT at, id FROM mail_event AS old
       WHERE old.at < $1 AND (old.domain_id = ANY($3::uuid[]) OR ($4 AND old.tenant_id IS NULL)
         OR old.tenant_id = ANY($2::uuid[]) AND NOT EXISTS (
           SELECT FROM policy WHERE policy.domain_id = old.domain_id AND policy.settings ? '${kind}'))
       LIMIT ${batchRows}) AS old
     WHERE mail_event.at = old.at AND mail_event.id = old.id AND mail_event.at < $1`,
    [before, owners.tenantIds, owners.domainIds, owners.noTenant],
  )
  return count
}

/** Since 1970, in UTC: the day that this moment is in is kept to its end. */
export const firstKeptDay = (before: number): number => Math.floor(before / dayMs)

/** Whole days that ended before. Readers are waited for only shortly: there is a next time. */
async function dropPartitions(dataSource: DataSource, before: number): Promise<void> {
  const firstKept = partitionName(isoDay(firstKeptDay(before)))
  const parts: { name: string }[] = await dataSource.query(
    `SELECT part.relname AS name FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
     WHERE inhparent = 'mail_event'::regclass AND part.relname < $1 ORDER BY part.relname`,
    [firstKept],
  )
  for (const { name } of parts) {
    await dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = '2s'`)
      await manager.query(`DROP TABLE IF EXISTS ${name}`)
    })
  }
}
