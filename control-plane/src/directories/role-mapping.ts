/**
 * Which roles a source gives to whom, by the groups that it names. A mapping gives no more than whoever writes it has, and what a
 * source does is checked against these roles again, as if it were an administrator who has just them.
 */
import type { EntityManager } from 'typeorm'
import {
  assignedRules,
  builtInRules,
  requireCovering,
  type AdminContext,
  type Role,
  type Rule,
} from '../access/index.js'
import { requireRole } from '../administrators/index.js'
import { invalidInput } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { requireText } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { AccessRole, requireAccessRole } from '../roles/index.js'
import type { IdentitySource, MappedRole } from './identity-source.entity.js'
import type { MappedRoleInput } from './identity-source.types.js'

const maxMappings = 50
const maxGroup = 500

type Giver = Pick<IdentitySource, 'id' | 'tenant' | 'defaultRole' | 'roleMapping'>

const targetOf = ({ id, tenant }: Giver) => ({
  tenantPath: tenant.path,
  administratorId: id,
  administratorPath: tenant.path,
})

function rulesOfRole(source: Giver, role: Role): Rule[] {
  const origin = { kind: 'BUILT_IN_ROLE', role, tenantId: source.tenant.id, assignmentId: null } as const
  return builtInRules(role, targetOf(source), origin)
}

function rulesOfAccessRole(source: Giver, role: AccessRole): Rule[] {
  const accessRole = { id: role.id, rules: role.rules, owner: role.tenant }
  const assignment = { id: source.id, builtIn: null, accessRole, tenant: source.tenant, until: null }
  return assignedRules(assignment, { administratorId: source.id, tenantPath: source.tenant.path })
}

/** Checked against the viewer, whose rules must cover every role in it. */
export async function requireMapping(
  context: AdminContext,
  manager: EntityManager,
  source: Giver,
  given: readonly MappedRoleInput[],
): Promise<MappedRole[]> {
  if (given.length > maxMappings) {
    throw invalidInput(['roleMapping'], `At most ${maxMappings} groups.`, { max: maxMappings })
  }
  const mapping: MappedRole[] = []
  for (const [index, { group, role, accessRoleId }] of given.entries()) {
    const path = ['roleMapping', String(index)]
    if (isGiven(role) === isGiven(accessRoleId)) throw invalidInput(path, 'Either `role` or `accessRoleId`.')
    if (isGiven(role)) requireGivableRole(context, source, role, [...path, 'role'])
    else {
      const found = await requireAccessRole(context, manager, accessRoleId!, 'read', [...path, 'accessRoleId'])
      if (!`${source.tenant.path}.`.startsWith(`${found.tenant.path}.`)) {
        throw invalidInput([...path, 'accessRoleId'], 'This role belongs to neither this tenant nor one above it.')
      }
      requireCovering(context, rulesOfAccessRole(source, found), [...path, 'accessRoleId'])
    }
    mapping.push({
      group: requireText(group, [...path, 'group'], maxGroup),
      role: role ?? null,
      accessRoleId: accessRoleId ?? null,
    })
  }
  return mapping
}

export function requireGivableRole(context: AdminContext, source: Giver, role: Role, path: string[]): Role {
  requireRole(role, source.tenant.kind)
  requireCovering(context, rulesOfRole(source, role), path)
  return role
}

/** All that it could give to anybody. */
export async function givableRules(manager: EntityManager, source: Giver): Promise<Rule[]> {
  const roles = new Set([source.defaultRole, ...source.roleMapping.map(({ role }) => role)].filter(isGiven))
  const ids = source.roleMapping.map(({ accessRoleId }) => accessRoleId).filter(isGiven)
  const custom =
    ids.length > 0
      ? await manager.find(AccessRole, { where: ids.map((id) => ({ id })), relations: { tenant: true } })
      : []
  return [
    ...[...roles].flatMap((role) => rulesOfRole(source, role)),
    ...custom.flatMap((role) => rulesOfAccessRole(source, role)),
  ]
}

export interface RolesGiven {
  role: Role
  accessRoleIds: string[]
}

/** The first mapping that names a role decides it. Null: none of the groups lets them in. */
export function rolesFor({ defaultRole, roleMapping }: Giver, groups: readonly string[]): RolesGiven | null {
  const held = new Set(groups.map((group) => group.toLowerCase()))
  const met = roleMapping.filter(({ group }) => held.has(group.toLowerCase()))
  const accessRoleIds = [...new Set(met.map(({ accessRoleId }) => accessRoleId).filter(isGiven))]
  const role =
    met.find((mapped) => mapped.role !== null)?.role ?? defaultRole ?? (accessRoleIds.length > 0 ? 'CUSTOM' : null)
  return role && { role, accessRoleIds }
}

/** The custom roles that the source gives, and no others of its own; what somebody gave besides stays. */
export async function assignRoles(
  manager: EntityManager,
  source: Giver,
  administrator: { id: string; tenantId: string },
  accessRoleIds: readonly string[],
): Promise<void> {
  await manager.query(
    `DELETE FROM role_assignment WHERE administrator_id = $1 AND identity_source_id = $2
     AND NOT access_role_id = ANY($3::uuid[])`,
    [administrator.id, source.id, accessRoleIds],
  )
  for (const accessRoleId of accessRoleIds) {
    await manager.query(
      `INSERT INTO role_assignment (id, administrator_id, access_role_id, tenant_id, identity_source_id)
       SELECT $1, $2, access_role.id, $4, $5 FROM access_role WHERE access_role.id = $3 AND NOT EXISTS (
         SELECT FROM role_assignment AS given WHERE given.administrator_id = $2 AND given.access_role_id = $3
           AND given.tenant_id = $4)
       ON CONFLICT DO NOTHING`,
      [newId(), administrator.id, accessRoleId, administrator.tenantId, source.id],
    )
  }
}
