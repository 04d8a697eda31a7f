/** Changes of domains. The names of domains never change; a domain moves between nodes only while it is empty. */
import { displayDomain, normalizeAddress, normalizeDomain } from '@mailfleet/schema'
import { getPublicSuffix } from 'tldts'
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type Action, type AdminContext } from '../access/index.js'
import { requireBudget } from '../budgets/index.js'
import { recordChanges, recordDomainPlacement, recordPoliciesAbove, recordPoliciesOf } from '../changes/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { withoutNull } from '../platform/input.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { keepTenantStatus, requireNotDeleted, requireTenant } from '../tenants/index.js'
import { Domain, domainSubject } from './domain.entity.js'
import type { CreateDomainInput, UpdateDomainInput } from './domain.types.js'
import { placeOn } from './placement.js'

/** The domain, checked against the viewer, for a change in this transaction. It keeps its node until the transaction ends. */
export async function requireDomain(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
  lock: 'FOR SHARE' | 'FOR UPDATE' = 'FOR SHARE',
): Promise<Domain> {
  // Whoever moves the domain waits for us, or we for them: what is made in it must be told to the node that it is on.
  const locked = isId(id) ? await manager.query(`SELECT id FROM domain WHERE id = $1 ${lock}`, [id]) : []
  const domain = locked[0]
    ? await manager.findOne(Domain, { where: { id: locked[0].id }, relations: { tenant: true } })
    : null
  authorize(context, action, domain && domainSubject(domain), path)
  return domain!
}

/** For a change of the domain itself. */
const requireOwnDomain = (context: AdminContext, manager: EntityManager, id: string, action: Action): Promise<Domain> =>
  requireDomain(context, manager, id, action, ['id'], 'FOR UPDATE')

function requireDomainName(input: string): string {
  const name = normalizeDomain(input)
  if (!name || !name.includes('.')) throw invalidInput(['name'], 'This is not a domain name.')
  if (getPublicSuffix(name) === name) throw invalidInput(['name'], 'This is a public suffix, not a domain.')
  return name
}

function requireCatchAll(input: string | null | undefined): string | null | undefined {
  if (!isGiven(input)) return input
  const address = normalizeAddress(input.trim())
  if (!address) throw invalidInput(['catchAll'], 'This is not an e-mail address.')
  return address
}

export async function createDomain(context: AdminContext, input: CreateDomainInput): Promise<string> {
  const name = requireDomainName(input.name)
  const catchAll = requireCatchAll(input.catchAll) ?? null
  const id = newId()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const subject = permissionSubject('Domain', { id, within: pathsAbove(tenant.path) })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    await requireNotDeleted(manager, tenant.path, ['tenantId'])
    await requireBudget(manager, tenant.path, { domains: 1 })
    const mailNodeId = await placeOn(context, manager, input.mailNodeId ?? null)
    const row = { id, tenantId: tenant.id, name, displayName: displayDomain(name), status: 'ACTIVE' as const }
    await translateConstraints(
      {
        domain_name_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] }),
        domain_tenant_fk: () => notFound(['tenantId']),
        domain_mail_node_fk: () => notFound(['mailNodeId']),
      },
      () => manager.insert(Domain, { ...row, mailNodeId, catchAll }),
    )
    await recordPoliciesAbove(manager, id)
    await recordChanges(manager, [{ kind: 'Domain', id, mailNodeId }])
  })
  return id
}

export async function updateDomain(context: AdminContext, input: UpdateDomainInput): Promise<string> {
  const catchAll = requireCatchAll(input.catchAll)
  const wanted = withoutNull(input.mailNodeId, ['mailNodeId'])
  return context.database.transaction(async (manager) => {
    const domain = await requireOwnDomain(context, manager, input.id, 'update')
    const key = { id: domain.id, version: input.version }
    if (wanted === undefined) {
      await updateVersioned(manager, Domain, key, { catchAll })
      await recordChanges(manager, [{ kind: 'Domain', id: domain.id, mailNodeId: domain.mailNodeId }])
      return domain.id
    }
    await keepTenantStatus(manager, domain.tenant.path)
    const mailNodeId = await placeOn(context, manager, wanted)
    await updateVersioned(manager, Domain, key, { catchAll, mailNodeId })
    // The row is locked by now, and so no mailbox can come in after this look.
    const [mailboxes] = await manager.query('SELECT EXISTS (SELECT 1 FROM mailbox WHERE domain_id = $1) AS some', [
      domain.id,
    ])
    if (mailboxes.some && mailNodeId !== domain.mailNodeId) {
      throw new ExpectedError('NOT_EMPTY', { path: ['mailNodeId'] })
    }
    const concerned = new Set([mailNodeId, domain.mailNodeId].filter((node) => node !== null))
    await recordDomainPlacement(manager, domain.id, [...concerned])
    return domain.id
  })
}

export async function setDomainStatus(context: AdminContext, input: VersionedInput, status: Status): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id, mailNodeId } = await requireOwnDomain(context, manager, input.id, 'suspend')
    await updateVersioned(manager, Domain, { id, version: input.version }, { status })
    await recordChanges(manager, [{ kind: 'Domain', id, mailNodeId }])
    return id
  })
}

export async function deleteDomain(context: AdminContext, input: VersionedInput): Promise<string> {
  const notEmpty = () => new ExpectedError('NOT_EMPTY')
  return context.database.transaction(async (manager) => {
    const { id, mailNodeId } = await requireOwnDomain(context, manager, input.id, 'delete')
    await recordPoliciesOf(manager, id, mailNodeId)
    await translateConstraints({ mailbox_domain_fk: notEmpty, alias_domain_fk: notEmpty }, () =>
      deleteVersioned(manager, Domain, { id, version: input.version }),
    )
    await recordChanges(manager, [{ kind: 'Domain', id, mailNodeId }])
    return id
  })
}
