/** What holds for a tenant, domain or mailbox, and why; batched, since lists ask it of every row. */
import {
  effectivePolicy,
  locksOf,
  policyDefinition,
  policyKindNames,
  quotaLayer,
  type PolicyKind,
  type PolicyLayer,
  type PolicyLevel,
  type PolicyOrigin,
  type PolicySetting as KeptSetting,
  type PolicyValue,
} from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { beyondReach } from '../platform/database-scope.js'
import { defineLoader, type LoaderContext } from '../platform/loader.js'
import type { EffectivePolicyValue, ObjectPolicies, PolicyOriginValue } from './policy.types.js'

/** Where in the tree it stands. */
export interface PolicyObject {
  tenantPath: string
  domainId?: string
  mailbox?: { id: string; quotaBytes: number | null; version: number }
}

export interface Layer extends PolicyLayer {
  /** Of a tenant's policy. */
  path: string | null
}

interface Row {
  id: string
  level: PolicyLevel
  object_id: string
  path: string | null
  version: number
  settings: Record<string, KeptSetting>
}

type Query = <T>(sql: string, parameters: unknown[]) => Promise<T[]>

/** What holds comes from all levels above, also those that the caller does not reach. */
export const queryAbove =
  (manager: EntityManager): Query =>
  (sql, parameters) =>
    beyondReach(manager, () => manager.query(sql, parameters))

const selectPolicies = `
  SELECT policy.id, policy.version, policy.settings, tenant.path::text AS path,
    coalesce(tenant.kind, CASE WHEN policy.domain_id IS NOT NULL THEN 'DOMAIN' ELSE 'MAILBOX' END) AS level,
    coalesce(policy.tenant_id, policy.domain_id, policy.mailbox_id) AS object_id
  FROM policy LEFT JOIN tenant ON tenant.id = policy.tenant_id
  WHERE policy.tenant_id = ANY($1::uuid[]) OR policy.domain_id = ANY($2::uuid[]) OR policy.mailbox_id = ANY($3::uuid[])`

const given = (id: string | undefined): id is string => id !== undefined

/** From the platform down, for each object; in one statement. */
export async function readLayers(query: Query, objects: readonly PolicyObject[]): Promise<Layer[][]> {
  const tenants = new Set(objects.flatMap(({ tenantPath }) => tenantPath.split('.')))
  const rows = await query<Row>(selectPolicies, [
    [...tenants],
    objects.map(({ domainId }) => domainId).filter(given),
    objects.map(({ mailbox }) => mailbox?.id).filter(given),
  ])
  const byObject = new Map(rows.map((row) => [row.object_id.replaceAll('-', ''), row]))
  const layer = (id: string | undefined): Layer[] => {
    const row = id === undefined ? undefined : byObject.get(id.replaceAll('-', ''))
    if (!row) return []
    const origin = { level: row.level, policyId: row.id, objectId: row.object_id, revision: row.version }
    return [{ origin, settings: row.settings, path: row.path }]
  }
  return objects.map(({ tenantPath, domainId, mailbox }) => [
    ...tenantPath.split('.').flatMap(layer),
    ...layer(domainId),
    ...(mailbox ? quotaLayer({ ...mailbox, revision: mailbox.version }).map((own) => ({ ...own, path: null })) : []),
    ...layer(mailbox?.id),
  ])
}

export const effectiveValue = async <Kind extends PolicyKind>(
  query: Query,
  kind: Kind,
  object: PolicyObject,
): Promise<PolicyValue<Kind>> => {
  const [layers] = await readLayers(query, [object])
  return effectivePolicy(kind, layers!).value
}

/** Objects are told apart by identity: resolvers of one request share the entity. */
const layersOf = defineLoader<LoaderContext & Pick<AdminContext, 'system'>, PolicyObject, Layer[]>(
  ({ system }, objects) => readLayers((sql, parameters) => system.query(sql, parameters), objects),
)

export async function policiesOf(context: AdminContext, object: PolicyObject): Promise<ObjectPolicies> {
  const layers = await layersOf(context).load(object)
  const ownId = object.mailbox?.id ?? object.domainId ?? object.tenantPath.split('.').at(-1)!
  const own = layers.find(({ origin }) => plain(origin.objectId) === plain(ownId) && origin.policyId !== ownId)
  return {
    version: own?.origin.revision ?? 0,
    settings: Object.entries(own?.settings ?? {}).map(([kind, setting]) => ({
      kind: kind as PolicyKind,
      value: setting!.value,
      lock: setting!.lock ?? null,
    })),
    effective: policyKindNames.map((kind) => effectiveFor(context, kind, layers)),
  }
}

const plain = (id: string): string => id.replaceAll('-', '')

function effectiveFor(context: AdminContext, kind: PolicyKind, layers: readonly Layer[]): EffectivePolicyValue {
  const { value, origin, lock, overruled } = effectivePolicy(kind, layers)
  const { unit, levels } = policyDefinition(kind)
  const told = (one: PolicyOrigin): PolicyOriginValue => originFor(context, one, layers)
  return {
    kind,
    value,
    unit,
    levels: [...levels],
    locks: locksOf(kind),
    origin: origin && told(origin),
    lock: lock?.lock ?? null,
    lockedBy: lock && told(lock.origin),
    overruled: overruled.map(told),
  }
}

/** Who is above is told as a level; which one, only to those who see it. */
function originFor(context: AdminContext, origin: PolicyOrigin, layers: readonly Layer[]): PolicyOriginValue {
  const path = layers.find((layer) => layer.origin === origin)?.path ?? null
  const seen =
    path === null ||
    may(context, 'read', permissionSubject('Tenant', { id: origin.objectId, within: pathsAbove(path) }))
  const { level, revision, policyId, objectId } = origin
  return { level, revision, policyId: seen ? policyId : null, objectId: seen ? objectId : null }
}
