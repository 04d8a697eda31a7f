/**
 * Domains that stand for another: `x@` the one is `x@` the other, for every x. They have no addresses of their own, so that an address
 * means one thing; and none stands for one that itself stands for another, so that there are no chains and no loops.
 */
import type { EntityManager } from 'typeorm'
import type { AdminContext } from '../access/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { Domain } from './domain.entity.js'
import { requireDomain } from './require-domain.js'

export const aliasDomain = (field: string): ExpectedError => new ExpectedError('ALIAS_DOMAIN', { path: [field] })

/** The domain that another of the tenant may stand for. It stays one until the transaction ends. */
export async function requireStandInFor(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  tenantId: string,
): Promise<Domain> {
  const target = await requireDomain(context, manager, id, 'update', ['aliasOfId'])
  if (target.tenantId !== tenantId) throw invalidInput(['aliasOfId'], 'This domain belongs to another tenant.')
  if (target.aliasOfId !== null) throw aliasDomain('aliasOfId')
  return target
}

/** Before a domain, whose row is locked, becomes one that stands for another. */
export async function requireNothingIn(manager: EntityManager, { id }: Domain): Promise<void> {
  const [held] = await manager.query(
    `SELECT EXISTS (SELECT 1 FROM domain WHERE alias_of_id = $1) AS aliases,
       EXISTS (SELECT 1 FROM mailbox WHERE domain_id = $1) OR EXISTS (SELECT 1 FROM alias WHERE domain_id = $1)
         OR EXISTS (SELECT 1 FROM mail_group WHERE domain_id = $1) AS addresses`,
    [id],
  )
  if (held.aliases) throw aliasDomain('aliasOfId')
  if (held.addresses) throw new ExpectedError('NOT_EMPTY', { path: ['aliasOfId'] })
}
