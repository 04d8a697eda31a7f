/**
 * How a domain comes to be its tenant's: by a TXT record that only who runs its DNS can publish; by a domain above it that the caller
 * may change, whose owner runs the DNS below it too; or because somebody with the right to waive the proof says so.
 *
 * The first proof wins, and all other claims to the name end with it. Claims and proofs of one name come one after the other.
 */
import { getDomain } from 'tldts'
import type { EntityManager } from 'typeorm'
import { may, permissionSubject, type AdminContext } from '../access/index.js'
import { recordDomainPlacement } from '../changes/index.js'
import { ExpectedError } from '../platform/errors.js'
import { Domain, domainSubject, type OwnershipProof } from './domain.entity.js'
import type { ExpectedRecord } from './expected-record.js'
import { asNobody, beyondReach } from '../platform/database-scope.js'

export const ownershipRecord = ({ name, ownershipToken }: Pick<Domain, 'name' | 'ownershipToken'>): ExpectedRecord => ({
  purpose: 'OWNERSHIP',
  need: 'REQUIRED',
  type: 'TXT',
  host: `_mailfleet.${name}`,
  value: `mailfleet-verification=${ownershipToken}`,
  priority: null,
})

/** Until the transaction ends, nobody else claims or proves the name. */
export async function lockName(manager: EntityManager, name: string): Promise<void> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('domain ' || $1, 0))`, [name])
}

export async function isProven(manager: EntityManager, name: string): Promise<boolean> {
  const [row] = await beyondReach(manager, () =>
    manager.query('SELECT EXISTS (SELECT FROM domain WHERE name = $1 AND proof IS NOT NULL) AS proven', [name]),
  )
  return row.proven
}

/** The proof that a new domain has from the start, if any. */
export async function initialProof(
  context: AdminContext,
  manager: EntityManager,
  name: string,
  subject: ReturnType<typeof permissionSubject>,
  wanted: 'PROVE' | 'WAIVE' | null,
): Promise<OwnershipProof | null> {
  const mayWaive = may(context, 'waive', subject)
  if (wanted === 'WAIVE' && !mayWaive) throw new ExpectedError('FORBIDDEN', { path: ['ownership'] })
  if (wanted === 'PROVE') return null
  if (mayWaive) return 'WAIVED'
  const above = namesAbove(name)
  const parents = above.length > 0 ? await manager.find(Domain, { where: above, relations: { tenant: true } }) : []
  const isOurs = (domain: Domain) => domain.proof && !domain.deletedAt && may(context, 'update', domainSubject(domain))
  return parents.some(isOurs) ? 'PARENT' : null
}

/** `a.b.example.org` → `b.example.org`, `example.org`: down to what is registered, below which one party runs the DNS. */
function namesAbove(name: string): { name: string }[] {
  const registered = getDomain(name, { allowPrivateDomains: true })
  const names: { name: string }[] = []
  for (let rest = name; registered && rest !== registered && rest.includes('.');) {
    rest = rest.slice(rest.indexOf('.') + 1)
    names.push({ name: rest })
  }
  return names
}

/** The caller holds the row for update, and `lockName`. From now on its node serves it. */
export async function prove(manager: EntityManager, domain: Domain, proof: OwnershipProof): Promise<void> {
  if (await isProven(manager, domain.name)) throw new ExpectedError('ALREADY_EXISTS')
  await settleProof(manager, domain)
  await manager.query(
    'UPDATE domain SET proof = $2, proven_at = now(), version = version + 1, updated_at = now() WHERE id = $1',
    [domain.id, proof],
  )
  await recordDomainPlacement(manager, domain.id, domain.mailNodeId ? [domain.mailNodeId] : [])
}

/** What follows from the proof: the name is taken, and keys are made for it (dkim/first-keys.ts). */
export async function settleProof(manager: EntityManager, domain: Pick<Domain, 'id' | 'name'>): Promise<void> {
  await endOtherClaims(manager, domain)
  await manager.query('INSERT INTO dkim_first_keys (domain_id) VALUES ($1) ON CONFLICT DO NOTHING', [domain.id])
}

/** Claims hold nothing, and no node knows of them. Those who lose one learn that, and not to whom. */
async function endOtherClaims(manager: EntityManager, { id, name }: Pick<Domain, 'id' | 'name'>): Promise<void> {
  await asNobody(manager, () =>
    manager.query('DELETE FROM domain WHERE name = $1 AND id <> $2 AND proof IS NULL', [name, id]),
  )
}
