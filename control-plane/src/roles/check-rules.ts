/** Takes rules from a caller: they make sense, they name what there is, and they give no more than the caller may give. */
import { isInputObjectType, isObjectType, type GraphQLSchema } from 'graphql'
import type { EntityManager } from 'typeorm'
import {
  endingBy,
  hasGuardedFields,
  intersect,
  isScopeOf,
  requireCovering,
  rulesFrom,
  subjectKinds,
  tenantCeiling,
  type AdminContext,
  type Rule,
  type RuleTemplate,
} from '../access/index.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import { isId, newId } from '../platform/ids.js'
import type { Tenant } from '../tenants/index.js'
import type { AccessRuleInput } from './access-rule.types.js'

const maxRules = 30
const maxDomains = 100

export async function templatesOf(
  manager: EntityManager,
  schema: GraphQLSchema,
  owner: Tenant,
  rules: readonly AccessRuleInput[],
): Promise<RuleTemplate[]> {
  if (rules.length > maxRules) throw invalidInput(['rules'], `At most ${maxRules} rules.`, { max: maxRules })
  const templates = rules.map((rule, index) => templateOf(schema, rule, ['rules', String(index)]))
  const domainIds = [...new Set(templates.flatMap((template) => template.domainIds ?? []))]
  const [found] = await manager.query(
    `SELECT count(*)::integer AS count FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE domain.id = ANY($1::uuid[]) AND tenant.path <@ $2::ltree`,
    [domainIds, owner.path],
  )
  if (found.count !== domainIds.length) throw notFound(['rules', 'domainIds'])
  return templates
}

function templateOf(schema: GraphQLSchema, rule: AccessRuleInput, path: string[]): RuleTemplate {
  const { effect, actions, subjects, scope } = rule
  if (actions.length === 0) throw invalidInput([...path, 'actions'], 'This must not be empty.')
  if (subjects.length === 0) throw invalidInput([...path, 'subjects'], 'This must not be empty.')
  for (const subject of subjects) {
    if (!isScopeOf(scope, subject)) {
      throw invalidInput([...path, 'scope'], `The scope ${scope} says nothing about a ${subject}.`, { scope, subject })
    }
  }
  const domainIds = [...new Set((rule.domainIds ?? []).map((id) => id.toLowerCase()))]
  const some = domainIds.length > 0 && domainIds.length <= maxDomains && domainIds.every(isId)
  if ((scope === 'DOMAIN') !== domainIds.length > 0 || (scope === 'DOMAIN' && !some)) {
    throw invalidInput([...path, 'domainIds'], `With the scope DOMAIN 1 to ${maxDomains} domains, else none.`)
  }
  checkFields(schema, rule, [...path, 'fields'])
  return {
    effect,
    actions: [...new Set(actions)],
    subjects: [...new Set(subjects)],
    fields: rule.fields ? [...new Set(rule.fields)] : null,
    scope,
    domainIds: domainIds.length > 0 ? domainIds : null,
    expiresAt: rule.expiresAt?.toISOString() ?? null,
  }
}

/** A misspelt field would deny nothing, and so each of them must be there. */
function checkFields(schema: GraphQLSchema, { fields, actions, subjects }: AccessRuleInput, path: string[]): void {
  if (!fields) return
  if (fields.length === 0) throw invalidInput(path, 'This must not be empty.')
  for (const action of actions) {
    for (const subject of subjects) {
      const prefix = { read: '', create: 'Create', update: 'Update' }[action as string]
      const type =
        prefix === undefined
          ? undefined
          : (schema.getType(prefix && `${prefix}${subject}Input`) ?? schema.getType(subject))
      // A rule that nothing holds to would only seem to hide.
      if (action === 'read' && isObjectType(type) && !hasGuardedFields(type)) {
        throw invalidInput(path, `A ${subject} is read as a whole.`, { subject })
      }
      const known = isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()) : []
      const unknown = fields.find((field) => !known.includes(field))
      if (unknown !== undefined) {
        throw invalidInput(path, `A ${subject} has no such field to ${action}.`, {
          field: unknown.slice(0, 100),
          subject,
        })
      }
    }
  }
}

/** What the rules give to somebody at the tenant that owns them, which is the most that they ever give. */
function rulesAt(owner: Tenant, templates: readonly RuleTemplate[]): Rule[] {
  const target = { tenantPath: owner.path, administratorPath: owner.path, administratorId: newId() }
  return templates.flatMap((template) => rulesFrom(template, target, { kind: 'TOKEN' }))
}

/** Neither more than the caller has, nor what the tenant cannot give at all. */
export function requireGivable(
  context: AdminContext,
  owner: Tenant,
  templates: readonly RuleTemplate[],
  until: number | null = null,
): void {
  const ceiling = tenantCeiling(owner)
  const denials = templates.filter(({ effect }) => effect === 'DENY')
  templates.forEach((template, index) => {
    const path = ['rules', String(index)]
    const platformOnly = template.subjects.find((name) => subjectKinds[name].owner === 'platform')
    if (platformOnly && owner.kind !== 'PLATFORM') throw notGivable(platformOnly, path)
    if (template.effect === 'DENY') return
    for (const rule of rulesAt(owner, [template])) {
      for (const action of rule.actions) {
        const given = intersect([{ ...rule, actions: [action] }], ceiling).some(({ effect }) => effect === 'ALLOW')
        if (!given) throw notGivable(rule.subject, path)
      }
    }
    // What others of the rules deny need not be had.
    requireCovering(context, endingBy(intersect(rulesAt(owner, [template, ...denials]), ceiling), until), path)
  })
}

const notGivable = (subject: string, path: string[]): ExpectedError =>
  new ExpectedError('FORBIDDEN', {
    message: 'The tenant has no such right to give.',
    path,
    params: { subject },
  })

/** To lift a denial is to give what was denied: it takes somebody who has that. */
export function requireLiftable(context: AdminContext, owner: Tenant, templates: readonly RuleTemplate[]): void {
  const denied = rulesAt(owner, templates).filter(({ effect }) => effect === 'DENY')
  const lifted = denied.map((rule) => ({ ...rule, effect: 'ALLOW' as const }))
  requireCovering(context, intersect(lifted, tenantCeiling(owner)), ['rules'])
}
