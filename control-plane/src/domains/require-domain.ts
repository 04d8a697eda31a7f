/** Domains at the beginning of a change: found, checked against the viewer, and locked until the transaction ends. */
import type { EntityManager } from 'typeorm'
import { authorize, type Action, type AdminContext } from '../access/index.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { Domain, domainSubject } from './domain.entity.js'

/** The domain, checked against the viewer and locked, for a change of the domain itself in this transaction. */
export async function requireOwnDomain(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  { path = ['id'], lock = 'FOR UPDATE' as 'FOR SHARE' | 'FOR UPDATE' } = {},
): Promise<Domain> {
  // Whoever moves the domain waits for us, or we for them: what is made in it must be told to the node that it is on.
  const locked = isId(id) ? await manager.query(`SELECT id FROM domain WHERE id = $1 ${lock}`, [id]) : []
  const domain = locked[0]
    ? await manager.findOne(Domain, { where: { id: locked[0].id }, relations: { tenant: true } })
    : null
  authorize(context, action, domain && domainSubject(domain), path)
  return domain!
}

/**
 * The domain, checked against the viewer, for something that is to be in it. It keeps its node until the transaction ends. Nothing
 * is made in one that is only claimed: addresses would be taken from whoever owns it.
 */
export async function requireDomain(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<Domain> {
  const domain = await requireOwnDomain(context, manager, id, action, { path, lock: 'FOR SHARE' })
  if (!domain.proof) throw new ExpectedError('DOMAIN_NOT_PROVEN', { path })
  refuseDeleted(domain, path)
  return domain
}
