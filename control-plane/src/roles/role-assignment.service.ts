/** Who has which role where. Whoever gives a role has all that it gives there. */
import type { EntityManager } from 'typeorm'
import {
  accessible,
  assignedRules,
  authorize,
  may,
  requireCovering,
  requireViewer,
  type AdminContext,
  type Role,
} from '../access/index.js'
import { Administrator, administratorSubject } from '../administrators/index.js'
import { readPage } from '../platform/connection.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId, newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, requireTenant, type Tenant } from '../tenants/index.js'
import { AccessRole } from './access-role.entity.js'
import { requireAccessRole } from './access-role.service.js'
import { requireLiftable } from './check-rules.js'
import { RoleAssignment, roleAssignmentColumns, roleAssignmentSubject } from './role-assignment.entity.js'
import type { CreateRoleAssignmentInput, RoleAssignmentsArguments } from './role.types.js'
import { beyondReach } from '../platform/database-scope.js'

const maxAssignments = 20
const relations = { administrator: { tenant: true }, accessRole: { tenant: true }, tenant: true } as const
export const roleAssignmentById = defineEntityLoader(RoleAssignment, relations)

export async function listRoleAssignments(
  context: AdminContext,
  request: RoleAssignmentsArguments,
): Promise<ConnectionValue<RoleAssignment>> {
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'RoleAssignment', roleAssignmentColumns, parameters)]
  const { filter } = request
  if (isGiven(filter?.administratorId)) {
    conditions.push(idCondition('role_assignment.administrator_id', filter.administratorId, parameters))
  }
  if (isGiven(filter?.accessRoleId)) {
    conditions.push(idCondition('role_assignment.access_role_id', filter.accessRoleId, parameters))
  }
  const page = await readPage(context.database, request, {
    from: `role_assignment JOIN administrator ON administrator.id = role_assignment.administrator_id
      JOIN tenant ON tenant.id = administrator.tenant_id`,
    id: 'role_assignment.id',
    conditions,
    parameters,
    order: {
      name: 'roleAssignment.createdAt',
      sql: 'role_assignment.created_at',
      type: 'timestamptz',
      direction: 'DESC',
    },
  })
  return connectionFrom(page, await loadAll(roleAssignmentById(context), page.ids))
}

export async function createRoleAssignment(context: AdminContext, input: CreateRoleAssignmentInput): Promise<string> {
  const id = newId()
  await context.database.transaction(async (manager) => {
    const administrator = await requireReceiver(context, manager, input.administratorId)
    if (!may(context, 'create', roleAssignmentSubject(id, administrator))) throw new ExpectedError('FORBIDDEN')
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    if (!isWithin(tenant, administrator.tenant)) {
      throw invalidInput(['tenantId'], "This must be the administrator's tenant, or one below it.")
    }
    const role = await requireRole(context, manager, input)
    if (typeof role !== 'string' && !isWithin(tenant, role.tenant)) {
      throw invalidInput(['tenantId'], "This must be the role's tenant, or one below it.")
    }
    if (input.expiresAt && input.expiresAt.getTime() <= Date.now()) {
      throw invalidInput(['expiresAt'], 'This must be in the future.')
    }
    requireCovering(context, rulesGiven(id, role, tenant, administrator, input.expiresAt ?? null))
    const [{ count }] = await manager.query(
      'SELECT count(*)::integer AS count FROM role_assignment WHERE administrator_id = $1',
      [administrator.id],
    )
    if (count >= maxAssignments) throw invalidInput(['administratorId'], `At most ${maxAssignments} roles.`)
    await translateConstraints({ role_assignment_key: () => new ExpectedError('ALREADY_EXISTS') }, () =>
      manager.insert(RoleAssignment, {
        id,
        administratorId: administrator.id,
        role: typeof role === 'string' ? role : null,
        accessRoleId: typeof role === 'string' ? null : role.id,
        tenantId: tenant.id,
        expiresAt: input.expiresAt ?? null,
        givenById: requireViewer(context).administratorId,
      }),
    )
  })
  return id
}

const isWithin = (tenant: Tenant, above: Tenant): boolean => `${tenant.path}.`.startsWith(`${above.path}.`)

async function requireReceiver(context: AdminContext, manager: EntityManager, id: string): Promise<Administrator> {
  // Of many assignments at once each sees those before it.
  if (isId(id)) await manager.query('SELECT FROM administrator WHERE id = $1 FOR UPDATE', [id])
  const found = isId(id) ? await manager.findOne(Administrator, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, 'read', found && administratorSubject(found), ['administratorId'])
  return found!
}

async function requireRole(
  context: AdminContext,
  manager: EntityManager,
  { accessRoleId, role }: CreateRoleAssignmentInput,
): Promise<AccessRole | Role> {
  if (isGiven(accessRoleId) === isGiven(role)) throw invalidInput(['accessRoleId'], 'Either `accessRoleId` or `role`.')
  if (isGiven(accessRoleId)) return requireAccessRole(context, manager, accessRoleId, 'read', ['accessRoleId'])
  if (role === 'PLATFORM_ADMIN' || role === 'CUSTOM')
    throw invalidInput(['role'], 'This role is not given at a tenant.')
  return role!
}

function rulesGiven(
  id: string,
  role: AccessRole | Role,
  tenant: Tenant,
  administrator: Administrator,
  expiresAt: Date | null,
) {
  const builtIn = typeof role === 'string' ? role : null
  const accessRole = typeof role === 'string' ? null : { id: role.id, rules: role.rules, owner: role.tenant }
  const receiver = { administratorId: administrator.id, tenantPath: administrator.tenant.path }
  return assignedRules({ id, builtIn, accessRole, tenant, until: expiresAt?.getTime() ?? null }, receiver)
}

/** A role that denies something is lifted only by somebody who has what it denies. */
export async function deleteRoleAssignment(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const found = isId(id) ? await manager.findOne(RoleAssignment, { where: { id }, relations }) : null
    authorize(context, 'delete', found && roleAssignmentSubject(found.id, found.administrator))
    const accessRole = await roleOf(manager, found!)
    if (accessRole) requireLiftable(context, accessRole.tenant, accessRole.rules)
    await manager.delete(RoleAssignment, { id: found!.id })
    return found!.id
  })
}

/** It may be a role of a tenant above. */
const roleOf = (manager: EntityManager, { accessRoleId }: RoleAssignment): Promise<AccessRole | null> =>
  beyondReach(manager, async () =>
    accessRoleId ? manager.findOne(AccessRole, { where: { id: accessRoleId }, relations: { tenant: true } }) : null,
  )
