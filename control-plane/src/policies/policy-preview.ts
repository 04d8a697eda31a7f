/**
 * What a change of policies would reach, before it is saved. Mailboxes that the same levels speak for have the same values, and so
 * values are worked out once for each such group, and mailboxes only counted: in SQL, however many there are.
 */
import { effectivePolicy, quotaLayer, type PolicyKind, type PolicyLayer, type PolicySetting } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { queryAbove, readLayers, type PolicyObject } from './object-policies.js'
import type { FoundObject } from './policy-object.js'
import type { PolicyPreview, PolicyPreviewChange } from './policy.types.js'

const maxExamples = 20

interface Group {
  path: string
  domain_id: string | null
  mailbox_id: string | null
  quota_bytes: string | null
  mailboxes: number
  example: string
}

/** Which of the mailboxes, and which of the tenants, are below `object`; $1 is its path or id. */
function reach(object: FoundObject): { condition: string; value: string } {
  if (object.mailbox) return { condition: 'mailbox.id = $1::uuid', value: object.id }
  if (object.domainId) return { condition: 'domain.id = $1::uuid', value: object.id }
  return { condition: 'tenant.path <@ $1::ltree', value: object.tenantPath }
}

export async function previewChange(
  manager: EntityManager,
  object: FoundObject,
  next: Record<string, PolicySetting>,
  kinds: readonly PolicyKind[],
): Promise<PolicyPreview> {
  const { condition, value } = reach(object)
  const [counts] = await manager.query(
    `SELECT count(DISTINCT tenant.id)::int AS tenants, count(DISTINCT domain.id)::int AS domains,
       count(mailbox.id)::float8 AS mailboxes
     FROM tenant LEFT JOIN domain ON domain.tenant_id = tenant.id LEFT JOIN mailbox ON mailbox.domain_id = domain.id
     WHERE ${condition}`,
    [value],
  )
  const groups: Group[] = await manager.query(
    `SELECT grouped.path, grouped.domain_id, grouped.mailbox_id, grouped.quota_bytes,
       count(*)::float8 AS mailboxes, min(grouped.address) AS example
     FROM (
       SELECT tenant.path::text AS path, domain_policy.domain_id, mailbox_policy.mailbox_id, mailbox.address,
         CASE WHEN $2 THEN mailbox.quota_bytes END AS quota_bytes
       FROM tenant JOIN domain ON domain.tenant_id = tenant.id JOIN mailbox ON mailbox.domain_id = domain.id
       LEFT JOIN policy AS domain_policy ON domain_policy.domain_id = domain.id
       LEFT JOIN policy AS mailbox_policy ON mailbox_policy.mailbox_id = mailbox.id
       WHERE ${condition}
     ) AS grouped GROUP BY 1, 2, 3, 4`,
    [value, kinds.includes('MAILBOX_QUOTA')],
  )
  const objects = groups.map((group): PolicyObject => ({
    tenantPath: group.path,
    // The object's own policy may not be there yet.
    ...(group.domain_id !== null && { domainId: group.domain_id }),
    ...(group.mailbox_id !== null && { mailbox: { id: group.mailbox_id, quotaBytes: null, version: 0 } }),
  }))
  const layers = await readLayers(queryAbove(manager), objects)
  const changes: PolicyPreviewChange[] = []
  let changedMailboxes = 0
  groups.forEach((group, index) => {
    const quota = group.quota_bytes === null ? null : Number(group.quota_bytes)
    const own = quotaLayer({ id: 'quota', quotaBytes: quota, revision: 0 })
    const before = [...layers[index]!, ...own]
    const after = [...withNext(layers[index]!, object, next), ...own]
    const different = kinds.flatMap((kind): PolicyPreviewChange[] => {
      const [was, will] = [effectivePolicy(kind, before).value, effectivePolicy(kind, after).value]
      if (JSON.stringify(was) === JSON.stringify(will)) return []
      return [{ kind, address: group.example, mailboxes: group.mailboxes, before: was, after: will }]
    })
    if (different.length > 0) changedMailboxes += group.mailboxes
    changes.push(...different)
  })
  changes.sort((a, b) => b.mailboxes - a.mailboxes)
  return { ...counts, changedMailboxes, examples: changes.slice(0, maxExamples) }
}

const rank = { PLATFORM: 0, RESELLER: 1, CUSTOMER: 1, DOMAIN: 2, MAILBOX: 3 }

/** The layers with what the object would say: in place of what it says, or at its level where it says nothing yet. */
export function withNext(
  layers: readonly (PolicyLayer & { path: string | null })[],
  object: FoundObject,
  settings: Record<string, PolicySetting>,
) {
  const own = layers.findIndex(({ origin }) => origin.objectId === object.id)
  const origin = { level: object.level, policyId: object.id, objectId: object.id, revision: 0 }
  const path = object.domainId ? null : object.tenantPath
  if (own >= 0) return layers.map((layer, index) => (index === own ? { ...layer, settings } : layer))
  const isBelow = (layer: (typeof layers)[number]): boolean =>
    rank[layer.origin.level] > rank[object.level] ||
    (path !== null && layer.path !== null && layer.path.startsWith(`${path}.`))
  const at = layers.findIndex(isBelow)
  const index = at < 0 ? layers.length : at
  return [...layers.slice(0, index), { origin, settings, path }, ...layers.slice(index)]
}
