/**
 * Changes of policies: of one object at a time, whatever it reaches. What a level above has locked cannot be set against it, and what
 * somebody higher in the tree has locked on this very object is out of reach of those below: nobody lifts their own limits.
 */
import { checkSetting, lockedBy, type PolicyKind, type PolicySetting } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { requireViewer, type AdminContext } from '../access/index.js'
import { recordChanges, recordTenantPolicy } from '../changes/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { queryAbove, readLayers } from './object-policies.js'
import { requirePolicyObject, type FoundObject } from './policy-object.js'
import { readFormer, stageChange, strategyWanted, type StagedChange } from '../staging/index.js'
import { previewChange } from './policy-preview.js'
import type { PolicyPreview, SetPoliciesInput } from './policy.types.js'

const columns = { TENANT: 'tenant_id', DOMAIN: 'domain_id', MAILBOX: 'mailbox_id' } as const

type Settings = Record<string, PolicySetting>
interface Kept {
  id: string | null
  version: number
  settings: Settings
  owners: Record<string, string>
}

export async function setPolicies(context: AdminContext, input: SetPoliciesInput): Promise<FoundObject> {
  return context.database.transaction(async (manager) => {
    const { object, kept, next } = await checkedChange(context, manager, input)
    const id = kept.id ?? newId()
    const staging = await planStaging(context, manager, object, input)
    const former = await readFormer(manager, 'Policy', id)
    const rows = kept.id
      ? await manager.query(
          `UPDATE policy SET settings = $2, lock_owners = $3, version = version + 1, updated_at = now()
           WHERE id = $1 AND version = $4 RETURNING id`,
          [id, next.settings, next.owners, input.version],
        )
      : await manager.query(
          `INSERT INTO policy (id, ${columns[input.target]}, settings, lock_owners) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING RETURNING id`,
          [id, object.id, next.settings, next.owners],
        )
    if ((kept.id ? rows[0].length : rows.length) !== 1)
      throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
    if (await stageChange(manager, former, { ...staging, id })) return object
    if (input.target === 'TENANT') await recordTenantPolicy(manager, id, object.tenantPath)
    else await recordChanges(manager, [{ kind: 'Policy', id, mailNodeId: object.mailNodeId }])
    return object
  })
}

export const previewPolicyChange = (context: AdminContext, input: SetPoliciesInput): Promise<PolicyPreview> =>
  context.database.transaction(async (manager) => {
    const { object, next } = await checkedChange(context, manager, input)
    const kinds = [...input.set.map(({ kind }) => kind), ...input.unset]
    return previewChange(manager, object, next.settings, [...new Set(kinds)])
  })

/** A domain's or mailbox's own concern one node: they go in stages only where the change itself says so. */
async function planStaging(
  context: AdminContext,
  manager: EntityManager,
  { id, tenantPath, mailNodeId }: FoundObject,
  { target, rollout }: SetPoliciesInput,
): Promise<Omit<StagedChange, 'id'>> {
  const wanted =
    target === 'TENANT' || rollout?.strategy ? await strategyWanted(context, manager, tenantPath, rollout) : null
  const tenantId = uuidOf(tenantPath.split('.').at(-1)!)
  const [row] = await queryAbove(manager)<{ label: string; nodes: string[] }>(
    `SELECT ${labels[target]} AS label, ARRAY(SELECT DISTINCT domain.mail_node_id::text FROM domain
       JOIN tenant ON tenant.id = domain.tenant_id
       WHERE tenant.path <@ $2::ltree AND domain.mail_node_id IS NOT NULL AND domain.proof IS NOT NULL) AS nodes`,
    [id, tenantPath],
  )
  const mailNodeIds = target === 'TENANT' ? row!.nodes : mailNodeId === null ? [] : [mailNodeId]
  const author = context.viewer?.email ?? null
  return { kind: 'Policy', tenantId, mailNodeIds, label: row!.label, author, strategy: wanted }
}

const labels = {
  TENANT: '(SELECT name FROM tenant WHERE id = $1)',
  DOMAIN: '(SELECT name FROM domain WHERE id = $1)',
  MAILBOX: '(SELECT address FROM mailbox WHERE id = $1)',
} as const

/** A label of a path is an id without its dashes. */
const uuidOf = (label: string): string => label.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** Whether the caller may do it, and what the object would say then. */
export async function checkedChange(context: AdminContext, manager: EntityManager, input: SetPoliciesInput) {
  const object = await requirePolicyObject(context, manager, input.target, input.objectId)
  const kept = await readKept(manager, columns[input.target], object.id)
  if (kept.version !== input.version) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
  const [layers] = await readLayers(queryAbove(manager), [object])
  const above = layers!.filter(({ origin }) => origin.policyId !== kept.id)
  const next = { settings: { ...kept.settings }, owners: { ...kept.owners } }
  const { tenantId, tenantPath } = requireViewer(context)
  const ownerPaths = await pathsOf(manager, Object.values(kept.owners))
  const requireReach = (kind: PolicyKind, path: string[]): void => {
    const owner = ownerPaths.get(kept.owners[kind] ?? '')
    if (owner !== undefined && !`${owner}.`.startsWith(`${tenantPath}.`)) throw locked(kind, path)
  }
  input.set.forEach(({ kind, value, lock }, index) => {
    const path = ['set', String(index)]
    const checked = checkSetting(kind, object.level, { value: value ?? null, lock: lock ?? null })
    if (checked.fault !== null)
      throw invalidInput([...path, checked.fault === 'LOCK' ? 'lock' : 'value'], checked.message)
    requireReach(kind, path)
    if (lockedBy(kind, above, checked.setting.value)) throw locked(kind, path)
    next.settings[kind] = checked.setting
    if (checked.setting.lock) next.owners[kind] = tenantId
    else delete next.owners[kind]
  })
  input.unset.forEach((kind, index) => {
    requireReach(kind, ['unset', String(index)])
    delete next.settings[kind]
    delete next.owners[kind]
  })
  return { object, kept, next }
}

const locked = (policy: PolicyKind, path: string[]) => new ExpectedError('POLICY_LOCKED', { path, params: { policy } })

async function readKept(manager: EntityManager, column: string, objectId: string): Promise<Kept> {
  const [row] = await manager.query(
    `SELECT id, version, settings, lock_owners FROM policy WHERE ${column} = $1 FOR UPDATE`,
    [objectId],
  )
  if (!row) return { id: null, version: 0, settings: {}, owners: {} }
  return { id: row.id, version: row.version, settings: row.settings, owners: row.lock_owners }
}

/** As they stand now: tenants move. */
async function pathsOf(manager: EntityManager, tenantIds: readonly string[]): Promise<Map<string, string>> {
  if (tenantIds.length === 0) return new Map()
  const rows = await queryAbove(manager)<{ id: string; path: string }>(
    'SELECT id, path::text FROM tenant WHERE id = ANY($1::uuid[])',
    [tenantIds],
  )
  return new Map(rows.map(({ id, path }) => [id, path]))
}
