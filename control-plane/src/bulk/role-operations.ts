/**
 * What a row can do to the custom roles of the job's own tenant, not to those of tenants below. A rule names its domains as people do,
 * and those alone that whoever started the job sees: a name tells nobody that there is such a domain.
 */
import type { GraphQLSchema } from 'graphql'
import type { Action, AdminContext } from '../access/index.js'
import { visibleDomain } from '../domains/index.js'
import type { JobReach, RowInput, RowOperations } from '../jobs/index.js'
import { notFound } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { createAccessRole, deleteAccessRole, updateAccessRole, type AccessRuleInput } from '../roles/index.js'
import { idsOfDomains, type Found } from './find-objects.js'

/** As in the API, but for `domains`: names, or ids of those that have none any more. */
export interface RoleRule {
  effect: 'ALLOW' | 'DENY'
  actions: string[]
  subjects: AccessRuleInput['subjects']
  fields: string[] | null
  scope: AccessRuleInput['scope']
  domains: string[] | null
  expiresAt: string | null
}

interface RoleRow {
  /** The name that it has; `name` is the one that it gets. */
  role: string
  name?: string
  description?: string
  rules?: RoleRule[]
}

const fields = ['name', 'description', 'rules']

export function roleOperations(schema: GraphQLSchema): RowOperations {
  return {
    createAccessRole: {
      action: 'create',
      subject: 'AccessRole',
      atOnce: 1,
      fields: () => ['tenantId', ...fields],
      async apply(context, [row], reach) {
        const { name, description, rules } = row as unknown as Required<RoleRow>
        const { tenantId } = reach
        const input = { tenantId, name, description, rules: await rulesOf(context, rules, reach) }
        return [await createAccessRole(context, schema, input)]
      },
    },
    updateAccessRole: {
      action: 'update',
      subject: 'AccessRole',
      atOnce: 1,
      fields: (input) => fields.filter((field) => input[field] !== undefined),
      async apply(context, [row], reach) {
        const { name, description, rules } = row as unknown as RoleRow
        const changes = { name, description, rules: rules && (await rulesOf(context, rules, reach)) }
        return [await updateAccessRole(context, schema, { ...changes, ...(await findRole(context, row!, reach)) })]
      },
    },
    deleteAccessRole: {
      action: 'delete',
      subject: 'AccessRole',
      atOnce: 1,
      fields: () => [],
      async apply(context, [row], reach) {
        return [await deleteAccessRole(context, await findRole(context, row!, reach))]
      },
    },
  }
}

async function findRole({ database }: AdminContext, { role, version }: RowInput, reach: JobReach): Promise<Found> {
  const [found] = await database.query<Found>(
    'SELECT id, version FROM access_role WHERE tenant_id = $1 AND lower(name) = lower($2)',
    [reach.tenantId, role],
  )
  if (!found) throw notFound(['role'])
  return { id: found.id, version: typeof version === 'number' ? version : found.version }
}

async function rulesOf(context: AdminContext, rules: RoleRule[], { tenantPath }: JobReach): Promise<AccessRuleInput[]> {
  const names = [...new Set(rules.flatMap(({ domains }) => domains ?? []))].filter((name) => !isId(name))
  const ids = await idsOfDomains(context, names, tenantPath)
  for (const [name, id] of ids) if (!(await visibleDomain(context, id))) ids.delete(name)
  return rules.map(({ domains, actions, expiresAt, ...rule }, index) => ({
    ...rule,
    actions: actions.map((action) => action.toLowerCase() as Action),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    domainIds: domains?.map((name) => {
      const id = isId(name) ? name : ids.get(name)
      if (id === undefined) throw notFound(['rules', String(index), 'domains'])
      return id
    }),
  }))
}
