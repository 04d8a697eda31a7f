/** How many jobs of one tenant may wait: what one queues must fit into the database, and into the patience of whoever looks at it. */
import type { EntityManager } from 'typeorm'
import { beyondReach } from '../platform/database-scope.js'
import { ExpectedError } from '../platform/errors.js'

/** QUEUED or RUNNING; and plans that nobody has applied. */
const limits = { waiting: 20, planned: 50 }

/** For whoever is about to add one. Of many at once exactly as many pass as fit: they wait for each other. */
export async function requireRoomForJob(
  manager: EntityManager,
  tenantId: string,
  state: 'PLANNED' | 'QUEUED',
): Promise<void> {
  const kind = state === 'QUEUED' ? 'waiting' : 'planned'
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('new job of ' || $1, 0))`, [tenantId])
  // Also those that the caller does not see.
  const [{ count }] = await beyondReach(manager, () =>
    manager.query(`SELECT count(*)::integer AS count FROM job WHERE tenant_id = $1 AND state = ANY($2::text[])`, [
      tenantId,
      kind === 'waiting' ? ['QUEUED', 'RUNNING'] : ['PLANNED'],
    ]),
  )
  if (count < limits[kind]) return
  throw new ExpectedError('RATE_LIMITED', {
    message: `The tenant has ${limits[kind]} ${kind} jobs already.`,
    params: { retryAfter: 60, max: limits[kind] },
  })
}
