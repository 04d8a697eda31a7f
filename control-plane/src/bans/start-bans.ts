/** Sweeps away bans that are over, telling the nodes, and counters that say nothing any more. Any replica may, at any time. */
import { recordForAllNodes } from '../changes/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { banPolicy } from './count-sign-ins.js'

/** Nodes end a ban by their own clock as well, so that this need not be exact. */
const everyMs = 30_000
const atOnce = 1_000

export function startBans({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => logger.error({ error }, 'bans: the sweep failed'),
    step: () => sweepBans(database).then(() => false),
  })
}

export async function sweepBans(database: Database): Promise<void> {
  await database.transaction(async (manager) => {
    const [ended]: [{ id: string }[], number] = await manager.query(
      `DELETE FROM ban WHERE id IN (
         SELECT id FROM ban WHERE until <= now() ORDER BY until LIMIT ${atOnce} FOR UPDATE SKIP LOCKED) RETURNING id`,
    )
    await recordForAllNodes(
      manager,
      'Ban',
      ended.map(({ id }) => id),
    )
  })
  await database.query(
    `DELETE FROM sign_in_network WHERE network IN (
       SELECT network FROM sign_in_network WHERE window_ends_at <= now()
         AND (succeeded_at IS NULL OR succeeded_at < now() - interval '1 day')
         AND (banned_until IS NULL OR banned_until < now() - make_interval(hours => $1))
       LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    [banPolicy.forgetHours],
  )
}
