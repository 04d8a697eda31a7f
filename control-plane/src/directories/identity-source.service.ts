/**
 * Changes of identity sources. Whoever sets one up decides who comes in as whom: it gives no role that its maker has not got
 * (role-mapping.ts), and whoever changes it must have all that those have who sign in through it, as if it were their passwords.
 */
import type { EntityManager } from 'typeorm'
import {
  authorize,
  effectiveRules,
  hashOf,
  issueTokenSecret,
  loadRights,
  may,
  pathsAbove,
  permissionSubject,
  requireCovering,
  type Action,
  type AdminContext,
} from '../access/index.js'
import { requireAdministrator } from '../administrators/index.js'
import { beyondReach } from '../platform/database-scope.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireText, withoutNull } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { requireTenant, type Tenant } from '../tenants/index.js'
import { leadDomains, requireEmailDomains } from './email-domains.js'
import { IdentitySource, identitySourceSubject, isOfKind } from './identity-source.entity.js'
import type {
  AssignIdentitySourceInput,
  CreateIdentitySourceInput,
  RenewIdentitySourceTokenInput,
  UpdateIdentitySourceInput,
} from './identity-source.types.js'
import { requireGivableRole, requireMapping } from './role-mapping.js'
import { requireSettings } from './require-settings.js'

const maxName = 200
const nameTaken = { identity_source_name_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] }) }

export interface MadeSource {
  id: string
  token: string | null
}

/** The source, checked against the viewer and locked, for a change in this transaction. */
export async function requireIdentitySource(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<IdentitySource> {
  if (isId(id)) await manager.query('SELECT FROM identity_source WHERE id = $1 FOR UPDATE', [id])
  const found = isId(id) ? await manager.findOne(IdentitySource, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, found && identitySourceSubject(found), path)
  return found!
}

export async function createIdentitySource(
  context: AdminContext,
  input: CreateIdentitySourceInput,
): Promise<MadeSource> {
  const name = requireText(input.name, ['name'], maxName)
  const id = newId()
  const token = input.kind === 'SCIM' ? issueTokenSecret() : null
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const within = pathsAbove(tenant.path)
    if (!may(context, 'create', permissionSubject('IdentitySource', { id, within })))
      throw new ExpectedError('FORBIDDEN')
    const fresh = { id, tenant, tenantId: tenant.id, kind: input.kind, defaultRole: null, roleMapping: [] }
    const { settings, secret } = await requireSettings(
      context,
      manager,
      fresh as unknown as IdentitySource,
      input,
      null,
    )
    const row = {
      id,
      tenantId: tenant.id,
      kind: input.kind,
      name,
      status: 'ACTIVE' as const,
      emailDomains: [],
      defaultRole: null,
      roleMapping: [],
      localSignIn: true,
      createsAdministrators: false,
      ...(await changesOf(context, manager, { id, tenant }, input)),
      settings,
      sealedSecret: secret ?? null,
      tokenHash: token?.hash ?? null,
    }
    requireKeeper(context, { tenant, kind: row.kind, settings } as IdentitySource)
    await translateConstraints(nameTaken, () => manager.insert(IdentitySource, row as never))
    await leadDomains(manager, id, row.emailDomains)
  })
  return { id, token: token?.secret ?? null }
}

export async function updateIdentitySource(context: AdminContext, input: UpdateIdentitySourceInput): Promise<string> {
  const name = withoutNull(input.name, ['name'])
  return context.database.transaction(async (manager) => {
    const source = await requireIdentitySource(context, manager, input.id, 'update')
    await requireCoveringGoverned(context, manager, source.id)
    requireKeeper(context, source)
    const changes: Partial<IdentitySource> = {
      name: name === undefined ? undefined : requireText(name, ['name'], maxName),
      ...(await changesOf(context, manager, source, input)),
    }
    const given = { OIDC: input.oidc, LDAP: input.ldap, SCIM: input.scim }[source.kind]
    if (isGiven(given)) {
      const { settings, secret } = await requireSettings(context, manager, source, input, source.settings)
      changes.settings = settings
      if (secret !== undefined) changes.sealedSecret = secret
      requireKeeper(context, { ...source, settings })
    }
    const key = { id: source.id, version: input.version }
    await translateConstraints(nameTaken, () => updateVersioned(manager, IdentitySource, key, changes))
    if (isGiven(input.oidc) && isOfKind(source, 'OIDC') && source.settings.issuer !== input.oidc.issuer) {
      // Its subjects are other people's. They are known again by their addresses.
      await manager.query('DELETE FROM external_identity WHERE identity_source_id = $1', [source.id])
    }
    if (changes.emailDomains) await leadDomains(manager, source.id, changes.emailDomains)
    return source.id
  })
}

async function changesOf(
  context: AdminContext,
  manager: EntityManager,
  source: { id: string; tenant: Tenant },
  input: CreateIdentitySourceInput | UpdateIdentitySourceInput,
): Promise<Partial<IdentitySource>> {
  const giver = { ...source, defaultRole: null, roleMapping: [] }
  const { defaultRole } = input
  const given: Partial<IdentitySource> = {
    emailDomains: isGiven(input.emailDomains)
      ? await requireEmailDomains(manager, source.tenant, input.emailDomains)
      : undefined,
    defaultRole: isGiven(defaultRole) ? requireGivableRole(context, giver, defaultRole, ['defaultRole']) : defaultRole,
    roleMapping: isGiven(input.roleMapping)
      ? await requireMapping(context, manager, giver, input.roleMapping)
      : undefined,
    localSignIn: input.localSignIn ?? undefined,
    createsAdministrators: input.createsAdministrators ?? undefined,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** What the source makes and changes by itself, whoever sets it up may make and change. */
function requireKeeper(context: AdminContext, source: Pick<IdentitySource, 'kind' | 'tenant' | 'settings'>): void {
  const full = source as IdentitySource
  const keepsMailboxes = isOfKind(full, 'LDAP') && full.settings.provisions === 'MAILBOXES'
  requireCovering(context, [
    {
      effect: 'ALLOW',
      actions: keepsMailboxes ? ['create', 'update', 'suspend'] : ['create', 'update'],
      subject: keepsMailboxes ? 'Mailbox' : 'Administrator',
      conditions: keepsMailboxes
        ? { within: source.tenant.path }
        : { within: source.tenant.path, role: { $in: ['SUPPORT', 'CUSTOM'] } },
      origin: { kind: 'TOKEN' },
    },
  ])
}

export async function requireCoveringGoverned(
  context: AdminContext,
  manager: EntityManager,
  sourceId: string,
): Promise<void> {
  const rights = await beyondReach(manager, async () => {
    const rows: { id: string }[] = await manager.query('SELECT id FROM administrator WHERE identity_source_id = $1', [
      sourceId,
    ])
    return loadRights(
      manager,
      rows.map(({ id }) => id),
    )
  })
  for (const held of rights.values()) {
    if (held.administratorId !== context.viewer?.administratorId) requireCovering(context, effectiveRules(held))
  }
}

/** Suspended, nobody comes in through it, and those who have are signed out. */
export async function setIdentitySourceStatus(
  context: AdminContext,
  input: VersionedInput,
  status: Status,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const source = await requireIdentitySource(context, manager, input.id, 'suspend')
    if (status === 'ACTIVE') await requireCoveringGoverned(context, manager, source.id)
    await updateVersioned(manager, IdentitySource, { id: source.id, version: input.version }, { status })
    if (status === 'SUSPENDED') await endSessionsThrough(manager, source.id)
    return source.id
  })
}

/** Its administrators stay, without a way in until somebody sets their passwords. */
export async function deleteIdentitySource(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const source = await requireIdentitySource(context, manager, input.id, 'delete')
    await endSessionsThrough(manager, source.id)
    await deleteVersioned(manager, IdentitySource, { id: source.id, version: input.version })
    return source.id
  })
}

const endSessionsThrough = (manager: EntityManager, sourceId: string): Promise<unknown> =>
  manager.query(
    `DELETE FROM session USING administrator WHERE administrator.id = session.administrator_id
     AND administrator.identity_source_id = $1 AND session.method IN ('OIDC', 'LDAP')`,
    [sourceId],
  )

export async function renewIdentitySourceToken(
  context: AdminContext,
  input: RenewIdentitySourceTokenInput,
): Promise<MadeSource> {
  const token = issueTokenSecret()
  return context.database.transaction(async (manager) => {
    const source = await requireIdentitySource(context, manager, input.identitySourceId, 'update', ['identitySourceId'])
    if (source.kind !== 'SCIM') throw invalidInput(['identitySourceId'], 'Only a source of kind SCIM has a token.')
    await requireCoveringGoverned(context, manager, source.id)
    const key = { id: source.id, version: input.version }
    await updateVersioned(manager, IdentitySource, key, { tokenHash: hashOf(token.secret) })
    return { id: source.id, token: token.secret }
  })
}

/** Who may set their password may also say by which source they sign in. */
export async function assignIdentitySource(context: AdminContext, input: AssignIdentitySourceInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { administratorId, identitySourceId, version } = input
    const found = await requireAdministrator(context, manager, administratorId, 'update', ['administratorId'])
    if (isGiven(identitySourceId)) {
      const path = ['identitySourceId']
      const source = await requireIdentitySource(context, manager, identitySourceId, 'read', path)
      if (source.kind === 'SCIM') throw invalidInput(path, 'Nobody signs in through a source of kind SCIM.')
      if (!`${found.tenant.path}.`.startsWith(`${source.tenant.path}.`)) {
        throw invalidInput(path, "This is no source of the administrator's tenant, or of one above it.")
      }
    }
    const [, changed] = await manager.query(
      `UPDATE administrator SET identity_source_id = $2, version = version + 1, updated_at = now()
       WHERE id = $1 AND version = $3`,
      [found.id, identitySourceId ?? null, version],
    )
    if (changed !== 1) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
    // Who keeps them (SCIM) is another matter than how they sign in.
    await beyondReach(manager, () =>
      manager.query(
        `DELETE FROM external_identity USING identity_source AS source
       WHERE administrator_id = $1 AND source.id = identity_source_id AND source.kind <> 'SCIM'
         AND source.id IS DISTINCT FROM $2::uuid`,
        [found.id, identitySourceId ?? null],
      ),
    )
    return found.id
  })
}
