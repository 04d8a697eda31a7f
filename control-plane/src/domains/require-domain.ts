/** Domains at the beginning of a change: found, checked against the viewer, and locked until the transaction ends. */
import { In, type EntityManager } from 'typeorm'
import { authorize, type Action, type AdminContext } from '../access/index.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { Domain, domainSubject } from './domain.entity.js'

/** By id. Whoever moves one waits for us, or we for them: what is made in it must be told to the node that it is on. */
async function lockDomains(
  manager: EntityManager,
  ids: readonly string[],
  lock: 'FOR SHARE' | 'FOR UPDATE',
): Promise<Map<string, Domain>> {
  // In one order everywhere, so that two lists do not wait for each other.
  const locked: { id: string }[] = await manager.query(
    `SELECT id FROM domain WHERE id = ANY($1::uuid[]) ORDER BY id ${lock}`,
    [ids.filter(isId)],
  )
  if (locked.length === 0) return new Map()
  const where = { id: In(locked.map(({ id }) => id)) }
  const domains = await manager.find(Domain, { where, relations: { tenant: true } })
  return new Map(domains.map((domain) => [domain.id, domain]))
}

/** The domain, checked against the viewer and locked, for a change of the domain itself in this transaction. */
export async function requireOwnDomain(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  { path = ['id'], lock = 'FOR UPDATE' as 'FOR SHARE' | 'FOR UPDATE' } = {},
): Promise<Domain> {
  const domain = (await lockDomains(manager, [id], lock)).get(id.toLowerCase()) ?? null
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
  return (await requireDomains(context, manager, [id], action, path)).get(id)!
}

/** The same for many, by the ids that were given: two statements, however many there are. */
export async function requireDomains(
  context: AdminContext,
  manager: EntityManager,
  ids: readonly string[],
  action: Action,
  path: string[],
): Promise<Map<string, Domain>> {
  const locked = await lockDomains(manager, ids, 'FOR SHARE')
  const domains = new Map<string, Domain>()
  for (const id of ids) {
    const domain = locked.get(id.toLowerCase()) ?? null
    authorize(context, action, domain && domainSubject(domain), path)
    if (!domain!.proof) throw new ExpectedError('DOMAIN_NOT_PROVEN', { path })
    refuseDeleted(domain!, path)
    domains.set(id, domain!)
  }
  return domains
}
