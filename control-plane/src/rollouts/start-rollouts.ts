/** Brings rollouts on: looks at each that is under way and does its next step. Any replica may; one at a time has a rollout's row. */
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { rolloutStrategy } from '../staging/index.js'
import { readGates } from './gates.js'
import { nextStep, type RolloutState } from './machine.js'
import { allAcknowledged, observe, queryOf } from './observe.js'
import { complete, goBack, halt, openWave, startBake, type LockedRollout } from './steps.js'

const everyMs = 2_000
/** What counts of traffic are kept for: a baseline is no longer. */
const keepTraffic = '25 hours'

export function startRollouts({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
  let swept = 0
  return new BackgroundWork({
    everyMs,
    onError: (error) => logger.error({ error }, 'rollouts do not go on'),
    async step(signal) {
      const ids = await database.query<{ id: string }>(
        `SELECT id FROM rollout WHERE state IN ('RUNNING', 'PAUSED') ORDER BY created_at`,
      )
      for (const { id } of ids) {
        if (signal.aborted) return false
        try {
          const step = await advance(database, id)
          if (step !== 'none') logger.info({ rollout: id, step }, 'a rollout goes on')
        } catch (error) {
          // What is wrong with one keeps none of the others from going on, or back.
          logger.error({ error, rollout: id }, 'a rollout does not go on')
        }
      }
      if (Date.now() - swept > 3_600_000) {
        swept = Date.now()
        await database.query(`DELETE FROM node_traffic WHERE minute < now() - $1::interval`, [keepTraffic])
      }
      return false
    },
  })
}

interface Row extends LockedRollout {
  state: RolloutState
  strategy: unknown
  lastWave: number
  bakingSince: number | null
  now: number
}

export const lockRollout = `SELECT id, kind, resource_id AS "resourceId", base, wave, state, strategy,
  (SELECT coalesce(max(wave), -1) FROM rollout_node WHERE rollout_id = rollout.id) AS "lastWave",
  (extract(epoch FROM baking_since) * 1000)::float8 AS "bakingSince", (extract(epoch FROM now()) * 1000)::float8 AS now
  FROM rollout WHERE id = $1`

/** The step that was done. */
export async function advance(database: Database, id: string): Promise<ReturnType<typeof nextStep>> {
  return database.transaction(async (manager) => {
    const [row]: Row[] = await manager.query(`${lockRollout} FOR UPDATE SKIP LOCKED`, [id])
    if (!row) return 'none'
    const strategy = rolloutStrategy.parse(row.strategy)
    const nodes = await observe(queryOf(manager), id, strategy.baselineSeconds)
    const shut = nodes.flatMap((node) => readGates(strategy, node)).filter((reading) => reading.shut)
    const { bakeSeconds, revertAutomatically } = strategy
    const seen = { shut: shut.length > 0, acknowledged: allAcknowledged(nodes, row.wave), now: row.now }
    const step = nextStep({ ...row, bakeSeconds, revertAutomatically }, seen)
    if (step === 'none') return step
    await manager.query(`SELECT set_config('mailfleet.operation', $1, true)`, [`rollout:${step}`])
    if (step === 'open') await openWave(manager, row)
    if (step === 'bake') await startBake(manager, row)
    if (step === 'complete') await complete(manager, row)
    if (step === 'halt') await halt(manager, row, shut)
    if (step === 'revert') await goBack(manager, row, 'REVERTED', shut)
    return step
  })
}
