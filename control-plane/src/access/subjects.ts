/**
 * What rules are about. One entry for each kind of object: to whom such objects belong, and which of their fields the
 * scopes of a rule look at. A new kind of object needs an entry here, and its `permissionSubject` the fields named.
 */
import { subject } from '@casl/ability'

export const actionNames = ['read', 'create', 'update', 'suspend', 'delete', 'impersonate', 'waive'] as const
export type Action = (typeof actionNames)[number]

interface SubjectKind {
  /**
   * `tenant`: within a tenant's part of the tree. `platform`: of nobody but the platform.
   */
  owner: 'tenant' | 'platform'
  /** Holds the id of the domain that it is in. */
  domain?: 'id' | 'domainId'
  /** Holds the id of the administrator whom it is about. */
  self?: 'id' | 'administratorId'
  /** Lets people in or gives them rights: out of reach while one acts as somebody else. */
  credential?: true
}

const kinds = {
  Tenant: { owner: 'tenant' },
  Administrator: { owner: 'tenant', self: 'id', credential: true },
  AccessRole: { owner: 'tenant', credential: true },
  RoleAssignment: { owner: 'tenant', self: 'administratorId', credential: true },
  Grant: { owner: 'tenant', self: 'administratorId', credential: true },
  Session: { owner: 'tenant', self: 'administratorId', credential: true },
  Budget: { owner: 'tenant' },
  Domain: { owner: 'tenant', domain: 'id' },
  Mailbox: { owner: 'tenant', domain: 'domainId' },
  Alias: { owner: 'tenant', domain: 'domainId' },
  Group: { owner: 'tenant', domain: 'domainId' },
  Forward: { owner: 'tenant', domain: 'domainId' },
  AppPassword: { owner: 'tenant', domain: 'domainId', credential: true },
  Policy: { owner: 'tenant', domain: 'domainId' },
  DkimKey: { owner: 'tenant', domain: 'domainId' },
  Rollout: { owner: 'tenant' },
  Job: { owner: 'tenant', self: 'administratorId' },
  MailEvent: { owner: 'tenant', domain: 'domainId' },
  QueuedMessage: { owner: 'tenant', domain: 'domainId' },
  QueueHold: { owner: 'tenant', domain: 'domainId' },
  SavedSearch: { owner: 'tenant', self: 'administratorId' },
  AuditEntry: { owner: 'tenant' },
  Webhook: { owner: 'tenant', credential: true },
  MailNode: { owner: 'platform' },
  Ban: { owner: 'platform' },
  IdentitySource: { owner: 'tenant', credential: true },
  ApiToken: { owner: 'tenant', self: 'administratorId', credential: true },
} as const satisfies Record<string, SubjectKind>

export type SubjectName = keyof typeof kinds
export const subjectKinds: Record<SubjectName, SubjectKind> = kinds
export const subjectNames = Object.keys(kinds) as SubjectName[]

type Fields = Record<string, unknown>
export type PermissionSubject = Fields & { __caslSubjectType__: SubjectName }

/** A path and all above it: `a.b.c` → `a`, `a.b`, `a.b.c`. */
export function pathsAbove(path: string | null): string[] {
  if (path === null) return []
  const labels = path.split('.')
  return labels.map((_, index) => labels.slice(0, index + 1).join('.'))
}

/**
 * An object as rules see it; of a tenant's object, `within` is `pathsAbove` of the tenant's path. A field that a scope looks at
 * must be there: where it is not, a rule that denies would not.
 */
export function permissionSubject(name: SubjectName, fields: Fields): PermissionSubject {
  const { owner, domain, self } = subjectKinds[name]
  const within = fields.within as string[] | undefined
  for (const field of [owner === 'tenant' ? 'within' : undefined, domain, self]) {
    if (field !== undefined && fields[field] === undefined) throw new Error(`a ${name} for rules lacks its ${field}`)
  }
  const tenantPath = within ? { tenantPath: within.at(-1) ?? null } : {}
  return subject(name, { ...fields, ...tenantPath }) as unknown as PermissionSubject
}
