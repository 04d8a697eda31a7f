/**
 * Roles as CASL rules: the only authority on who may do what. The same rules decide about one object, become SQL for
 * lists, and are sent to the console.
 *
 * `within` of an object is the list of its tenant's path and of all paths above: `{ within: path }` means the tenant at that
 * path and all below it. What no rule allows is denied; there is no rule for mail nodes but the platform
 * administrator's, so that to everyone else there are none.
 */
import { AbilityBuilder, createMongoAbility, subject, type MongoAbility, type MongoQuery } from '@casl/ability'
import { packRules } from '@casl/ability/extra'
import type { Role, ViewerIdentity } from './viewer.js'

export type Action = 'read' | 'create' | 'update' | 'suspend' | 'delete'
export type SubjectName =
  'Tenant' | 'Administrator' | 'Domain' | 'Mailbox' | 'Alias' | 'Forward' | 'MailNode' | 'MailEvent' | 'ApiToken'

type Fields = Record<string, unknown>
export type AppAbility = MongoAbility<
  [Action | 'manage', SubjectName | 'all' | (Fields & { __caslSubjectType__: SubjectName })]
>
export type PermissionSubject = Fields & { __caslSubjectType__: SubjectName }

/** An object as rules see it. */
export const permissionSubject = (name: SubjectName, fields: Fields): PermissionSubject =>
  subject(name, { ...fields }) as unknown as PermissionSubject

/** A path and all above it: `a.b.c` → `a`, `a.b`, `a.b.c`. */
export function pathsAbove(path: string | null): string[] {
  if (path === null) return []
  const labels = path.split('.')
  return labels.map((_, index) => labels.slice(0, index + 1).join('.'))
}

/** Whom a role may make, change and remove: none higher than itself. */
export const grantableRoles: Record<Role, Role[]> = {
  PLATFORM_ADMIN: ['PLATFORM_ADMIN', 'RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT'],
  RESELLER: ['RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT'],
  CUSTOMER_ADMIN: ['CUSTOMER_ADMIN', 'SUPPORT'],
  SUPPORT: [],
}

const write: Action[] = ['create', 'update', 'suspend', 'delete']
const mailSubjects: SubjectName[] = ['Domain', 'Mailbox', 'Alias', 'Forward']

export function abilityFor(viewer: ViewerIdentity): AppAbility {
  const { can, cannot, build } = new AbilityBuilder<AppAbility>(createMongoAbility)
  const rule = (actions: Action[], subjects: SubjectName[], conditions: MongoQuery) =>
    can(actions, subjects, conditions as never)
  if (viewer.role === 'PLATFORM_ADMIN') {
    can('manage', 'all')
    return build()
  }
  const within = { within: viewer.tenantPath }
  rule(['read'], ['Tenant', 'Administrator', 'MailEvent', ...mailSubjects], within)
  rule(['read', ...write], ['ApiToken'], { administratorId: viewer.administratorId })
  if (viewer.role === 'SUPPORT') return build()

  rule(write, mailSubjects, within)
  rule(write, ['Administrator'], { ...within, role: { $in: grantableRoles[viewer.role] } })
  if (viewer.role === 'RESELLER') {
    rule(write, ['Tenant'], within)
    cannot(['create', 'suspend', 'delete'], 'Tenant', { id: viewer.tenantId } as never)
  }
  return build()
}

export const packedRulesOf = (ability: AppAbility): string => JSON.stringify(packRules(ability.rules))
