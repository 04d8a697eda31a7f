/**
 * How a change comes to the fleet: in which waves, how long each is watched, and what stops it. Kept for a tenant it holds for its
 * policies and those of all below it, unless one of those has its own; that of the platform's tenant also for the settings of nodes.
 */
import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { beyondReach } from '../platform/database-scope.js'

const share = z.number().min(0).max(1)
export const rolloutStrategy = z.object({
  /** Of the nodes concerned, in their order; what no wave names is the last one. */
  waves: z
    .array(
      z.object({
        /** Of all nodes concerned, so far and with this wave; at least one node more. */
        percent: z.number().int().min(1).max(100).nullish(),
        mailNodeIds: z.array(z.uuid()).max(1_000).nullish(),
      }),
    )
    .max(20),
  /** How long a wave is watched after all its nodes have it. */
  bakeSeconds: z.number().int().min(0).max(604_800),
  /** Of each node's own past, what it is compared with. */
  baselineSeconds: z.number().int().min(60).max(86_400),
  /** A rate of fewer counts says nothing. */
  minimumSample: z.number().int().min(1).max(1_000_000),
  /** By how much a rate may rise above the node's own, as a share from 0 to 1; null: not looked at. */
  maxDeferIncrease: share.nullable(),
  maxRefusalIncrease: share.nullable(),
  maxAuthFailureIncrease: share.nullable(),
  /** How often a node may connect anew: one that crashes comes again and again. */
  maxReconnects: z.number().int().min(0).max(1_000).nullable(),
  /** Else it is halted, and people decide. */
  revertAutomatically: z.boolean(),
})
export type RolloutStrategySettings = z.infer<typeof rolloutStrategy>

export const defaultStrategy: RolloutStrategySettings = {
  waves: [{ percent: 1 }, { percent: 10 }, { percent: 50 }],
  bakeSeconds: 900,
  baselineSeconds: 3_600,
  minimumSample: 50,
  maxDeferIncrease: 0.1,
  maxRefusalIncrease: 0.1,
  maxAuthFailureIncrease: 0.1,
  maxReconnects: 2,
  revertAutomatically: true,
}

/** That of the nearest tenant; the last label of a path is the tenant itself. Null: changes go to all nodes at once. */
export async function strategyFor(manager: EntityManager, tenantPath: string): Promise<RolloutStrategySettings | null> {
  const [row] = await beyondReach(manager, () =>
    manager.query(
      `SELECT settings FROM rollout_strategy JOIN tenant ON tenant.id = rollout_strategy.tenant_id
       WHERE tenant.path @> $1::ltree ORDER BY nlevel(tenant.path) DESC LIMIT 1`,
      [tenantPath],
    ),
  )
  return row ? rolloutStrategy.parse(row.settings) : null
}

/** By node, in which wave it is; the nodes' order is theirs by the rollout, so that not always the same are the first. */
export function planWaves(strategy: RolloutStrategySettings, nodes: readonly string[]): Map<string, number> {
  const waveOf = new Map<string, number>()
  const named = new Set(strategy.waves.flatMap(({ mailNodeIds }) => mailNodeIds ?? []))
  const waiting = nodes.filter((id) => !named.has(id))
  let wave = 0
  for (const { percent, mailNodeIds } of strategy.waves) {
    const before = waveOf.size
    for (const id of mailNodeIds ?? []) if (nodes.includes(id) && !waveOf.has(id)) waveOf.set(id, wave)
    if (percent) {
      const wanted = Math.max(Math.ceil((nodes.length * percent) / 100), before + 1)
      while (waveOf.size < wanted && waiting.length > 0) waveOf.set(waiting.shift()!, wave)
    }
    // A wave of no node is none.
    if (waveOf.size > before) wave++
  }
  for (const id of nodes) if (!waveOf.has(id)) waveOf.set(id, wave)
  return waveOf
}
