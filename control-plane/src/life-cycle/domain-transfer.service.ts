/**
 * A domain goes to a tenant of another part of the tree, with the will of both: who has it makes an offer and gets a code, and tells that
 * to whoever shall have it. Who has the code takes the domain into a tenant of theirs. Neither sees anything of the other in here, not
 * even that they exist.
 *
 * The offer is worth what its maker may at the moment at which it is accepted: who was suspended since, or may not give the domain
 * away any more, has offered nothing. Room in the budgets of the receiver is looked at then too.
 */
import type { EntityManager } from 'typeorm'
import {
  hashOf,
  issueStepSecret,
  may,
  pathsAbove,
  permissionSubject,
  requireViewer,
  standingViewer,
  starterOf,
  type AdminContext,
  type Starter,
} from '../access/index.js'
import { domainSubject, Domain, requireOwnDomain } from '../domains/index.js'
import { asNobody, beyondReach } from '../platform/database-scope.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { defineLoader } from '../platform/loader.js'
import { requireTenant } from '../tenants/index.js'
import type { AcceptDomainTransferInput, DomainTransfer, OfferDomainTransferInput } from './domain-transfer.types.js'
import { moveDomain } from './transfer-domain.js'

const usualDays = 7
const maxDays = 30
const day = 86_400_000

/** With a code that is told here and never again. An offer that there was ends with the new one. */
export async function offerDomainTransfer(context: AdminContext, input: OfferDomainTransferInput): Promise<string> {
  const viewer = requireViewer(context)
  if (viewer.impersonator) {
    throw new ExpectedError('FORBIDDEN', { message: 'Not while you act as somebody else.' })
  }
  const expiresAt = input.expiresAt ?? new Date(Date.now() + usualDays * day)
  const days = (expiresAt.getTime() - Date.now()) / day
  if (!(days > 0 && days <= maxDays)) throw invalidInput(['expiresAt'], `Within ${maxDays} days.`, { max: maxDays })
  const { id, secret, hash } = issueStepSecret()
  await context.database.transaction(async (manager) => {
    const domain = await requireOwnDomain(context, manager, input.domainId, 'delete', { path: ['domainId'] })
    refuseDeleted(domain, ['domainId'])
    if (!domain.proof) throw new ExpectedError('DOMAIN_NOT_PROVEN', { path: ['domainId'] })
    if (domain.aliasOfId) throw new ExpectedError('ALIAS_DOMAIN', { path: ['domainId'] })
    await manager.query('DELETE FROM domain_transfer WHERE domain_id = $1', [domain.id])
    await manager.query(
      `INSERT INTO domain_transfer (id, domain_id, tenant_id, code_hash, starter, offered_by_email, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, domain.id, domain.tenantId, hash, starterOf(viewer), viewer.email, expiresAt],
    )
  })
  return secret
}

export async function cancelDomainTransfer(context: AdminContext, domainId: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const domain = await requireOwnDomain(context, manager, domainId, 'delete', { path: ['domainId'] })
    const [, ended] = await manager.query('DELETE FROM domain_transfer WHERE domain_id = $1 AND expires_at > now()', [
      domain.id,
    ])
    if (ended !== 1) throw new ExpectedError('WRONG_STATE', { path: ['domainId'] })
    return domain.id
  })
}

export async function acceptDomainTransfer(context: AdminContext, input: AcceptDomainTransferInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const there = permissionSubject('Domain', { id: newId(), within: pathsAbove(tenant.path) })
    if (!may(context, 'create', there)) throw new ExpectedError('FORBIDDEN', { path: ['tenantId'] })
    // From here on with what its receiver does not reach yet: the code stands for the giver's will.
    return beyondReach(manager, async () => {
      const domain = await takeOffered(context, manager, input.code)
      if (tenant.id === domain.tenantId) throw invalidInput(['tenantId'], 'The domain is there already.')
      await asNobody(manager, async () => {
        await manager.query('UPDATE domain_transfer SET accepted_at = now() WHERE domain_id = $1', [domain.id])
      })
      await moveDomain(manager, domain, tenant, { version: domain.version, departure: asNobody })
      return domain.id
    })
  })
}

interface OfferRow {
  domain_id: string
  tenant_id: string
  starter: Starter
}

/** The domain, locked. Whatever is wrong with the offer, there is none. */
async function takeOffered(context: AdminContext, manager: EntityManager, code: string): Promise<Domain> {
  const none = notFound(['code'])
  if (code.length > 200) throw none
  const offers = (lock: string): Promise<OfferRow[]> =>
    manager.query(
      `SELECT domain_id, tenant_id, starter FROM domain_transfer WHERE code_hash = $1 AND expires_at > now() ${lock}`,
      [hashOf(code.trim())],
    )
  const [found] = await offers('')
  if (!found) throw none
  // In the order of all that changes domains: first its row.
  await manager.query('SELECT FROM domain WHERE id = $1 FOR UPDATE', [found.domain_id])
  const [offer] = await offers('FOR UPDATE')
  const domain = await manager.findOne(Domain, { where: { id: found.domain_id }, relations: { tenant: true } })
  if (!offer || !domain?.proof || domain.deletedAt || domain.tenantId !== offer.tenant_id) throw none
  const giver = await standingViewer(context.system.within(manager), offer.starter)
  if (!giver?.ability.can('delete', domainSubject(domain))) throw none
  return domain
}

interface TransferRow {
  id: string
  domain_id: string
  offered_by_email: string
  created_at: Date
  expires_at: Date
}

/** Of a domain; null also for whoever may not give it away. */
export const transferOfDomain = defineLoader<AdminContext, Domain, DomainTransfer | null>(async (context, domains) => {
  const own = domains.filter((domain) => may(context, 'delete', domainSubject(domain)))
  const rows =
    own.length === 0
      ? []
      : await context.database.query<TransferRow>(
          `SELECT id, domain_id, offered_by_email, created_at, expires_at FROM domain_transfer
           WHERE domain_id = ANY($1::uuid[]) AND expires_at > now()`,
          [own.map(({ id }) => id)],
        )
  const byDomain = new Map(rows.map((row) => [row.domain_id, row]))
  return domains.map(({ id }) => {
    const row = byDomain.get(id)
    return row ? { offeredBy: row.offered_by_email, createdAt: row.created_at, expiresAt: row.expires_at } : null
  })
})
