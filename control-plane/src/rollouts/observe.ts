/** What nodes of a rollout say: their acknowledgements, their state, and their mail since their wave was opened. */
import type { EntityManager } from 'typeorm'
import type { Counts, NodeObservation } from './gates.js'

export interface ObservedNode extends NodeObservation {
  wave: number
  online: boolean
  acknowledged: boolean
}

type Query = <Row>(sql: string, parameters: unknown[]) => Promise<Row[]>
export const queryOf =
  (manager: EntityManager): Query =>
  (sql, parameters) =>
    manager.query(sql, parameters)

const sums = `jsonb_build_object(
  'attempts', coalesce(sum(attempts), 0), 'deferred', coalesce(sum(deferred), 0), 'offered', coalesce(sum(offered), 0),
  'refused', coalesce(sum(refused), 0), 'signIns', coalesce(sum(sign_ins), 0),
  'failedSignIns', coalesce(sum(failed_sign_ins), 0))`

/** Of one node now; kept when its wave is opened. */
export const openingState = `jsonb_build_object(
  'connections', coalesce(link.connections, 0), 'online', link.link_id IS NOT NULL, 'healthy', coalesce(link.healthy, true),
  'minute', (SELECT ${sums} FROM node_traffic WHERE mail_node_id = node.mail_node_id AND minute = date_trunc('minute', now())))`

interface Row {
  mailNodeId: string
  wave: number
  opened: { connections: number; online: boolean; healthy: boolean; minute: Counts }
  online: boolean
  healthy: boolean | null
  connections: string | null
  goneSeconds: number | null
  acknowledged: boolean
  refusal: string | null
  baseline: Counts
  window: Counts
}

/** Of the waves that are open. A minute that had begun when a wave was opened counts from then on only. */
export async function observe(query: Query, rolloutId: string, baselineSeconds: number): Promise<ObservedNode[]> {
  const rows = await query<Row>(
    `SELECT node.mail_node_id AS "mailNodeId", node.wave, node.opened_with AS opened, link.link_id IS NOT NULL AS online,
       link.healthy, link.connections, extract(epoch FROM now() - link.last_seen_at)::float8 AS "goneSeconds",
       coalesce(link.acknowledged_revision >= (
         SELECT max(log.revision) FROM change_log AS log
         WHERE log.mail_node_id = node.mail_node_id AND log.kind = rollout.kind AND log.resource_id = rollout.resource_id
           AND log.revision > node.opened_head), false) AS acknowledged,
       (SELECT reason FROM config_rejection AS refused
         WHERE refused.mail_node_id = node.mail_node_id AND refused.kind = rollout.kind
           AND refused.resource_id = rollout.resource_id::text AND refused.revision > node.opened_head) AS refusal,
       (SELECT ${sums} FROM node_traffic WHERE mail_node_id = node.mail_node_id
         AND minute < date_trunc('minute', node.opened_at) AND minute >= node.opened_at - make_interval(secs => $2)) AS baseline,
       (SELECT ${sums} FROM node_traffic WHERE mail_node_id = node.mail_node_id
         AND minute >= date_trunc('minute', node.opened_at)) AS window
     FROM rollout JOIN rollout_node AS node ON node.rollout_id = rollout.id
     LEFT JOIN mail_node_link AS link ON link.mail_node_id = node.mail_node_id
     WHERE rollout.id = $1 AND node.opened_at IS NOT NULL ORDER BY node.wave, node.mail_node_id`,
    [rolloutId, baselineSeconds],
  )
  return rows.map(({ opened, connections, goneSeconds, window, ...row }) => ({
    ...row,
    window: less(window, opened.minute),
    reconnects: Math.max(0, Number(connections ?? 0) - opened.connections),
    wasOnline: opened.online,
    wasHealthy: opened.healthy,
    goneSeconds: row.online ? 0 : (goneSeconds ?? 0),
  }))
}

const less = (counts: Counts, before: Counts): Counts =>
  Object.fromEntries(
    Object.entries(counts).map(([name, value]) => [name, value - before[name as keyof Counts]]),
  ) as unknown as Counts

/** A wave of which nobody is connected has shown nothing; one whose nodes were deleted has nothing to show. */
export function allAcknowledged(nodes: readonly ObservedNode[], wave: number): boolean {
  const own = nodes.filter((node) => node.wave === wave)
  return (
    nodes.every(({ online, acknowledged }) => acknowledged || !online) &&
    (own.length === 0 || own.some(({ acknowledged }) => acknowledged))
  )
}
