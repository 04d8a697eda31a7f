/** A rule of a role, as it is written down: it becomes a rule where the role is given to somebody, at a tenant. */
import type { Conditions } from './conditions.js'
import type { Rule, RuleOrigin } from './rules.js'
import { subjectKinds, type Action, type SubjectName } from './subjects.js'

export const scopeNames = ['SUBTREE', 'TENANT', 'DOMAIN', 'SELF'] as const
export type Scope = (typeof scopeNames)[number]

export interface RuleTemplate {
  effect: 'ALLOW' | 'DENY'
  actions: readonly Action[]
  subjects: readonly SubjectName[]
  /** Absent or null: all. */
  fields?: readonly string[] | null
  /** The tenant that the role is given at and all below it; that tenant alone; some domains in it; the administrator themself. */
  scope: Scope
  /** With the scope DOMAIN. */
  domainIds?: readonly string[] | null
  /** ISO 8601; afterwards the rule is as if it were not there. */
  expiresAt?: string | null
  /** Of administrators, their sessions and their tokens, those with these roles only. */
  roles?: readonly string[]
}

/** Who gets the role, and where. */
export interface RuleTarget {
  tenantPath: string
  administratorId: string
  administratorPath: string
}

/** Kinds of objects that hold the role of the administrator whom they are about. */
const ofAdministrators: readonly SubjectName[] = ['Administrator', 'Session', 'ApiToken']

/** Whether a scope says something about such objects at all. */
export function isScopeOf(scope: Scope, subject: SubjectName): boolean {
  const { owner, domain, self } = subjectKinds[subject]
  if (scope === 'SELF') return self !== undefined
  if (scope === 'DOMAIN') return domain !== undefined
  return owner === 'tenant' || (owner === 'platform' && scope === 'SUBTREE')
}

export function rulesFrom(template: RuleTemplate, target: RuleTarget, origin: RuleOrigin, now = Date.now()): Rule[] {
  if (template.expiresAt && Date.parse(template.expiresAt) <= now) return []
  const { effect, actions, fields } = template
  const ends = template.expiresAt ? { until: Date.parse(template.expiresAt) } : {}
  return template.subjects.flatMap((subject) => {
    const conditions = conditionsOf(template, target, subject)
    if (!conditions) return []
    const narrowed: Conditions =
      template.roles && ofAdministrators.includes(subject)
        ? { ...conditions, role: { $in: template.roles } }
        : conditions
    return [{ effect, actions, subject, ...(fields && { fields }), conditions: narrowed, ...ends, origin }]
  })
}

function conditionsOf(template: RuleTemplate, target: RuleTarget, subject: SubjectName): Conditions | null {
  const { owner, domain, self } = subjectKinds[subject]
  if (!isScopeOf(template.scope, subject)) return null
  switch (template.scope) {
    case 'SELF': {
      const own = { [self!]: target.administratorId }
      return owner === 'tenant' && subject === 'Administrator' ? { within: target.administratorPath, ...own } : own
    }
    case 'DOMAIN':
      return { within: target.tenantPath, [domain!]: { $in: template.domainIds ?? [] } }
    case 'TENANT':
      return { tenantPath: target.tenantPath }
    case 'SUBTREE':
      if (owner === 'tenant') return { within: target.tenantPath }
      // What is the platform's belongs to no tenant: it takes a role at the root of the tree.
      return target.tenantPath.includes('.') ? null : {}
  }
}
