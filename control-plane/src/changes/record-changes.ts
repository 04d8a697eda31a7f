/**
 * The way into the change log: features name what they changed, in the transaction that changes it, and so a change is
 * told of if and only if it happened. The sequencer gives it a revision after the commit.
 *
 * A record has no content: a node is sent the current state of the key. Record after the rows are written. A resource
 * that moves between nodes is recorded once for each of them; that it is gone from the old one follows from the tables.
 */
import type { ConfigKind } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'

export interface ConfigChangeRecord {
  kind: ConfigKind
  id: string
  /** The node that serves it, or served it until now; null concerns no node. */
  mailNodeId: string | null
}

export async function recordChanges(manager: EntityManager, changes: readonly ConfigChangeRecord[]): Promise<void> {
  if (changes.length === 0) return
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[])`,
    [changes.map((change) => change.kind), changes.map((change) => change.id), changes.map((c) => c.mailNodeId)],
  )
}

/** Every domain of the tenant at `tenantPath` and of all below it: their effective status may have changed. */
export async function recordDomainChangesWithin(manager: EntityManager, tenantPath: string): Promise<void> {
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT 'Domain', domain.id, domain.mail_node_id
     FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE tenant.path <@ $1::ltree AND domain.mail_node_id IS NOT NULL`,
    [tenantPath],
  )
}

/** A domain and all in it, for each of these nodes: what a change of placement needs, for the old node and the new one. */
export async function recordDomainPlacement(
  manager: EntityManager,
  domainId: string,
  mailNodeIds: readonly string[],
): Promise<void> {
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT resource.kind, resource.id, node.id
     FROM (
       SELECT 1 AS step, 'Domain' AS kind, $1::uuid AS id
       UNION ALL SELECT 2, 'Mailbox', id FROM mailbox WHERE domain_id = $1
       UNION ALL SELECT 3, 'Alias', id FROM alias WHERE domain_id = $1
       UNION ALL SELECT 4, 'Forward', forward.id FROM forward
         JOIN mailbox ON mailbox.id = forward.mailbox_id WHERE mailbox.domain_id = $1
     ) AS resource
     CROSS JOIN unnest($2::uuid[]) AS node (id)
     ORDER BY resource.step`,
    [domainId, mailNodeIds],
  )
}
