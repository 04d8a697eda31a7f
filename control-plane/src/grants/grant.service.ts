/**
 * Grants: a tenant offers one, or approves one that was asked for; either side ends it at once. It takes effect by its state alone
 * (access/rights.ts), so that a revoked one is gone with the next request, and from open subscriptions within seconds.
 */
import type { GraphQLSchema } from 'graphql'
import type { EntityManager } from 'typeorm'
import {
  accessible,
  authorize,
  grantedRules,
  may,
  requireCovering,
  requireViewer,
  type Action,
  type AdminContext,
  type RuleTemplate,
} from '../access/index.js'
import { Administrator, requireEmail } from '../administrators/index.js'
import { readPage } from '../platform/connection.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireText } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { updateVersioned } from '../platform/versioned.js'
import { requireGivable, templatesOf } from '../roles/index.js'
import { requireTenant, withinCondition, type Tenant } from '../tenants/index.js'
import { Grant, grantColumns, grantSubject, type GrantState } from './grant.entity.js'
import type { DecideGrantInput, GrantsArguments, OfferGrantInput, RequestGrantInput } from './grant.types.js'
import { beyondReach } from '../platform/database-scope.js'

const maxDays = 90
const maxReason = 500

const grantById = defineEntityLoader(Grant, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleGrant(context: AdminContext, id: string): Promise<Grant | null> {
  const grant = isId(id) ? await grantById(context).load(id.toLowerCase()) : null
  return grant && may(context, 'read', grantSubject(grant)) ? grant : null
}

export async function listGrants(context: AdminContext, request: GrantsArguments): Promise<ConnectionValue<Grant>> {
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'Grant', grantColumns, parameters)]
  const { filter } = request
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters))
  }
  if (isGiven(filter?.state)) conditions.push(`access_grant.state = ${parameters.bind(filter.state, 'text')}`)
  const page = await readPage(context.database, request, {
    from: 'access_grant JOIN tenant ON tenant.id = access_grant.tenant_id',
    id: 'access_grant.id',
    conditions,
    parameters,
    order: { name: 'grant.createdAt', sql: 'access_grant.created_at', type: 'timestamptz', direction: 'DESC' },
  })
  return connectionFrom(page, await loadAll(grantById(context), page.ids))
}

interface Terms {
  rules: RuleTemplate[]
  reason: string
  expiresAt: Date
}

async function termsOf(
  manager: EntityManager,
  schema: GraphQLSchema,
  tenant: Tenant,
  input: RequestGrantInput,
): Promise<Terms> {
  const reason = requireText(input.reason, ['reason'], maxReason)
  const days = (input.expiresAt.getTime() - Date.now()) / 86_400_000
  if (days <= 0 || days > maxDays) throw invalidInput(['expiresAt'], `Within ${maxDays} days.`, { max: maxDays })
  if (input.rules.length === 0) throw invalidInput(['rules'], 'This must not be empty.')
  const rules = await templatesOf(manager, schema, tenant, input.rules)
  if (rules.some(({ effect }) => effect === 'DENY')) throw invalidInput(['rules'], 'A grant denies nothing.')
  return { rules, reason, expiresAt: input.expiresAt }
}

/** Whoever gives has what is given. */
function requireGiver(context: AdminContext, tenant: Tenant, rules: RuleTemplate[], expiresAt: Date): void {
  requireGivable(context, tenant, rules, expiresAt.getTime())
  requireCovering(
    context,
    grantedRules(
      { id: '', rules, tenant, until: expiresAt.getTime() },
      { administratorId: '', tenantPath: tenant.path },
    ),
  )
}

export async function offerGrant(
  context: AdminContext,
  schema: GraphQLSchema,
  input: OfferGrantInput,
): Promise<string> {
  const id = newId()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    if (!may(context, 'create', grantSubject({ id, receiverId: null, tenant }))) throw new ExpectedError('FORBIDDEN')
    const receiverEmail = requireEmail(input.receiverEmail, ['receiverEmail'])
    const terms = await termsOf(manager, schema, tenant, input)
    requireGiver(context, tenant, terms.rules, terms.expiresAt)
    // Mostly of another part of the tree; the giver is not told whether there is one.
    const receiver = await beyondReach(manager, () => manager.findOneBy(Administrator, { email: receiverEmail }))
    const decision = {
      state: 'ACTIVE' as const,
      decidedById: requireViewer(context).administratorId,
      decidedAt: new Date(),
    }
    const row = { id, tenantId: tenant.id, receiverId: receiver?.id ?? null, receiverEmail, ...terms, ...decision }
    await manager.insert(Grant, row as never)
  })
  return id
}

/** Of a tenant that one sees; it gives nothing until somebody of that tenant approves. */
export async function requestGrant(
  context: AdminContext,
  schema: GraphQLSchema,
  input: RequestGrantInput,
): Promise<string> {
  const id = newId()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const terms = await termsOf(manager, schema, tenant, input)
    const receiver = await manager.findOneByOrFail(Administrator, { id: requireViewer(context).administratorId })
    const who = { receiverId: receiver.id, receiverEmail: receiver.email }
    await manager.insert(Grant, { id, tenantId: tenant.id, ...who, ...terms, state: 'REQUESTED' } as never)
  })
  return id
}

async function requireGrant(context: AdminContext, manager: EntityManager, id: string, action: Action): Promise<Grant> {
  const grant = isId(id) ? await manager.findOne(Grant, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, grant && grantSubject(grant))
  return grant!
}

export async function decideGrant(context: AdminContext, input: DecideGrantInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const grant = await requireGrant(context, manager, input.id, 'update')
    if (grant.state !== 'REQUESTED') throw invalidInput(['id'], 'This grant was decided on already.')
    if (input.approve) requireGiver(context, grant.tenant, grant.rules, grant.expiresAt)
    return decide(context, manager, grant, input.version, input.approve ? 'ACTIVE' : 'DECLINED')
  })
}

/** By either side. */
export async function revokeGrant(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const grant = await requireGrant(context, manager, input.id, 'delete')
    return decide(context, manager, grant, input.version, 'REVOKED')
  })
}

async function decide(
  context: AdminContext,
  manager: EntityManager,
  grant: Grant,
  version: number,
  state: GrantState,
): Promise<string> {
  const decision = { state, decidedById: requireViewer(context).administratorId, decidedAt: new Date() }
  await updateVersioned(manager, Grant, { id: grant.id, version }, decision)
  return grant.id
}
