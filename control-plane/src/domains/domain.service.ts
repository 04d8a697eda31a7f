/** Domains are made and changed. The names of domains never change; a domain moves between nodes only while it is empty. */
import { displayDomain, normalizeAddress, normalizeDomain } from '@mailfleet/schema'
import { getPublicSuffix } from 'tldts'
import type { EntityManager } from 'typeorm'
import { may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { requireBudget } from '../budgets/index.js'
import { recordChanges, recordDomainPlacement, recordPoliciesAbove } from '../changes/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { withoutNull } from '../platform/input.js'
import { updateVersioned } from '../platform/versioned.js'
import { keepTenantStatus, requireNotDeleted, requireTenant } from '../tenants/index.js'
import { aliasDomain, requireNothingIn, requireStandInFor } from './alias-domain.js'
import { Domain } from './domain.entity.js'
import type { CreateDomainInput, UpdateDomainInput } from './domain.types.js'
import { initialProof, isProven, lockName, settleProof } from './ownership.js'
import { placeOn } from './placement.js'
import { requireOwnDomain } from './require-domain.js'

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

const nameTaken = () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] })

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
    await lockName(manager, name)
    if (await isProven(manager, name)) throw nameTaken()
    const proof = await initialProof(context, manager, name, subject, input.ownership ?? null)
    const aliasOf = isGiven(input.aliasOfId)
      ? await requireStandInFor(context, manager, input.aliasOfId, tenant.id)
      : null
    if (aliasOf && catchAll !== null) throw aliasDomain('catchAll')
    if (aliasOf && isGiven(input.mailNodeId)) throw aliasDomain('mailNodeId')
    const mailNodeId = aliasOf ? aliasOf.mailNodeId : await placeOn(context, manager, input.mailNodeId ?? null)
    const aliasOfId = aliasOf?.id ?? null
    const row = { id, tenantId: tenant.id, name, displayName: displayDomain(name), status: 'ACTIVE' as const }
    await translateConstraints(
      {
        domain_name_key: nameTaken,
        domain_claim_key: nameTaken,
        domain_tenant_fk: () => notFound(['tenantId']),
        domain_mail_node_fk: () => notFound(['mailNodeId']),
      },
      () => manager.insert(Domain, { ...row, mailNodeId, catchAll, aliasOfId, proof, provenAt: proof && new Date() }),
    )
    if (!proof) return
    await settleProof(manager, { id, name })
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
    refuseDeleted(domain)
    const aliasOfId = input.aliasOfId === undefined ? domain.aliasOfId : input.aliasOfId
    if (aliasOfId !== null) refuseOwn({ catchAll: catchAll === undefined ? domain.catchAll : catchAll, wanted })
    const key = { id: domain.id, version: input.version }
    if (isGiven(input.aliasOfId)) {
      const target = await requireStandInFor(context, manager, input.aliasOfId, domain.tenantId)
      if (target.id === domain.id) throw aliasDomain('aliasOfId')
      await requireNothingIn(manager, domain)
      await updateVersioned(manager, Domain, key, { catchAll, aliasOfId: target.id, mailNodeId: target.mailNodeId })
      await recordMove(manager, domain, target.mailNodeId)
      return domain.id
    }
    if (wanted === undefined) {
      await updateVersioned(manager, Domain, key, { catchAll, aliasOfId })
      await recordChanges(manager, [{ kind: 'Domain', id: domain.id, mailNodeId: domain.mailNodeId }])
      return domain.id
    }
    await keepTenantStatus(manager, domain.tenant.path)
    const mailNodeId = await placeOn(context, manager, wanted)
    await updateVersioned(manager, Domain, key, { catchAll, aliasOfId, mailNodeId })
    // The row is locked by now, and so no mailbox can come in after this look.
    const [mailboxes] = await manager.query('SELECT EXISTS (SELECT 1 FROM mailbox WHERE domain_id = $1) AS some', [
      domain.id,
    ])
    if (mailboxes.some && mailNodeId !== domain.mailNodeId) {
      throw new ExpectedError('NOT_EMPTY', { path: ['mailNodeId'] })
    }
    await recordMove(manager, domain, mailNodeId)
    return domain.id
  })
}

/** It is served where the other domain is, and that one says where mail for unknown addresses goes. */
function refuseOwn({ catchAll, wanted }: { catchAll: string | null; wanted: string | undefined }): void {
  if (catchAll !== null) throw aliasDomain('catchAll')
  if (wanted !== undefined) throw aliasDomain('mailNodeId')
}

async function recordMove(manager: EntityManager, domain: Domain, to: string | null): Promise<void> {
  const concerned = new Set([to, domain.mailNodeId].filter((node) => node !== null))
  await recordDomainPlacement(manager, domain.id, [...concerned])
}
