/**
 * The rights of administrators as they are now: what everybody has, the built-in role, roles given at tenants, and grants.
 * What has expired is not read, and so counts at no later moment.
 *
 * A custom role reaches no higher than the tenant that owns it, a grant no higher than the tenant that gives it, whoever made
 * them and whatever became of that person: they are intersected with that tenant's ceiling whenever they are used.
 */
import { baselineRules, builtInRules, tenantCeiling } from './built-in-roles.js'
import { endingBy, intersect, withoutDenials, type Rule } from './rules.js'
import { rulesFrom, type RuleTemplate } from './rule-template.js'
import type { Role } from './viewer.js'

interface TenantRow {
  id: string
  kind: 'PLATFORM' | 'RESELLER' | 'CUSTOMER'
  path: string
}

export interface AssignmentRow {
  id: string
  /** A built-in role, or a custom one. */
  builtIn: Role | null
  accessRole: { id: string; rules: RuleTemplate[]; owner: TenantRow } | null
  tenant: TenantRow
  /** Milliseconds since 1970. */
  until: number | null
}

export interface GrantRow {
  id: string
  rules: RuleTemplate[]
  tenant: TenantRow
  until: number
}

export interface Rights {
  administratorId: string
  email: string
  role: Role
  tenantId: string
  tenantPath: string
  assignments: AssignmentRow[]
  grants: GrantRow[]
}

const tenantJson = (alias: string): string =>
  `json_build_object('id', ${alias}.id, 'kind', ${alias}.kind, 'path', ${alias}.path::text)`

const millisOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

/** Columns of a statement that has `administrator` and its `tenant`; together with `rightsOf` they are the rights. */
export const rightsColumns = `
  administrator.id AS administrator_id, administrator.email, administrator.role, tenant.id AS tenant_id, tenant.path::text AS tenant_path,
  (SELECT json_agg(json_build_object('id', given.id, 'builtIn', given.built_in, 'tenant', ${tenantJson('place')},
      'until', ${millisOf('given.expires_at')},
      'accessRole', CASE WHEN role.id IS NOT NULL THEN
        json_build_object('id', role.id, 'rules', role.rules, 'owner', ${tenantJson('owner')}) END) ORDER BY given.id)
    FROM role_assignment AS given
    JOIN tenant AS place ON place.id = given.tenant_id
    LEFT JOIN access_role AS role ON role.id = given.access_role_id
    LEFT JOIN tenant AS owner ON owner.id = role.tenant_id
    WHERE given.administrator_id = administrator.id AND (given.expires_at IS NULL OR given.expires_at > now())
  ) AS assignments,
  (SELECT json_agg(json_build_object('id', access_grant.id, 'rules', access_grant.rules, 'tenant', ${tenantJson('giver')},
      'until', ${millisOf('access_grant.expires_at')})
      ORDER BY access_grant.id)
    FROM access_grant JOIN tenant AS giver ON giver.id = access_grant.tenant_id
    WHERE access_grant.receiver_id = administrator.id AND access_grant.state = 'ACTIVE' AND access_grant.expires_at > now()
  ) AS grants`

export interface RightsRow {
  administrator_id: string
  email: string
  role: Role
  tenant_id: string
  tenant_path: string
  assignments: AssignmentRow[] | null
  grants: GrantRow[] | null
}

export const rightsOf = (row: RightsRow): Rights => ({
  administratorId: row.administrator_id,
  email: row.email,
  role: row.role,
  tenantId: row.tenant_id,
  tenantPath: row.tenant_path,
  assignments: row.assignments ?? [],
  grants: row.grants ?? [],
})

interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>
}

/** Of these administrators, by id; of those that there are. */
export async function loadRights(database: Queryable, ids: readonly string[]): Promise<Map<string, Rights>> {
  const rows = await database.query<RightsRow>(
    `SELECT ${rightsColumns} FROM administrator JOIN tenant ON tenant.id = administrator.tenant_id
     WHERE administrator.id = ANY($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.administrator_id, rightsOf(row)]))
}

export function effectiveRules(rights: Rights): Rule[] {
  const { administratorId, tenantPath, role, tenantId } = rights
  const target = { administratorId, administratorPath: tenantPath, tenantPath }
  return [
    ...baselineRules(target),
    ...builtInRules(role, target, { kind: 'BUILT_IN_ROLE', role, tenantId, assignmentId: null }),
    ...rights.assignments.flatMap((assignment) => assignedRules(assignment, rights)),
    ...rights.grants.flatMap((grant) => grantedRules(grant, rights)),
  ]
}

/** What a role gives, or would give, to this administrator at the assignment's tenant. */
export function assignedRules(
  assignment: AssignmentRow,
  receiver: Pick<Rights, 'administratorId' | 'tenantPath'>,
): Rule[] {
  const { builtIn, accessRole, tenant, until } = assignment
  const { administratorId, tenantPath: administratorPath } = receiver
  // The tenant may have been moved out of the administrator's part of the tree since.
  if (tenant.path !== administratorPath && !tenant.path.startsWith(`${administratorPath}.`)) return []
  const target = { administratorId, administratorPath, tenantPath: tenant.path }
  if (builtIn) {
    const origin = { kind: 'BUILT_IN_ROLE', role: builtIn, tenantId: tenant.id, assignmentId: assignment.id } as const
    return endingBy(builtInRules(builtIn, target, origin), until)
  }
  if (!accessRole) return []
  const { id: accessRoleId, rules, owner } = accessRole
  const origin = { kind: 'CUSTOM_ROLE', accessRoleId, ownerId: owner.id, tenantId: tenant.id } as const
  const own = rules.flatMap((template, rule) =>
    rulesFrom(template, target, { ...origin, assignmentId: assignment.id, rule }),
  )
  return endingBy(intersect(own, tenantCeiling(owner)), until)
}

/**
 * What a grant gives, or would give. It denies nothing, or else whoever gives could take away: what its tenant itself has but in
 * part, a grant does not give at all.
 */
export function grantedRules(grant: GrantRow, receiver: Pick<Rights, 'administratorId' | 'tenantPath'>): Rule[] {
  const { id: grantId, rules, tenant, until } = grant
  const { administratorId, tenantPath: administratorPath } = receiver
  const target = { administratorId, administratorPath, tenantPath: tenant.path }
  const own = rules.flatMap((template, rule) =>
    rulesFrom(template, target, { kind: 'GRANT', grantId, tenantId: tenant.id, rule }),
  )
  return endingBy(withoutDenials(intersect(own, tenantCeiling(tenant))), until)
}
