/**
 * Ends what was deleted and not restored in time: the tenant and all below it, domain by domain, so that no transaction is long and a
 * purge that breaks off goes on where it was. Of several replicas one works at a time.
 */
import type { EntityManager } from 'typeorm'
import { recordDomainPlacement } from '../changes/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'

const everyMs = 600_000
const domainsAtOnce = 10
/** One number for all replicas; of no other meaning. */
const purgeLock = 7_203_011

export function startTenantPurge({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => logger.error({ error }, 'deleted tenants: the purge failed'),
    step: () => purgeSome(database),
  })
}

/** One step; whether there was anything to do. */
export async function purgeSome(database: Database): Promise<boolean> {
  return database.transaction(async (manager) => {
    const [lock] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS taken', [purgeLock])
    if (!lock.taken) return false
    // Whoever restores it comes first, or finds it gone.
    const [tenant] = await manager.query(
      'SELECT id, path::text FROM tenant WHERE purge_at <= now() ORDER BY purge_at LIMIT 1 FOR UPDATE',
    )
    if (!tenant) return false
    const domains: { id: string; mail_node_id: string | null }[] = await manager.query(
      `SELECT domain.id, domain.mail_node_id FROM domain JOIN tenant ON tenant.id = domain.tenant_id
       WHERE tenant.path <@ $1::ltree ORDER BY domain.id LIMIT ${domainsAtOnce} FOR UPDATE OF domain`,
      [tenant.path],
    )
    for (const domain of domains) await purgeDomain(manager, domain)
    if (domains.length === 0) await purgeTenants(manager, tenant.path)
    return true
  })
}

async function purgeDomain(manager: EntityManager, domain: { id: string; mail_node_id: string | null }): Promise<void> {
  await recordDomainPlacement(manager, domain.id, domain.mail_node_id ? [domain.mail_node_id] : [])
  await manager.query('UPDATE domain SET alias_of_id = NULL WHERE alias_of_id = $1', [domain.id])
  for (const table of ['alias', 'mail_group', 'mailbox'])
    await manager.query(`DELETE FROM ${table} WHERE domain_id = $1`, [domain.id])
  await manager.query('DELETE FROM domain WHERE id = $1', [domain.id])
}

async function purgeTenants(manager: EntityManager, path: string): Promise<void> {
  const within = 'IN (SELECT id FROM tenant WHERE path <@ $1::ltree)'
  await manager.query(`DELETE FROM administrator WHERE tenant_id ${within}`, [path])
  await manager.query(
    `DELETE FROM role_assignment WHERE access_role_id IN (SELECT id FROM access_role WHERE tenant_id ${within})`,
    [path],
  )
  await manager.query(`DELETE FROM budget WHERE tenant_id ${within}`, [path])
  // Foreign keys are checked at the end of the statement: children go with their parents.
  await manager.query('DELETE FROM tenant WHERE path <@ $1::ltree', [path])
}
