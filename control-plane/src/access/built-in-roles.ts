/**
 * The roles that are always there, in the form in which all others are kept. The fullest role of a kind of tenant is the
 * ceiling of that tenant: no role that it makes, and no grant that it gives, reaches above it.
 */
import type { Rule, RuleOrigin } from './rules.js'
import { rulesFrom, type RuleTarget, type RuleTemplate } from './rule-template.js'
import type { Action, SubjectName } from './subjects.js'
import type { Role } from './viewer.js'

/** Whom a role may make, change and remove: none higher than itself. */
const below: Record<Role, Role[]> = {
  PLATFORM_ADMIN: ['PLATFORM_ADMIN', 'RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT', 'CUSTOM'],
  RESELLER: ['RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT', 'CUSTOM'],
  CUSTOMER_ADMIN: ['CUSTOMER_ADMIN', 'SUPPORT', 'CUSTOM'],
  SUPPORT: [],
  CUSTOM: [],
}

const write: Action[] = ['create', 'update', 'suspend', 'delete']
const mail: SubjectName[] = [
  'Domain',
  'Mailbox',
  'Alias',
  'Group',
  'Forward',
  'AppPassword',
  'Policy',
  'DkimKey',
  'Job',
  'QueuedMessage',
  'QueueHold',
]
const delegation: SubjectName[] = ['AccessRole', 'RoleAssignment', 'Grant', 'IdentitySource']

const allow = (actions: Action[], subjects: SubjectName[], more: Partial<RuleTemplate> = {}): RuleTemplate => ({
  effect: 'ALLOW',
  actions,
  subjects,
  scope: 'SUBTREE',
  ...more,
})
const denyAtOwnTenant = (actions: Action[], subjects: SubjectName[]): RuleTemplate => ({
  effect: 'DENY',
  actions,
  subjects,
  scope: 'TENANT',
})

const support = [
  allow(
    ['read'],
    ['Tenant', 'Administrator', 'MailEvent', 'Budget', 'Webhook', 'SavedSearch', 'Rollout', ...mail, ...delegation],
  ),
]
const customerAdmin = [
  ...support,
  allow(['read'], ['AuditEntry']),
  allow(write, ['Webhook', 'SavedSearch', ...mail, ...delegation]),
  allow(write, ['Administrator'], { roles: below.CUSTOMER_ADMIN }),
  allow(['read', 'delete'], ['Session', 'ApiToken'], { roles: below.CUSTOMER_ADMIN }),
]
const reseller = [
  ...support,
  allow(['read'], ['AuditEntry']),
  allow(write, ['Tenant', 'Webhook', 'SavedSearch', ...mail, ...delegation]),
  allow([...write, 'impersonate'], ['Administrator'], { roles: below.RESELLER }),
  allow(['read', 'delete'], ['Session', 'ApiToken'], { roles: below.RESELLER }),
  allow(['update'], ['Budget']),
  denyAtOwnTenant(['create', 'suspend', 'delete'], ['Tenant']),
  // Nobody raises their own ceiling.
  denyAtOwnTenant(['update'], ['Budget']),
]

const templates: Record<Exclude<Role, 'PLATFORM_ADMIN'>, RuleTemplate[]> = {
  RESELLER: reseller,
  CUSTOMER_ADMIN: customerAdmin,
  SUPPORT: support,
  CUSTOM: [],
}

/** What everybody has, whatever their roles. */
const baseline: RuleTemplate[] = [
  { effect: 'ALLOW', actions: ['read'], subjects: ['Administrator', 'RoleAssignment'], scope: 'SELF' },
  { effect: 'ALLOW', actions: ['read', 'delete'], subjects: ['Grant'], scope: 'SELF' },
  { effect: 'ALLOW', actions: ['read'], subjects: ['Tenant'], scope: 'TENANT' },
  { effect: 'ALLOW', actions: ['read', 'update'], subjects: ['Job'], scope: 'SELF' },
  { effect: 'ALLOW', actions: ['read', ...write], subjects: ['SavedSearch'], scope: 'SELF' },
  { effect: 'ALLOW', actions: ['read', ...write], subjects: ['ApiToken'], scope: 'SELF' },
  { effect: 'ALLOW', actions: ['read', 'delete'], subjects: ['Session'], scope: 'SELF' },
]

export const baselineRules = (target: RuleTarget): Rule[] =>
  baseline.flatMap((template) => rulesFrom(template, target, { kind: 'BASELINE' }))

export function builtInRules(role: Role, target: RuleTarget, origin: RuleOrigin): Rule[] {
  if (role === 'PLATFORM_ADMIN')
    return [{ effect: 'ALLOW', actions: ['manage'], subject: 'all', conditions: {}, origin }]
  return templates[role].flatMap((template) => rulesFrom(template, target, origin))
}

const fullestRole = { PLATFORM: 'PLATFORM_ADMIN', RESELLER: 'RESELLER', CUSTOMER: 'CUSTOMER_ADMIN' } as const

/** The most that a tenant can give away. */
export function tenantCeiling(tenant: { id: string; kind: keyof typeof fullestRole; path: string }): Rule[] {
  const role = fullestRole[tenant.kind]
  const target = { tenantPath: tenant.path, administratorId: '', administratorPath: tenant.path }
  return builtInRules(role, target, { kind: 'BUILT_IN_ROLE', role, tenantId: tenant.id, assignmentId: null })
}
