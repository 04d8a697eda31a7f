/**
 * Which job a replica goes on with, locked. Tenants take turns: the next job is one of whoever was served least recently, however many
 * jobs others have waiting; and of one tenant a few run at once, however many replicas there are.
 */
import type { Database } from '../platform/database.js'
import type { WaitingJob } from './job-step.js'

/** Jobs of one tenant that replicas are at work on at the same moment. */
const slots = 2
/** More than there are replicas: some of them is always free. */
const tenantsAtHand = 50

/** Null: there is nothing to do that nobody is at. Within a transaction: the lock is its. */
export async function nextJob(database: Database): Promise<WaitingJob | null> {
  const tenants = await database.query<{ id: string }>(
    `SELECT tenant_id AS id FROM job WHERE state IN ('QUEUED', 'RUNNING') GROUP BY tenant_id
     ORDER BY (SELECT max(other.served_at) FROM job AS other WHERE other.tenant_id = job.tenant_id) NULLS FIRST,
       min(created_at), tenant_id LIMIT ${tenantsAtHand}`,
  )
  for (const { id } of tenants) {
    const job = (await takeSlot(database, id)) && (await lockJobOf(database, id))
    if (job) return job
  }
  return null
}

/** Held until the transaction ends, and so for one step. */
async function takeSlot(database: Database, tenantId: string): Promise<boolean> {
  const tries = Array.from(
    { length: slots },
    (_, slot) => `WHEN pg_try_advisory_xact_lock(hashtextextended('jobs of ' || $1, ${slot})) THEN true`,
  )
  const [row] = await database.query<{ taken: boolean | null }>(`SELECT CASE ${tries.join(' ')} END AS taken`, [
    tenantId,
  ])
  return row!.taken === true
}

async function lockJobOf(database: Database, tenantId: string): Promise<WaitingJob | null> {
  const [job] = await database.query<WaitingJob>(
    `SELECT job.id, tenant_id, (SELECT path::text FROM tenant WHERE tenant.id = tenant_id) AS tenant_path, operation, state,
       dry_run, starter, upload_id, mapping, staged_chunks
     FROM job WHERE tenant_id = $1 AND state IN ('QUEUED', 'RUNNING')
     ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [tenantId],
  )
  return job ?? null
}
