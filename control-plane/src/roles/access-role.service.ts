/** Roles that tenants make. A role gives no more than whoever makes or changes it has; and later no more than its tenant. */
import type { GraphQLSchema } from 'graphql'
import type { EntityManager } from 'typeorm'
import {
  accessibleByTenant,
  authorize,
  may,
  pathsAbove,
  permissionSubject,
  type Action,
  type AdminContext,
} from '../access/index.js'
import { readPage } from '../platform/connection.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, notFound } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireText, withoutNull } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { idCondition, requireTenant, withinCondition } from '../tenants/index.js'
import { AccessRole, accessRoleColumns, accessRoleSubject } from './access-role.entity.js'
import { requireGivable, requireLiftable, templatesOf } from './check-rules.js'
import type { AccessRolesArguments, CreateAccessRoleInput, UpdateAccessRoleInput } from './role.types.js'

const maxName = 100
const maxDescription = 1_000
const nameTaken = { access_role_name_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] }) }
const describe = (text: string | null | undefined): string =>
  isGiven(text) && text.trim() !== '' ? requireText(text, ['description'], maxDescription) : ''

const accessRoleById = defineEntityLoader(AccessRole, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleAccessRole(context: AdminContext, id: string): Promise<AccessRole | null> {
  const role = isId(id) ? await accessRoleById(context).load(id.toLowerCase()) : null
  return role && may(context, 'read', accessRoleSubject(role)) ? role : null
}

export async function listAccessRoles(
  context: AdminContext,
  request: AccessRolesArguments,
): Promise<ConnectionValue<AccessRole>> {
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'AccessRole', accessRoleColumns, 'access_role.tenant_id', parameters),
  ]
  if (isGiven(request.filter?.tenantId)) {
    conditions.push(idCondition('access_role.tenant_id', request.filter.tenantId, parameters))
  }
  if (isGiven(request.filter?.withinId)) {
    conditions.push(await withinCondition(context, request.filter.withinId, 'tenant.path', parameters))
  }
  const page = await readPage(context.database, request, {
    from: 'access_role JOIN tenant ON tenant.id = access_role.tenant_id',
    id: 'access_role.id',
    conditions,
    parameters,
    order: { name: 'accessRole.name', sql: 'lower(access_role.name)', type: 'text', direction: 'ASC' },
  })
  return connectionFrom(page, await loadAll(accessRoleById(context), page.ids))
}

/** The role, checked against the viewer; it stays as it is until the transaction ends. */
export async function requireAccessRole(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<AccessRole> {
  if (isId(id)) await manager.query('SELECT FROM access_role WHERE id = $1 FOR UPDATE', [id])
  const role = isId(id) ? await manager.findOne(AccessRole, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, role && accessRoleSubject(role), path)
  return role!
}

export async function createAccessRole(
  context: AdminContext,
  schema: GraphQLSchema,
  input: CreateAccessRoleInput,
): Promise<string> {
  const id = newId()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const subject = permissionSubject('AccessRole', { id, within: pathsAbove(tenant.path) })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    const name = requireText(input.name, ['name'], maxName)
    const rules = await templatesOf(manager, schema, tenant, input.rules)
    requireGivable(context, tenant, rules)
    const row = { id, tenantId: tenant.id, name, description: describe(input.description), rules }
    await translateConstraints({ ...nameTaken, access_role_tenant_fk: () => notFound(['tenantId']) }, () =>
      manager.insert(AccessRole, row as never),
    )
  })
  return id
}

export async function updateAccessRole(
  context: AdminContext,
  schema: GraphQLSchema,
  input: UpdateAccessRoleInput,
): Promise<string> {
  const name = withoutNull(input.name, ['name'])
  const given = withoutNull(input.rules, ['rules'])
  return context.database.transaction(async (manager) => {
    const role = await requireAccessRole(context, manager, input.id, 'update')
    const changes: Partial<AccessRole> = {
      name: name === undefined ? undefined : requireText(name, ['name'], maxName),
      description: input.description === undefined ? undefined : describe(input.description),
    }
    if (given !== undefined) {
      const rules = await templatesOf(manager, schema, role.tenant, given)
      requireGivable(context, role.tenant, rules)
      const kept = new Set(rules.map((rule) => JSON.stringify(rule)))
      const lifted = role.rules.filter((rule) => !kept.has(JSON.stringify(rule)))
      requireLiftable(context, role.tenant, lifted)
      changes.rules = rules
    }
    const key = { id: role.id, version: input.version }
    await translateConstraints(nameTaken, () => updateVersioned(manager, AccessRole, key, changes))
    return role.id
  })
}

/** Not while somebody has it. */
export async function deleteAccessRole(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id } = await requireAccessRole(context, manager, input.id, 'delete')
    await translateConstraints({ role_assignment_role_fk: () => new ExpectedError('NOT_EMPTY') }, () =>
      deleteVersioned(manager, AccessRole, { id, version: input.version }),
    )
    return id
  })
}
