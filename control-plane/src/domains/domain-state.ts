/**
 * Where a domain is in its life:
 *
 *   PENDING_OWNERSHIP → PENDING_DNS → ACTIVE          shown to be its tenant's; found in DNS as it should be
 *                any of the last two ⇄ SUSPENDED
 *                     any proven one ⇄ DELETED → gone
 *
 * A domain that is not proven is a claim and no more: nodes do not hear of it, nothing can be made in it, it takes the name from
 * nobody, and it ends when somebody else proves the name. Proven and not yet found in DNS it works like an active one.
 */
import { registerEnumType } from 'type-graphql'
import type { Domain } from './domain.entity.js'

export const DomainStateEnum = {
  PENDING_OWNERSHIP: 'PENDING_OWNERSHIP',
  PENDING_DNS: 'PENDING_DNS',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
  DELETED: 'DELETED',
} as const
export type DomainState = keyof typeof DomainStateEnum
registerEnumType(DomainStateEnum, {
  name: 'DomainState',
  valuesConfig: {
    PENDING_OWNERSHIP: { description: 'Nobody has shown yet whose it is: no mail node knows it.' },
    PENDING_DNS: { description: 'It works, but its DNS records do not lead to us yet.' },
    ACTIVE: { description: 'Its required DNS records were found.' },
    SUSPENDED: { description: 'Itself; for tenants above see `effectiveStatus`.' },
    DELETED: { description: 'Can be restored until `purgeAt`.' },
  },
  description: 'How far a domain is on its way to working, and out of it.',
})

type StateColumns = Pick<Domain, 'deletedAt' | 'proof' | 'readyAt' | 'status'>

export function stateOf({ deletedAt, proof, readyAt, status }: StateColumns): DomainState {
  if (deletedAt) return 'DELETED'
  if (!proof) return 'PENDING_OWNERSHIP'
  if (status === 'SUSPENDED') return 'SUSPENDED'
  return readyAt ? 'ACTIVE' : 'PENDING_DNS'
}

/** The same for `domain` in SQL. */
export const stateSql = `CASE WHEN domain.deleted_at IS NOT NULL THEN 'DELETED' WHEN domain.proof IS NULL THEN 'PENDING_OWNERSHIP'
  WHEN domain.status = 'SUSPENDED' THEN 'SUSPENDED' WHEN domain.ready_at IS NULL THEN 'PENDING_DNS' ELSE 'ACTIVE' END`
