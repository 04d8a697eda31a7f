/**
 * The resources that are rolled out in stages, as JSON of a row of their table: what a node is sent, and what it goes on with while a
 * rollout has not come to it.
 */
export type StagedKind = 'Policy' | 'NodeSettings'

export const stagedBodies: Record<StagedKind, string> = {
  Policy: `jsonb_build_object('kind', 'Policy', 'id', policy.id,
      'level', CASE WHEN policy.domain_id IS NOT NULL THEN 'DOMAIN' WHEN policy.mailbox_id IS NOT NULL THEN 'MAILBOX'
        ELSE (SELECT kind FROM tenant WHERE id = policy.tenant_id) END,
      'objectId', coalesce(policy.tenant_id, policy.domain_id, policy.mailbox_id), 'revision', policy.version,
      'settings', policy.settings)`,
  NodeSettings: `jsonb_build_object('kind', 'NodeSettings', 'id', mail_node.id, 'hostName', mail_node.host_name,
      'status', mail_node.status, 'maxMessageBytes', mail_node.max_message_bytes,
      'outboundRoutes', mail_node.outbound_routes, 'retryDelays', to_jsonb(mail_node.retry_delays),
      'maxQueueAge', mail_node.max_queue_age, 'oauthIssuers', mail_node.oauth_issuers)`,
}

export const stagedTables: Record<StagedKind, 'policy' | 'mail_node'> = { Policy: 'policy', NodeSettings: 'mail_node' }

/** Of a row of the table, with `heldJoin` for node $1. That a node is suspended, and whose tokens it takes, never waits. */
export const heldBody = (kind: StagedKind): string =>
  `CASE WHEN held.mail_node_id IS NULL THEN ${stagedBodies[kind]} ELSE held.body${
    kind === 'NodeSettings'
      ? ` || jsonb_build_object('status', mail_node.status, 'oauthIssuers', mail_node.oauth_issuers)`
      : ''
  } END`

export const heldJoin = (kind: StagedKind): string => `LEFT JOIN config_hold AS held
  ON held.mail_node_id = $1 AND held.kind = '${kind}' AND held.resource_id = ${stagedTables[kind]}.id`

/** What a node keeps may be that there is none. */
export const notHeldBack = '(held.mail_node_id IS NULL OR held.body IS NOT NULL)'
