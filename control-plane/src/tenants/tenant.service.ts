/** Changes of the tenant tree, but for moves in it (life-cycle/move-tenant.ts). */
import type { EntityManager } from 'typeorm'
import { recordDomainChangesWithin } from '../changes/index.js'
import {
  authorize,
  may,
  pathsAbove,
  permissionSubject,
  requireViewer,
  type Action,
  type AdminContext,
} from '../access/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { changeStatus, markDeleted, restoreDeleted } from '../platform/deletion.js'
import { ExpectedError, notFound } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireText, withoutNull } from '../platform/input.js'
import { updateVersioned } from '../platform/versioned.js'
import { pathLabel, Tenant, tenantSubject, type TenantKind } from './tenant.entity.js'
import type { CreateTenantInput, UpdateTenantInput } from './tenant.types.js'
import { beyondReach } from '../platform/database-scope.js'

const maxTenantName = 200
export const maxDepth = 20

export const allowedChildren: Record<TenantKind, TenantKind[]> = {
  PLATFORM: ['RESELLER', 'CUSTOMER'],
  RESELLER: ['RESELLER', 'CUSTOMER'],
  CUSTOMER: [],
}

export const nameTaken = { tenant_name_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] }) }

/** The tenant, checked against the viewer, for a change in this transaction. */
export async function requireTenant(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<Tenant> {
  const tenant = isId(id) ? await manager.findOneBy(Tenant, { id }) : null
  authorize(context, action, tenant && tenantSubject(tenant), path)
  return tenant!
}

/**
 * For a change that brings a domain to a node: until the transaction ends no tenant at or above `path` is suspended or resumed.
 * Whoever does that tells the nodes of the domains that it sees, and this one would be missed.
 */
export async function keepTenantStatus(manager: EntityManager, path: string): Promise<void> {
  await beyondReach(manager, () => manager.query('SELECT FROM tenant WHERE path @> $1::ltree FOR SHARE', [path]))
}

/**
 * What stands below a deleted tenant goes with it, whenever it came there: nothing comes there any more. Until the transaction ends
 * none at or above `path` is deleted.
 */
export async function requireNotDeleted(manager: EntityManager, path: string, inputPath: string[]): Promise<void> {
  await keepTenantStatus(manager, path)
  const [row] = await beyondReach(manager, () =>
    manager.query('SELECT EXISTS (SELECT FROM tenant WHERE path @> $1::ltree AND deleted_at IS NOT NULL) AS deleted', [
      path,
    ]),
  )
  if (!row.deleted) return
  throw new ExpectedError('FORBIDDEN', { message: 'This tenant, or one above it, is deleted.', path: inputPath })
}

export async function createTenant(context: AdminContext, input: CreateTenantInput): Promise<string> {
  const name = requireText(input.name, ['name'], maxTenantName)
  const id = newId()
  await context.database.transaction(async (manager) => {
    const parent = await requireTenant(context, manager, input.parentId, 'read', ['parentId'])
    const path = `${parent.path}.${pathLabel(id)}`
    if (!may(context, 'create', permissionSubject('Tenant', { id, within: pathsAbove(path) }))) {
      throw new ExpectedError('FORBIDDEN')
    }
    if (!allowedChildren[parent.kind].includes(input.kind)) throw new ExpectedError('TENANT_KIND', { path: ['kind'] })
    if (path.split('.').length > maxDepth) {
      throw new ExpectedError('TENANT_KIND', { path: ['parentId'], message: `The tree is at most ${maxDepth} deep.` })
    }
    await requireNotDeleted(manager, parent.path, ['parentId'])
    const row = { id, name, kind: input.kind, status: 'ACTIVE' as const, parentId: parent.id, path }
    await translateConstraints({ ...nameTaken, tenant_parent_id_fkey: () => notFound(['parentId']) }, () =>
      manager.insert(Tenant, row),
    )
  })
  return id
}

export async function updateTenant(context: AdminContext, input: UpdateTenantInput): Promise<string> {
  const name = withoutNull(input.name, ['name'])
  const requireTwoFactor = withoutNull(input.requireTwoFactor, ['requireTwoFactor'])
  const changes = {
    name: name === undefined ? undefined : requireText(name, ['name'], maxTenantName),
    requireTwoFactor,
  }
  return context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.id, 'update')
    const { id } = tenant
    // It may have been set from above, to hold for those who ask now.
    if (requireTwoFactor === false && tenant.requireTwoFactor && tenant.kind !== 'PLATFORM') {
      if (requireViewer(context).tenantId === id) throw new ExpectedError('FORBIDDEN', { path: ['requireTwoFactor'] })
    }
    await translateConstraints(nameTaken, () =>
      updateVersioned(manager, Tenant, { id, version: input.version }, changes),
    )
    return id
  })
}

/** Also the effective status of all domains below changes, and their nodes are told. */
export const setTenantStatus = (
  context: AdminContext,
  input: VersionedInput,
  status: Status,
  receivesWhileSuspended = false,
): Promise<string> =>
  changeLife(context, input, 'suspend', (manager, tenant) =>
    changeStatus(manager, Tenant, tenant, input.version, status, receivesWhileSuspended),
  )

/** It is as good as gone, and can be restored for a while: nobody signs in, no mail is taken, nothing is lost. */
export const deleteTenant = (context: AdminContext, input: VersionedInput): Promise<string> =>
  changeLife(context, input, 'delete', (manager, tenant) => markDeleted(manager, Tenant, tenant, input.version))

/** As it was, with all below it. */
export const restoreTenant = (context: AdminContext, input: VersionedInput): Promise<string> =>
  changeLife(context, input, 'delete', (manager, tenant) => restoreDeleted(manager, Tenant, tenant, input.version))

async function changeLife(
  context: AdminContext,
  { id }: VersionedInput,
  action: Action,
  change: (manager: EntityManager, tenant: Tenant) => Promise<void>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, id, action)
    if (tenant.kind === 'PLATFORM') {
      throw new ExpectedError('FORBIDDEN', { message: 'The platform itself can be neither suspended nor deleted.' })
    }
    await change(manager, tenant)
    await recordDomainChangesWithin(manager, tenant.path)
    return tenant.id
  })
}
