/**
 * Changes of administrators. Nobody gives more rights than they have, or touches whoever has more, since a password that one
 * sets is an account that one owns. The platform never loses its last administrator.
 */
import { normalizeAddress } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import {
  authorize,
  builtInRules,
  effectiveRules,
  loadRights,
  may,
  pathsAbove,
  permissionSubject,
  requireCovering,
  requireViewer,
  type Action,
  type AdminContext,
  type Role,
} from '../access/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requirePassword, requireText, withoutNull } from '../platform/input.js'
import { requireNewPassword } from '../policies/index.js'
import { hashPassword } from '../platform/password.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { requireTenant, type Tenant, type TenantKind } from '../tenants/index.js'
import { Administrator, administratorSubject } from './administrator.entity.js'
import type { CreateAdministratorInput, UpdateAdministratorInput } from './administrator.types.js'
import { beyondReach } from '../platform/database-scope.js'

export const minAdministratorPassword = 12
export const maxAdministratorName = 200
const passwordRule = { path: ['password'], floor: minAdministratorPassword }

/** Where a role makes sense: a platform administrator of a customer would be one in name only. */
const rolesOfKind: Record<TenantKind, Role[]> = {
  PLATFORM: ['PLATFORM_ADMIN', 'SUPPORT', 'CUSTOM'],
  RESELLER: ['RESELLER', 'SUPPORT', 'CUSTOM'],
  CUSTOMER: ['CUSTOMER_ADMIN', 'SUPPORT', 'CUSTOM'],
}

export function requireEmail(email: string, path: string[]): string {
  const address = normalizeAddress(email.trim())
  if (!address) throw invalidInput(path, 'This is not an e-mail address.')
  return address
}

export function requireRole(role: Role, kind: TenantKind): Role {
  if (rolesOfKind[kind].includes(role)) return role
  throw invalidInput(['role'], `A tenant of kind ${kind} has no administrators with the role ${role}.`, { kind, role })
}

/** The administrator, who has no more rights than the viewer, for a change in this transaction. */
export async function requireAdministrator(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<Administrator> {
  const found = isId(id) ? await manager.findOne(Administrator, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, found && administratorSubject(found), path)
  const rights = await beyondReach(manager, () => loadRights(manager, [found!.id]))
  if (found!.id !== requireViewer(context).administratorId)
    requireCovering(context, effectiveRules(rights.get(found!.id)!))
  return found!
}

/** Whoever gives a built-in role must have all that it says. */
function requireGrantable(context: AdminContext, role: Role, administrator: { id: string; tenant: Tenant }): void {
  const { id, tenant } = administrator
  const target = { administratorId: id, administratorPath: tenant.path, tenantPath: tenant.path }
  const origin = { kind: 'BUILT_IN_ROLE', role, tenantId: tenant.id, assignmentId: null } as const
  requireCovering(context, builtInRules(role, target, origin), ['role'])
}

export async function createAdministrator(context: AdminContext, input: CreateAdministratorInput): Promise<string> {
  const email = requireEmail(input.email, ['email'])
  const name = requireText(input.name, ['name'], maxAdministratorName)
  const passwordHash = await hashPassword(requirePassword(input.password, ['password'], minAdministratorPassword))
  const id = newId()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const subject = { id, role: input.role, within: pathsAbove(tenant.path) }
    if (!may(context, 'create', permissionSubject('Administrator', subject))) throw new ExpectedError('FORBIDDEN')
    requireGrantable(context, input.role, { id, tenant })
    const role = requireRole(input.role, tenant.kind)
    const owner = { kind: 'administrator', id: null, object: { tenantPath: tenant.path } } as const
    await requireNewPassword(manager, owner, input.password, passwordRule)
    await translateConstraints(
      {
        administrator_email_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['email'] }),
        administrator_tenant_fk: () => notFound(['tenantId']),
      },
      () =>
        manager.insert(Administrator, { id, tenantId: tenant.id, email, name, role, status: 'ACTIVE', passwordHash }),
    )
  })
  return id
}

export async function updateAdministrator(context: AdminContext, input: UpdateAdministratorInput): Promise<string> {
  const name = withoutNull(input.name, ['name'])
  const role = withoutNull(input.role, ['role'])
  const password = withoutNull(input.password, ['password'])
  const changes: Partial<Administrator> = {
    name: name === undefined ? undefined : requireText(name, ['name'], maxAdministratorName),
    passwordHash:
      password === undefined
        ? undefined
        : await hashPassword(requirePassword(password, ['password'], minAdministratorPassword)),
  }
  return context.database.transaction(async (manager) => {
    const found = await requireAdministrator(context, manager, input.id, 'update')
    // Whoever found an open console or a token must not come to own the account: that takes the current password.
    if (password !== undefined && found.id === requireViewer(context).administratorId) {
      const message = 'Your own password is changed with changePassword.'
      throw new ExpectedError('FORBIDDEN', { path: ['password'], message })
    }
    if (password !== undefined) {
      const owner = { kind: 'administrator', id: found.id, object: { tenantPath: found.tenant.path } } as const
      await requireNewPassword(manager, owner, password, passwordRule)
    }
    if (role !== undefined && role !== found.role) {
      requireGrantable(context, role, found)
      changes.role = requireRole(role, found.tenant.kind)
      await keepOneself(context, manager, found)
    }
    await updateVersioned(manager, Administrator, { id: found.id, version: input.version }, changes)
    if (password !== undefined) await endSessions(manager, found.id)
    return found.id
  })
}

export async function setAdministratorStatus(
  context: AdminContext,
  input: VersionedInput,
  status: Status,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const found = await requireAdministrator(context, manager, input.id, 'suspend')
    if (status === 'SUSPENDED') await keepOneself(context, manager, found)
    await updateVersioned(manager, Administrator, { id: found.id, version: input.version }, { status })
    if (status === 'SUSPENDED') await endSessions(manager, found.id)
    return found.id
  })
}

export async function deleteAdministrator(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const found = await requireAdministrator(context, manager, input.id, 'delete')
    await keepOneself(context, manager, found)
    await deleteVersioned(manager, Administrator, { id: found.id, version: input.version })
    return found.id
  })
}

/** Also what was begun and would become one. */
export async function endSessions(manager: EntityManager, administratorId: string, but?: string): Promise<void> {
  await manager.query('DELETE FROM sign_in_step WHERE administrator_id = $1', [administratorId])
  await manager.query('DELETE FROM session WHERE administrator_id = $1 AND id IS DISTINCT FROM $2::uuid', [
    administratorId,
    but ?? null,
  ])
}

/**
 * Nobody locks themselves out, and somebody can always let others in. The active platform administrators are locked, so
 * that two of them cannot remove each other at the same moment.
 */
async function keepOneself(context: AdminContext, manager: EntityManager, leaving: Administrator): Promise<void> {
  if (leaving.id === requireViewer(context).administratorId) throw new ExpectedError('LAST_ADMINISTRATOR')
  if (leaving.role !== 'PLATFORM_ADMIN') return
  const active: { id: string }[] = await beyondReach(manager, () =>
    manager.query(
      `SELECT id FROM administrator WHERE role = 'PLATFORM_ADMIN' AND status = 'ACTIVE' ORDER BY id FOR UPDATE`,
    ),
  )
  if (!active.some(({ id }) => id !== leaving.id)) throw new ExpectedError('LAST_ADMINISTRATOR')
}
