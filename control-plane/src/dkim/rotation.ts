/**
 * What happens to keys by itself. A key whose time has come is taken by one replica for a while, DNS is asked without a transaction, and
 * the step is made under locks, from the state that the key is in by then: a replica that dies leaves all as it was, for the next one.
 */
import { effectivePolicy, type DkimAlgorithm } from '@mailfleet/schema'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { DnsLookups } from '../platform/dns/index.js'
import type { Logger } from '../platform/logger.js'
import type { Secrets } from '../platform/secrets/index.js'
import { readLayers } from '../policies/index.js'
import type { DkimKeyState, DkimRecordStatus } from './dkim-key.entity.js'
import { nextStep, type KeyLife } from './key-life.js'
import { generateKey } from './key-pair.js'
import { recordHost, recordStatus } from './key-record.js'
import { freeSelector, insertKey, lockDomain, lockSuccession, maxKeysPerDomain, moveTo } from './key-states.js'

export interface RotationDeps {
  database: Database
  secrets: Secrets
  dns: Pick<DnsLookups, 'txt'>
  logger: Logger
}

const everyMs = 10_000
const atOnce = 20
/** Longer than DNS can take: then another replica tries. */
const takenForSeconds = 120

export function startDkimRotation(deps: RotationDeps): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => deps.logger.error({ error }, 'DKIM keys: a step failed'),
    step: () => takeSteps(deps),
  })
}

interface DueKey {
  id: string
  domainId: string
  domainName: string
  tenantPath: string
  selector: string
  algorithm: DkimAlgorithm
  publicKey: string
}

/** Whether there may be more to do. */
export async function takeSteps(deps: RotationDeps): Promise<boolean> {
  const { database, dns, logger } = deps
  const due = await takeDue(database)
  await Promise.all(
    due.map(async (key) => {
      try {
        const record = recordStatus(await dns.txt(recordHost(key.selector, key.domainName)), key)
        const stays = await takeStep(database, key, record)
        if (stays) await followIfOld(deps, key)
      } catch (error) {
        logger.error({ error, dkimKeyId: key.id }, 'a step of a DKIM key failed')
      }
    }),
  )
  return due.length === atOnce
}

async function takeDue(database: Database): Promise<DueKey[]> {
  return database.transaction(async (manager) => {
    const [rows] = await manager.query(
      `UPDATE dkim_key SET due_at = now() + make_interval(secs => ${takenForSeconds})
       FROM domain JOIN tenant ON tenant.id = domain.tenant_id
       WHERE domain.id = dkim_key.domain_id AND dkim_key.id IN (
         SELECT id FROM dkim_key WHERE due_at <= now() ORDER BY due_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
       RETURNING dkim_key.id, domain.id AS "domainId", domain.name AS "domainName", tenant.path::text AS "tenantPath",
         dkim_key.selector, dkim_key.algorithm, dkim_key.public_key AS "publicKey"`,
    )
    return rows as DueKey[]
  })
}

/** Whether it is SIGNING and stays so. */
async function takeStep(database: Database, { id, domainId }: DueKey, record: DkimRecordStatus): Promise<boolean> {
  return database.transaction(async (manager) => {
    const domain = await lockDomain(manager, domainId)
    const [row]: {
      state: DkimKeyState
      age: number
      missing: number | null
      overtaken: number | null
      queue: number
    }[] = await manager.query(
      `SELECT state, ${msSince('state_since')} AS age, ${msSince('missing_since')} AS missing,
           (SELECT max(${msSince('newer.state_since')}) FROM dkim_key AS newer
            WHERE newer.domain_id = own.domain_id AND newer.algorithm = own.algorithm AND newer.state = 'SIGNING'
              AND (newer.created_at, newer.id) > (own.created_at, own.id)) AS overtaken,
           1000 * coalesce((SELECT mail_node.max_queue_age FROM domain JOIN mail_node ON mail_node.id = domain.mail_node_id
             WHERE domain.id = own.domain_id), 432000) AS queue
         FROM dkim_key AS own WHERE id = $1 FOR UPDATE`,
      [id],
    )
    if (!domain || !row) return false
    const life: KeyLife = {
      state: row.state,
      ageMs: row.age,
      missingMs: row.missing,
      overtakenMs: row.overtaken,
      maxQueueMs: Number(row.queue),
    }
    const step = nextStep(life, record)
    if (step.state !== row.state) await moveTo(manager, domain, { id, state: row.state }, step.state)
    await manager.query(
      `UPDATE dkim_key SET record_status = $2, record_checked_at = now(),
         missing_since = CASE WHEN $3 THEN coalesce(missing_since, now()) END,
         due_at = now() + make_interval(secs => $4::float8)
       WHERE id = $1`,
      [id, record, step.missing, step.nextMs === null ? null : step.nextMs / 1_000],
    )
    return row.state === 'SIGNING' && step.state === 'SIGNING'
  })
}

const msSince = (column: string): string => `(extract(epoch FROM now() - ${column}) * 1000)::float8`

/** By DKIM_ROTATION: the newest of its algorithm is followed by a new one when it has signed for that long. */
async function followIfOld({ database, secrets }: RotationDeps, key: DueKey): Promise<void> {
  const query = <T>(sql: string, parameters: unknown[]) => database.query<T>(sql, parameters)
  const [layers] = await readLayers(query, [{ tenantPath: key.tenantPath, domainId: key.domainId }])
  const days = effectivePolicy('DKIM_ROTATION', layers!).value
  if (days === null) return
  const isOld = `SELECT 1 FROM dkim_key AS own WHERE id = $1 AND state = 'SIGNING'
    AND state_since <= now() - make_interval(days => $2) AND NOT EXISTS (
      SELECT 1 FROM dkim_key AS newer WHERE newer.domain_id = own.domain_id AND newer.algorithm = own.algorithm
        AND newer.state IN ('PUBLISHED', 'SIGNING') AND (newer.created_at, newer.id) > (own.created_at, own.id))
    AND (SELECT count(*) FROM dkim_key AS any_of WHERE any_of.domain_id = own.domain_id) < ${maxKeysPerDomain}`
  if ((await database.query(isOld, [key.id, days])).length === 0) return
  const pair = await generateKey(key.algorithm)
  await database.transaction(async (manager) => {
    // Whoever rotates by hand meanwhile waits, or has been first.
    await lockSuccession(manager, key.domainId)
    if ((await manager.query(isOld, [key.id, days])).length === 0) return
    const selector = await freeSelector(manager, key.domainId, key.algorithm)
    await insertKey(manager, secrets, key.domainId, selector, pair)
  })
}
