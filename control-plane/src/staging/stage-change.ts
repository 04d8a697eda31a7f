/**
 * The way of a change that is rolled out in stages. In the transaction that makes it every node is given a hold: what it had of the resource
 * until now, which it goes on being sent, by whichever replica, over reconnects and snapshots, until its wave is opened. So there is
 * no moment in which a node could get what is not for it yet.
 *
 * One rollout of a resource is under way at a time. A newer change supersedes it: nodes that had the older one keep that, others what they
 * had, and to go back is to go to what the whole fleet had last.
 */
import { createHash } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { beyondReach } from '../platform/database-scope.js'
import { newId } from '../platform/ids.js'
import { stagedBodies, stagedTables, type StagedKind } from './bodies.js'
import { planWaves, type RolloutStrategySettings } from './strategy.js'

export interface StagedChange {
  kind: StagedKind
  id: string
  /** Whose resource it is. */
  tenantId: string
  /** Nodes that it concerns. */
  mailNodeIds: readonly string[]
  label: string
  author: string | null
  /** Null: to all nodes at once. */
  strategy: RolloutStrategySettings | null
}

export interface Former {
  row: object | null
  body: object | null
}

/** To be called before the row is changed, with it locked. */
export async function readFormer(manager: EntityManager, kind: StagedKind, id: string): Promise<Former> {
  const table = stagedTables[kind]
  const [row] = await manager.query(
    `SELECT to_jsonb(${table}) AS row, ${stagedBodies[kind]} AS body FROM ${table} WHERE ${table}.id = $1`,
    [id],
  )
  return row ?? { row: null, body: null }
}

/** After the row is changed. Null: nodes are to be told as ever. */
export async function stageChange(
  manager: EntityManager,
  former: Former,
  change: StagedChange,
): Promise<string | null> {
  return beyondReach(manager, async () => {
    const staged = change.strategy !== null && change.mailNodeIds.length > 0
    const id = staged ? newId() : null
    const older = await supersede(manager, change, id)
    if (!id) return null
    const base = older ? older.base : former.row
    await manager.query(
      `INSERT INTO rollout (id, tenant_id, kind, resource_id, label, strategy, base, author)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, change.tenantId, change.kind, change.id, change.label, change.strategy, base, change.author],
    )
    const waves = planWaves(change.strategy!, inOrderOf(id, change.mailNodeIds))
    await manager.query(
      `INSERT INTO rollout_node (rollout_id, mail_node_id, wave) SELECT $1, * FROM unnest($2::uuid[], $3::integer[])`,
      [id, [...waves.keys()], [...waves.values()]],
    )
    // Every node, also those that it does not concern: a domain may be placed there meanwhile.
    await manager.query(
      `INSERT INTO config_hold (mail_node_id, kind, resource_id, rollout_id, body)
       SELECT mail_node.id, $2, $3, $1, $4::jsonb FROM mail_node
       ON CONFLICT (mail_node_id, kind, resource_id) DO UPDATE SET rollout_id = excluded.rollout_id`,
      [id, change.kind, change.id, former.body],
    )
    return id
  })
}

/** Ends the rollout of the resource that is under way. Its holds go to the newer one, or end where there is none. */
async function supersede(
  manager: EntityManager,
  { kind, id: resourceId }: StagedChange,
  by: string | null,
): Promise<{ base: object | null } | null> {
  const [older] = await manager.query(
    'SELECT id, base FROM rollout WHERE kind = $1 AND resource_id = $2 AND finished_at IS NULL FOR UPDATE',
    [kind, resourceId],
  )
  if (!older) return null
  await manager.query(
    `UPDATE rollout SET state = 'SUPERSEDED', superseded_by = $2, finished_at = now(), version = version + 1, updated_at = now()
     WHERE id = $1`,
    [older.id, by],
  )
  if (!by) await manager.query('DELETE FROM config_hold WHERE rollout_id = $1', [older.id])
  return older
}

const inOrderOf = (id: string, nodes: readonly string[]): string[] => {
  const rank = (node: string): string => createHash('sha256').update(id).update(node).digest('hex')
  return [...nodes].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}
