/**
 * Moves a tenant, with all below it, under another one. Whoever moves may take it away where it is and make one where it goes.
 *
 * All tenants of the subtree are locked, which waits for what is being made there; budgets above lose what it uses, those above
 * its new place must have room for it.
 */
import type { EntityManager } from 'typeorm'
import { may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { moveBudgets } from '../budgets/index.js'
import { recordDomainChangesWithin, recordPoliciesAboveTenant } from '../changes/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import {
  allowedChildren,
  maxDepth,
  nameTaken,
  pathLabel,
  requireNotDeleted,
  requireTenant,
  type Tenant,
} from '../tenants/index.js'
import { beyondReach } from '../platform/database-scope.js'

export interface TenantMove {
  id: string
  version: number
  parentId: string
}

export async function moveTenant(context: AdminContext, input: TenantMove): Promise<string> {
  return context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.id, 'delete')
    const parent = await requireTenant(context, manager, input.parentId, 'read', ['parentId'])
    const path = `${parent.path}.${pathLabel(tenant.id)}`
    if (!may(context, 'create', permissionSubject('Tenant', { id: tenant.id, within: pathsAbove(path) }))) {
      throw new ExpectedError('FORBIDDEN', { path: ['parentId'] })
    }
    if (tenant.kind === 'PLATFORM' || tenant.deletedAt) throw new ExpectedError('FORBIDDEN')
    if (`${parent.path}.`.startsWith(`${tenant.path}.`)) {
      throw invalidInput(['parentId'], 'A tenant cannot stand under itself.')
    }
    if (!allowedChildren[parent.kind].includes(tenant.kind))
      throw new ExpectedError('TENANT_KIND', { path: ['parentId'] })
    return beyondReach(manager, () => moveTo(manager, tenant, parent, input.version))
  })
}

async function moveTo(manager: EntityManager, tenant: Tenant, parent: Tenant, version: number): Promise<string> {
  const path = `${parent.path}.${pathLabel(tenant.id)}`
  await requireNotDeleted(manager, parent.path, ['parentId'])
  await lockForMove(manager, tenant, parent)
  if (parent.id !== tenant.parentId) {
    await requireDepth(manager, tenant, parent)
    await moveBudgets(manager, tenant.path, parent.path)
  }
  await rewritePaths(manager, tenant, parent, version)
  // What is suspended above it may be another tenant now.
  await recordDomainChangesWithin(manager, path)
  await recordPoliciesAboveTenant(manager, path)
  return tenant.id
}

/** Both stay where they were found, or somebody else moved them meanwhile. */
async function lockForMove(manager: EntityManager, tenant: Tenant, parent: Tenant): Promise<void> {
  await manager.query('SELECT FROM tenant WHERE path @> $1::ltree ORDER BY nlevel(path), id FOR KEY SHARE', [
    parent.path,
  ])
  await manager.query('SELECT FROM tenant WHERE path <@ $1::ltree ORDER BY nlevel(path), id FOR UPDATE', [tenant.path])
  const [still] = await manager.query(
    `SELECT count(*)::integer AS count FROM tenant WHERE (id, path) IN (($1, $2::ltree), ($3, $4::ltree))`,
    [tenant.id, tenant.path, parent.id, parent.path],
  )
  if (still.count !== 2) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
}

async function requireDepth(manager: EntityManager, tenant: Tenant, parent: Tenant): Promise<void> {
  const [{ height }] = await manager.query(
    `SELECT max(nlevel(path)) - nlevel($1::ltree) + 1 AS height FROM tenant WHERE path <@ $1::ltree`,
    [tenant.path],
  )
  if (parent.path.split('.').length + Number(height) <= maxDepth) return
  throw new ExpectedError('TENANT_KIND', { path: ['parentId'], message: `The tree is at most ${maxDepth} deep.` })
}

async function rewritePaths(manager: EntityManager, tenant: Tenant, parent: Tenant, version: number): Promise<void> {
  const [, changed] = await translateConstraints(nameTaken, () =>
    manager.query(
      'UPDATE tenant SET parent_id = $3, version = version + 1, updated_at = now() WHERE id = $1 AND version = $2',
      [tenant.id, version, parent.id],
    ),
  )
  if (changed !== 1) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
  await manager.query(
    `UPDATE tenant SET path = $2::ltree || subpath(path, nlevel($1::ltree) - 1) WHERE path <@ $1::ltree`,
    [tenant.path, parent.path],
  )
}
