/** Ends what waited too long, stops what grows without end, and forgets the log after its time. Any replica may, at any time. */
import type { Database } from '../platform/database.js'
import { disable } from './attempt.js'

const keepDays = 30
const atOnce = 2_000
/** Of one webhook: more than a receiver takes in a day at some tries a second. */
const maxPending = 100_000

/** Whether there may be more. */
export async function tidyDeliveries(database: Database): Promise<boolean> {
  await giveUp(database)
  await stopBacklogs(database)
  const gone = await database.query(
    `WITH gone AS (DELETE FROM webhook_delivery WHERE id IN (
       SELECT id FROM webhook_delivery WHERE created_at < now() - make_interval(days => ${keepDays}) AND state <> 'PENDING'
       ORDER BY created_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED) RETURNING 1) SELECT FROM gone`,
  )
  return gone.length === atOnce
}

/** Those of webhooks that were paused or disabled meanwhile, or whose tenant was suspended. */
async function giveUp(database: Database): Promise<void> {
  await database.query(
    `UPDATE webhook_delivery SET state = 'FAILED', finished_at = now(), claimed_by = NULL WHERE id IN (
       SELECT id FROM webhook_delivery WHERE state = 'PENDING' AND gives_up_at < now() AND next_attempt_at < now()
       LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)`,
  )
}

async function stopBacklogs(database: Database): Promise<void> {
  await database.transaction(async (manager) => {
    const flooded: { id: string }[] = await manager.query(
      `SELECT webhook.id FROM webhook CROSS JOIN LATERAL (
         SELECT FROM webhook_delivery AS waiting WHERE waiting.webhook_id = webhook.id AND waiting.state = 'PENDING'
         OFFSET ${maxPending} LIMIT 1) AS beyond
       WHERE webhook.status = 'ACTIVE'`,
    )
    for (const { id } of flooded) await disable(manager, id, 'BACKLOG')
  })
}
