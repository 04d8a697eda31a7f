/**
 * Ends what was deleted and not restored in time: mailboxes, domains, tenants with all below them. A tenant goes domain by domain, so that
 * no transaction is long and a purge that breaks off goes on where it was. Of several replicas one works at a time.
 *
 * What cannot be purged is put off by an hour, and is in nobody's way meanwhile.
 */
import type { EntityManager } from 'typeorm'
import { recordDomainPlacement } from '../changes/index.js'
import { endMailbox } from '../mailboxes/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'

const everyMs = 60_000
const domainsAtOnce = 10
/** One number for all replicas; of no other meaning. */
const purgeLock = 7_203_012

interface DomainRow {
  id: string
  mail_node_id: string | null
}

export function startPurge({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
  return new BackgroundWork({
    step: () => purgeSome(database, logger),
    everyMs,
    onError: (error) => logger.error({ error }, 'the purge of what was deleted failed'),
  })
}

/** One of each kind, as far as there is one. Those that depend on others come first. */
const purges: [table: 'mailbox' | 'domain' | 'tenant', purge: (manager: EntityManager, id: string) => Promise<void>][] =
  [
    ['mailbox', purgeMailbox],
    ['domain', purgeDomain],
    ['tenant', purgeTenant],
  ]

/** One step; whether there was anything to do. */
export async function purgeSome(database: Database, logger: Logger): Promise<boolean> {
  return database.transaction(async (manager) => {
    const [lock] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS taken', [purgeLock])
    if (!lock.taken) return false
    await manager.query('DELETE FROM domain_transfer WHERE expires_at <= now()')
    let found = false
    for (const [table, purge] of purges) {
      // Whoever restores it comes first, or finds it gone.
      const [due] = await manager.query(
        `SELECT id FROM ${table} WHERE purge_at <= now() ORDER BY purge_at LIMIT 1 FOR UPDATE`,
      )
      if (!due) continue
      found = true
      try {
        await manager.transaction((savepoint) => purge(savepoint, due.id))
      } catch (error) {
        logger.error({ error, table, id: due.id }, 'what was deleted cannot be purged; tried again in an hour')
        await manager.query(`UPDATE ${table} SET purge_at = now() + interval '1 hour' WHERE id = $1`, [due.id])
      }
    }
    return found
  })
}

async function purgeMailbox(manager: EntityManager, id: string): Promise<void> {
  const [{ mail_node_id: mailNodeId }] = await manager.query(
    `SELECT domain.mail_node_id FROM mailbox JOIN domain ON domain.id = mailbox.domain_id
     WHERE mailbox.id = $1 FOR SHARE OF domain`,
    [id],
  )
  await endMailbox(manager, { id, mailNodeId })
}

async function purgeDomain(manager: EntityManager, id: string): Promise<void> {
  const [domain] = await manager.query('SELECT id, mail_node_id FROM domain WHERE id = $1', [id])
  await endDomain(manager, domain)
}

async function endDomain(manager: EntityManager, domain: DomainRow): Promise<void> {
  await recordDomainPlacement(manager, domain.id, domain.mail_node_id ? [domain.mail_node_id] : [])
  await manager.query('UPDATE domain SET alias_of_id = NULL WHERE alias_of_id = $1', [domain.id])
  for (const table of ['alias', 'mail_group', 'mailbox'])
    await manager.query(`DELETE FROM ${table} WHERE domain_id = $1`, [domain.id])
  await manager.query('DELETE FROM domain WHERE id = $1', [domain.id])
}

async function purgeTenant(manager: EntityManager, id: string): Promise<void> {
  const [{ path }] = await manager.query('SELECT path::text FROM tenant WHERE id = $1', [id])
  const domains: DomainRow[] = await manager.query(
    `SELECT domain.id, domain.mail_node_id FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE tenant.path <@ $1::ltree ORDER BY domain.id LIMIT ${domainsAtOnce} FOR UPDATE OF domain`,
    [path],
  )
  for (const domain of domains) await endDomain(manager, domain)
  if (domains.length === 0) await endTenants(manager, path)
}

async function endTenants(manager: EntityManager, path: string): Promise<void> {
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
