/**
 * Administrators that a source keeps: made, changed, deactivated and activated again; never deleted, since what they did is told by
 * who they were. Each function is to be called in a transaction, with the source's own context.
 */
import { randomBytes } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import type { AdminContext } from '../access/index.js'
import { createAdministrator, endSessions, maxAdministratorName } from '../administrators/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { storableText } from '../platform/storable-text.js'
import type { IdentitySource } from './identity-source.entity.js'
import { assignRoles, rolesFor } from './role-mapping.js'

export interface Person {
  issuer: string
  subject: string
  email: string
  name: string
  /** Null: the source does not say. */
  groups: readonly string[] | null
}

export interface LinkedAdministrator {
  identityId: string
  administratorId: string
  tenantId: string
  email: string
  name: string
  role: string
  status: 'ACTIVE' | 'SUSPENDED'
  active: boolean
}

/** Known to nobody, and longer than any policy asks for. */
const unusablePassword = (): string => randomBytes(120).toString('base64url')

/** What people there are called may be anything. */
export function displayName(name: string, email: string): string {
  const line = storableText(name)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
  return [...(line || email)].slice(0, maxAdministratorName).join('')
}

export function requireOwnDomain({ emailDomains }: IdentitySource, email: string): void {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  if (emailDomains.length > 0 && !emailDomains.includes(domain)) {
    throw invalidInput(['email'], 'The source keeps nobody in this e-mail domain.')
  }
}

/** Locks it. */
export async function linkedAdministrator(
  manager: EntityManager,
  sourceId: string,
  by: { issuer: string; subject: string } | { identityId: string },
): Promise<LinkedAdministrator | null> {
  const [condition, values] =
    'identityId' in by
      ? ['link.id = $2', [by.identityId]]
      : ['link.issuer = $2 AND link.subject = $3', [by.issuer, by.subject]]
  const rows: LinkedAdministrator[] = await manager.query(
    `SELECT link.id AS "identityId", administrator.id AS "administratorId", administrator.tenant_id AS "tenantId",
       administrator.email, administrator.name, administrator.role, administrator.status, link.active
     FROM external_identity AS link JOIN administrator ON administrator.id = link.administrator_id
     WHERE link.identity_source_id = $1 AND ${condition} FOR UPDATE OF link, administrator`,
    [sourceId, ...values],
  )
  return rows[0] ?? null
}

export async function link(
  manager: EntityManager,
  source: IdentitySource,
  { issuer, subject }: Pick<Person, 'issuer' | 'subject'>,
  administratorId: string,
  attributes: object = {},
): Promise<string> {
  const id = newId()
  await manager.query(
    `INSERT INTO external_identity (id, identity_source_id, issuer, subject, administrator_id, attributes)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, source.id, issuer, subject, administratorId, JSON.stringify(attributes)],
  )
  return id
}

/** `governedBy`: by which source they sign in; null: by a password that somebody sets. */
export async function createPerson(
  context: AdminContext,
  manager: EntityManager,
  source: IdentitySource,
  person: Person,
  governedBy: string | null = source.id,
  attributes: object = {},
): Promise<{ identityId: string; administratorId: string }> {
  const roles = rolesFor(source, person.groups ?? [])
  if (!roles) throw new ExpectedError('FORBIDDEN', { message: 'No role is mapped to any of the groups.' })
  requireOwnDomain(source, person.email)
  const administratorId = await createAdministrator(context, {
    tenantId: source.tenantId,
    email: person.email,
    name: displayName(person.name, person.email),
    role: roles.role,
    password: unusablePassword(),
  })
  await manager.query('UPDATE administrator SET identity_source_id = $2 WHERE id = $1', [administratorId, governedBy])
  await assignRoles(manager, source, { id: administratorId, tenantId: source.tenantId }, roles.accessRoleIds)
  return { administratorId, identityId: await link(manager, source, person, administratorId, attributes) }
}

/**
 * Name and roles as the source has them now. False: its groups let them in no longer. The built-in role is the source's to say; what
 * somebody gave besides stays.
 */
export async function refreshPerson(
  manager: EntityManager,
  source: IdentitySource,
  linked: LinkedAdministrator,
  person: Pick<Person, 'name' | 'groups'>,
): Promise<boolean> {
  const roles = person.groups === null ? null : rolesFor(source, person.groups)
  if (person.groups !== null && !roles) return false
  const name = displayName(person.name, linked.email)
  const role = roles?.role ?? linked.role
  if (role !== linked.role) await keepPlatformAdministrator(manager, linked)
  if (name !== linked.name || role !== linked.role) {
    await manager.query(
      'UPDATE administrator SET name = $2, role = $3, version = version + 1, updated_at = now() WHERE id = $1',
      [linked.administratorId, name, role],
    )
  }
  const administrator = { id: linked.administratorId, tenantId: linked.tenantId }
  if (roles) await assignRoles(manager, source, administrator, roles.accessRoleIds)
  return true
}

/**
 * What the source takes away, it gives back: whom somebody here has suspended stays so. Whatever rights they have got here since,
 * they lose them with the rest.
 */
export async function setPersonActive(
  manager: EntityManager,
  linked: LinkedAdministrator,
  active: boolean,
): Promise<void> {
  if (linked.active === active) return
  if (!active) await keepPlatformAdministrator(manager, linked)
  const [, changed]: [unknown, number] = await manager.query(
    `UPDATE administrator SET status = $2, version = version + 1, updated_at = now() WHERE id = $1 AND status <> $2
       AND ($2 = 'SUSPENDED' OR (SELECT suspended FROM external_identity WHERE id = $3))`,
    [linked.administratorId, active ? 'ACTIVE' : 'SUSPENDED', linked.identityId],
  )
  await noteActive(manager, linked.identityId, active, !active && changed > 0)
  if (!active) await endSessions(manager, linked.administratorId)
}

/** `suspended`: by the source just now, which may take it back. */
export async function noteActive(
  manager: EntityManager,
  identityId: string,
  active: boolean,
  suspended: boolean,
): Promise<void> {
  await manager.query('UPDATE external_identity SET active = $2, suspended = $3, updated_at = now() WHERE id = $1', [
    identityId,
    active,
    suspended,
  ])
}

async function keepPlatformAdministrator(
  manager: EntityManager,
  { administratorId, role }: LinkedAdministrator,
): Promise<void> {
  if (role !== 'PLATFORM_ADMIN') return
  const active: { id: string }[] = await manager.query(
    `SELECT id FROM administrator WHERE role = 'PLATFORM_ADMIN' AND status = 'ACTIVE' ORDER BY id FOR UPDATE`,
  )
  if (!active.some(({ id }) => id !== administratorId)) throw new ExpectedError('LAST_ADMINISTRATOR')
}
