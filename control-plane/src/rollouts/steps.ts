/**
 * The steps of a rollout. Each is part of one transaction that holds the rollout's row, and so happens as a whole or not, once, whichever
 * replica does it.
 */
import type { EntityManager } from 'typeorm'
import { openingState } from './observe.js'
import type { GateReading } from './gates.js'
import type { RolloutState } from './machine.js'

export interface LockedRollout {
  id: string
  kind: 'Policy' | 'NodeSettings'
  resourceId: string
  base: Record<string, unknown> | null
  wave: number
}

/** Nodes of the wave are sent what the tables say, from now on. */
export async function openWave(manager: EntityManager, rollout: LockedRollout): Promise<void> {
  const wave = rollout.wave + 1
  await manager.query(
    `UPDATE rollout_node AS target SET opened_at = now(), opened_head = (SELECT revision FROM change_head), opened_with = ${openingState}
     FROM rollout_node AS node LEFT JOIN mail_node_link AS link ON link.mail_node_id = node.mail_node_id
     WHERE node.rollout_id = target.rollout_id AND node.mail_node_id = target.mail_node_id
       AND target.rollout_id = $1 AND target.wave = $2`,
    [rollout.id, wave],
  )
  await manager.query(
    `DELETE FROM config_hold USING rollout_node AS node
     WHERE config_hold.rollout_id = $1 AND node.rollout_id = $1 AND node.mail_node_id = config_hold.mail_node_id AND node.wave = $2`,
    [rollout.id, wave],
  )
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT $2, $3::uuid, mail_node_id FROM rollout_node WHERE rollout_id = $1 AND wave = $4`,
    [rollout.id, rollout.kind, rollout.resourceId, wave],
  )
  await change(manager, rollout.id, 'wave = $2, baking_since = NULL', [wave])
}

export const startBake = (manager: EntityManager, rollout: LockedRollout): Promise<void> =>
  change(manager, rollout.id, 'baking_since = now()', [])

/** Nodes that came meanwhile, or that it did not concern at first, are let go too. */
export async function complete(manager: EntityManager, rollout: LockedRollout): Promise<void> {
  await releaseAll(manager, rollout)
  await end(manager, rollout.id, 'COMPLETED')
}

export const halt = (manager: EntityManager, rollout: LockedRollout, shut: readonly GateReading[]): Promise<void> =>
  change(manager, rollout.id, `state = 'HALTED', finding = $2`, [JSON.stringify(shut)])

/** Back to what the whole fleet had last, as a new revision. Nodes whose wave was not opened had nothing else, and get the same again. */
export async function goBack(
  manager: EntityManager,
  rollout: LockedRollout,
  state: 'REVERTED' | 'ABORTED',
  shut: readonly GateReading[] = [],
): Promise<void> {
  const { kind, resourceId, base } = rollout
  if (kind === 'Policy')
    await manager.query(
      `UPDATE policy SET settings = $2, lock_owners = $3, version = version + 1, updated_at = now() WHERE id = $1`,
      [resourceId, JSON.stringify(base?.settings ?? {}), JSON.stringify(base?.lock_owners ?? {})],
    )
  // Not the issuers: one that was removed is trusted no more, whatever became of the rollout.
  else if (base)
    await manager.query(
      `UPDATE mail_node SET (host_name, max_message_bytes, outbound_routes, retry_delays, max_queue_age,
         version, updated_at) = (SELECT former.host_name, former.max_message_bytes, former.outbound_routes, former.retry_delays,
         former.max_queue_age, mail_node.version + 1, now()
         FROM jsonb_populate_record(NULL::mail_node, $2) AS former) WHERE id = $1`,
      [resourceId, JSON.stringify(base)],
    )
  await releaseAll(manager, rollout)
  await manager.query('UPDATE rollout SET finding = $2 WHERE id = $1', [
    rollout.id,
    shut.length > 0 ? JSON.stringify(shut) : null,
  ])
  await end(manager, rollout.id, state)
}

/** Every node that has it, had it, or kept something else. */
async function releaseAll(manager: EntityManager, { id, kind, resourceId }: LockedRollout): Promise<void> {
  await manager.query(
    `WITH ended AS (DELETE FROM config_hold WHERE rollout_id = $1 RETURNING mail_node_id)
     INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT $2, $3::uuid, node.id FROM (
       SELECT mail_node_id AS id FROM ended UNION SELECT mail_node_id FROM rollout_node WHERE rollout_id = $1) AS node`,
    [id, kind, resourceId],
  )
}

const end = (manager: EntityManager, id: string, state: RolloutState): Promise<void> =>
  change(manager, id, 'state = $2, finished_at = now()', [state])

export async function change(manager: EntityManager, id: string, set: string, values: unknown[]): Promise<void> {
  await manager.query(`UPDATE rollout SET ${set}, version = version + 1, updated_at = now() WHERE id = $1`, [
    id,
    ...values,
  ])
}

/** After people have looked at what halted it: nodes that have it are sent it again, and judged by what comes from now on. */
export async function watchAnew(manager: EntityManager, { id, kind, resourceId }: LockedRollout): Promise<void> {
  await manager.query(
    `UPDATE rollout_node AS target SET opened_at = now(), opened_head = (SELECT revision FROM change_head), opened_with = ${openingState}
     FROM rollout_node AS node LEFT JOIN mail_node_link AS link ON link.mail_node_id = node.mail_node_id
     WHERE node.rollout_id = target.rollout_id AND node.mail_node_id = target.mail_node_id
       AND target.rollout_id = $1 AND target.opened_at IS NOT NULL`,
    [id],
  )
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT $2, $3::uuid, mail_node_id FROM rollout_node WHERE rollout_id = $1 AND opened_at IS NOT NULL`,
    [id, kind, resourceId],
  )
  await change(manager, id, 'baking_since = NULL', [])
}
