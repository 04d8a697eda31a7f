/** The tenant, domain or mailbox that a change of policies is about, checked against the viewer. */
import type { PolicyLevel } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import type { PolicyObject } from './object-policies.js'
import type { PolicyTarget } from './policy.types.js'

export interface FoundObject extends PolicyObject {
  id: string
  level: PolicyLevel
  mailNodeId: string | null
}

interface Row {
  id: string
  path: string
  kind: PolicyLevel
  domain_id: string | null
  mail_node_id: string | null
  quota_bytes: string | null
  version: number
}

/** Locked against its end: a policy does not outlive what carries it, and its end is told to the node. */
const statements: Record<PolicyTarget, string> = {
  TENANT: `SELECT id, path::text, kind, NULL AS domain_id, NULL AS mail_node_id, NULL AS quota_bytes, version
    FROM tenant WHERE id = $1 FOR SHARE`,
  DOMAIN: `SELECT domain.id, tenant.path::text, 'DOMAIN' AS kind, domain.id AS domain_id, domain.mail_node_id,
      NULL AS quota_bytes, domain.version
    FROM domain JOIN tenant ON tenant.id = domain.tenant_id WHERE domain.id = $1 FOR SHARE OF domain`,
  MAILBOX: `SELECT mailbox.id, tenant.path::text, 'MAILBOX' AS kind, domain.id AS domain_id, domain.mail_node_id,
      mailbox.quota_bytes, mailbox.version
    FROM mailbox JOIN domain ON domain.id = mailbox.domain_id JOIN tenant ON tenant.id = domain.tenant_id
    WHERE mailbox.id = $1 FOR SHARE OF mailbox, domain`,
}

const subjectNames = { TENANT: 'Tenant', DOMAIN: 'Domain', MAILBOX: 'Mailbox' } as const

export async function requirePolicyObject(
  context: AdminContext,
  manager: EntityManager,
  target: PolicyTarget,
  id: string,
): Promise<FoundObject> {
  const [row]: Row[] = isId(id) ? await manager.query(statements[target], [id]) : []
  const within = row ? pathsAbove(row.path) : []
  const subject = row && permissionSubject(subjectNames[target], { id: row.id, domainId: row.domain_id, within })
  authorize(context, 'read', subject ?? null, ['objectId'])
  const policy = permissionSubject('Policy', { id: row!.id, domainId: row!.domain_id, within })
  if (!may(context, 'update', policy)) throw new ExpectedError('FORBIDDEN')
  const { path, kind, domain_id, mail_node_id, quota_bytes, version } = row!
  return {
    id: row!.id,
    level: kind,
    tenantPath: path,
    mailNodeId: mail_node_id,
    ...(domain_id !== null && { domainId: domain_id }),
    ...(target === 'MAILBOX' && {
      mailbox: { id: row!.id, quotaBytes: quota_bytes === null ? null : Number(quota_bytes), version },
    }),
  }
}
