/**
 * The way into the change log: features name what they changed, in the transaction that changes it, and so a change is
 * told of if and only if it happened. The sequencer gives it a revision after the commit.
 *
 * A record has no content: a node is sent the current state of the key. Record after the rows are written. A resource
 * that moves between nodes is recorded once for each of them; that it is gone from the old one follows from the tables.
 */
import type { ConfigKind } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { beyondReach } from '../platform/database-scope.js'

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

/** What all nodes have alike. A node that comes later has it in its snapshot. */
export async function recordForAllNodes(
  manager: EntityManager,
  kind: ConfigKind,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT $1, resource.id, mail_node.id FROM unnest($2::uuid[]) AS resource (id) CROSS JOIN mail_node`,
    [kind, ids],
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
  await beyondReach(manager, () =>
    manager.query(
      `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT resource.kind, resource.id, node.id
     FROM (
       SELECT 1 AS step, 'Domain' AS kind, $1::uuid AS id
       UNION ALL SELECT 2, 'Mailbox', id FROM mailbox WHERE domain_id = $1
       UNION ALL SELECT 3, 'Alias', id FROM alias WHERE domain_id = $1
       UNION ALL SELECT 2, 'Domain', id FROM domain WHERE alias_of_id = $1
       UNION ALL SELECT 3, 'Group', id FROM mail_group WHERE domain_id = $1
       UNION ALL SELECT 4, 'AppPassword', app_password.id FROM app_password
         JOIN mailbox ON mailbox.id = app_password.mailbox_id WHERE mailbox.domain_id = $1
       UNION ALL SELECT 4, 'Forward', forward.id FROM forward
         JOIN mailbox ON mailbox.id = forward.mailbox_id WHERE mailbox.domain_id = $1
       UNION ALL SELECT 0, 'Policy', policy.id FROM policy
         WHERE policy.domain_id = $1 OR policy.domain_id IN (SELECT id FROM domain WHERE alias_of_id = $1) OR policy.mailbox_id IN (SELECT id FROM mailbox WHERE domain_id = $1)
           OR policy.tenant_id IN (SELECT above.id FROM domain JOIN tenant AS own ON own.id = domain.tenant_id
             JOIN tenant AS above ON above.path @> own.path WHERE domain.id = $1)
     ) AS resource
     CROSS JOIN unnest($2::uuid[]) AS node (id)
     ORDER BY resource.step`,
      [domainId, mailNodeIds],
    ),
  )
}

/** The policies above a domain that comes to a node: the first of its tenant there brings them. */
export async function recordPoliciesAbove(manager: EntityManager, domainId: string): Promise<void> {
  await beyondReach(manager, () =>
    manager.query(
      `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT 'Policy', policy.id, domain.mail_node_id
     FROM domain JOIN tenant AS own ON own.id = domain.tenant_id
     JOIN tenant AS above ON above.path @> own.path JOIN policy ON policy.tenant_id = above.id
     WHERE domain.id = $1 AND domain.mail_node_id IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM domain AS other
       WHERE other.tenant_id = domain.tenant_id AND other.mail_node_id = domain.mail_node_id AND other.id <> domain.id
         AND other.proof IS NOT NULL)`,
      [domainId],
    ),
  )
}

/** A part of the tree that has other tenants above it now: their policies, for each node that serves a domain in it. */
export async function recordPoliciesAboveTenant(manager: EntityManager, tenantPath: string): Promise<void> {
  await beyondReach(manager, () =>
    manager.query(
      `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT 'Policy', policy.id, served.mail_node_id
     FROM (SELECT DISTINCT domain.mail_node_id FROM domain JOIN tenant ON tenant.id = domain.tenant_id
       WHERE tenant.path <@ $1::ltree AND domain.mail_node_id IS NOT NULL) AS served
     CROSS JOIN policy JOIN tenant AS above ON above.id = policy.tenant_id
     WHERE above.path @> $1::ltree`,
      [tenantPath],
    ),
  )
}

/**
 * A domain that has other tenants above it now. Their policies come before it, those of the tenants that were above it after it: at no
 * moment has its node fewer than hold.
 */
export async function recordDomainTransfer(
  manager: EntityManager,
  domain: { id: string; mailNodeId: string },
  { fromPath, toPath }: { fromPath: string; toPath: string },
): Promise<void> {
  await beyondReach(manager, () =>
    manager.query(
      `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT resource.kind, resource.id, $2
     FROM (
       SELECT 0 AS step, 'Policy' AS kind, policy.id FROM policy JOIN tenant AS above ON above.id = policy.tenant_id
         WHERE above.path @> $4::ltree
       UNION ALL SELECT 1, 'Domain', id FROM domain WHERE id = $1 OR alias_of_id = $1
       UNION ALL SELECT 2, 'Policy', policy.id FROM policy JOIN tenant AS above ON above.id = policy.tenant_id
         WHERE above.path @> $3::ltree AND NOT above.path @> $4::ltree
     ) AS resource
     ORDER BY resource.step`,
      [domain.id, domain.mailNodeId, fromPath, toPath],
    ),
  )
}

/** A tenant's policy: once for each node that serves a domain of the tenant or below. */
export async function recordTenantPolicy(manager: EntityManager, policyId: string, tenantPath: string): Promise<void> {
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT DISTINCT 'Policy', $1::uuid, domain.mail_node_id
     FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE tenant.path <@ $2::ltree AND domain.mail_node_id IS NOT NULL`,
    [policyId, tenantPath],
  )
}

/** Policies that are about to end with what carries them: before the domain or mailbox is deleted. */
export async function recordPoliciesOf(
  manager: EntityManager,
  objectId: string,
  mailNodeId: string | null,
): Promise<void> {
  await manager.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id)
     SELECT 'Policy', id, $2::uuid FROM policy WHERE domain_id = $1 OR mailbox_id = $1`,
    [objectId, mailNodeId],
  )
}
