/** Look-ups of nodes and of what they say of themselves, batched. Not yet checked against the viewer. */
import type { AdminContext } from '../../access/index.js'
import { readDesiredRevisions } from '../../changes/index.js'
import { defineEntityLoader, defineLoader } from '../../platform/loader.js'
import { MailNode } from './mail-node.entity.js'
import { stateOfLink } from './mail-node.state.js'
import type { ConfigRejection, MailNodeState, MailNodeSync } from './mail-node.types.js'

export const mailNodeById = defineEntityLoader(MailNode)

export interface NodeLink {
  state: MailNodeState
  lastSeenAt: Date | null
  acknowledgedRevision: number
  runningRevision: number
  engine: string | null
  agentVersion: string | null
  healthy: boolean | null
  problems: string[]
  queuedMessages: number
}

export const linkOf = defineLoader<AdminContext, string, NodeLink>(async ({ database }, ids) => {
  const rows = await database.query<NodeLink & { id: string }>(
    `SELECT node.id, ${stateOfLink} AS state, link.last_seen_at AS "lastSeenAt",
       coalesce(link.acknowledged_revision, 0) AS "acknowledgedRevision",
       coalesce(link.running_revision, 0) AS "runningRevision", link.engine, link.agent_version AS "agentVersion",
       link.healthy, coalesce(link.problems, '{}') AS problems, coalesce(link.queued_messages, 0) AS "queuedMessages"
     FROM unnest($1::uuid[]) AS node (id) LEFT JOIN mail_node_link AS link ON link.mail_node_id = node.id`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => {
    const link = byId.get(id)!
    return {
      ...link,
      acknowledgedRevision: Number(link.acknowledgedRevision),
      runningRevision: Number(link.runningRevision),
    }
  })
})

export const desiredRevisionOf = defineLoader<AdminContext, string, number>(async ({ database }, ids) => {
  const revisions = await readDesiredRevisions(database.dataSource, ids)
  return ids.map((id) => revisions.get(id) ?? 0)
})

/** A node that refuses everything is told by its first refusals. */
const maxRejections = 200

/** How many resources rollouts keep back from a node. */
export const heldCountOf = defineLoader<AdminContext, string, number>(async ({ system }, ids) => {
  const rows = await system.query<{ id: string; count: number }>(
    `SELECT mail_node_id AS id, count(*)::integer AS count FROM config_hold JOIN rollout_node USING (rollout_id, mail_node_id)
     WHERE mail_node_id = ANY($1::uuid[]) GROUP BY mail_node_id`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row.count]))
  return ids.map((id) => byId.get(id) ?? 0)
})

export async function syncOf(context: AdminContext, id: string): Promise<MailNodeSync> {
  const [link, desired, held, rejections] = await Promise.all([
    linkOf(context).load(id),
    desiredRevisionOf(context).load(id),
    heldCountOf(context).load(id),
    rejectionsOf(context).load(id),
  ])
  if (link.state === 'NEVER_CONNECTED') return 'NEVER_CONNECTED'
  if (rejections.length > 0) return 'DRIFTED'
  if (link.acknowledgedRevision < desired) return 'BEHIND'
  if (link.runningRevision < desired) return 'DRIFTED'
  return held > 0 ? 'HELD' : 'IN_SYNC'
}

export const rejectionsOf = defineLoader<AdminContext, string, ConfigRejection[]>(async ({ database }, ids) => {
  const rows = await database.query<ConfigRejection & { nodeId: string }>(
    `SELECT node.id AS "nodeId", rejection.kind, rejection.resource_id AS "resourceId", rejection.revision,
       rejection.reason, rejection.at
     FROM unnest($1::uuid[]) AS node (id) CROSS JOIN LATERAL (
       SELECT * FROM config_rejection WHERE mail_node_id = node.id ORDER BY at, kind, resource_id LIMIT ${maxRejections}
     ) AS rejection`,
    [ids],
  )
  return ids.map((id) =>
    rows.filter((row) => row.nodeId === id).map((row) => ({ ...row, revision: Number(row.revision) })),
  )
})

export const domainCountOf = defineLoader<AdminContext, string, number>(async ({ database }, ids) => {
  const rows = await database.query<{ id: string; count: number }>(
    `SELECT mail_node_id AS id, count(*)::integer AS count FROM domain
     WHERE mail_node_id = ANY($1::uuid[]) GROUP BY mail_node_id`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row.count]))
  return ids.map((id) => byId.get(id) ?? 0)
})
