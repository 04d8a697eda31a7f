/** Suspension, deletion with a time of grace, and the waiver of the ownership proof. */
import type { EntityManager } from 'typeorm'
import type { Action, AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { changeStatus, markDeleted, refuseDeleted, restoreDeleted } from '../platform/deletion.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { deleteVersioned, requireVersion } from '../platform/versioned.js'
import { Domain } from './domain.entity.js'
import { requireOwnDomain } from './require-domain.js'
import { lockName, prove } from './ownership.js'

type Change = (manager: EntityManager, domain: Domain) => Promise<void>

async function changeLife(
  context: AdminContext,
  { id }: VersionedInput,
  action: Action,
  change: Change,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const domain = await requireOwnDomain(context, manager, id, action)
    await change(manager, domain)
    await recordChanges(manager, [{ kind: 'Domain', id: domain.id, mailNodeId: domain.mailNodeId }])
    return domain.id
  })
}

export const setDomainStatus = (
  context: AdminContext,
  input: VersionedInput,
  status: Status,
  receiving = false,
): Promise<string> =>
  changeLife(context, input, 'suspend', (manager, domain) =>
    changeStatus(manager, Domain, domain, input.version, status, receiving),
  )

/**
 * It stops at once; its mail stays where it is, and its name is taken, until the purge. `permanently` brings the purge forward to
 * now. A claim holds nothing that could come back, and goes at once.
 */
export const deleteDomain = (context: AdminContext, input: VersionedInput, permanently: boolean): Promise<string> =>
  changeLife(context, input, 'delete', async (manager, domain) => {
    if (!domain.proof) return deleteVersioned(manager, Domain, { id: domain.id, version: input.version })
    if (!domain.deletedAt || !permanently) await markDeleted(manager, Domain, domain, input.version)
    else await requireVersion(manager, 'domain', { id: domain.id, version: input.version })
    if (permanently) await manager.query('UPDATE domain SET purge_at = now() WHERE id = $1', [domain.id])
  })

/** As it was: with its node, its mail, and all addresses in it. */
export const restoreDomain = (context: AdminContext, input: VersionedInput): Promise<string> =>
  changeLife(context, input, 'delete', (manager, domain) => restoreDeleted(manager, Domain, domain, input.version))

export async function waiveOwnership(context: AdminContext, { id, version }: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { name } = await requireOwnDomain(context, manager, id, 'waive', { lock: 'FOR SHARE' })
    // Whoever proves the name locks it first and then the rows: in that order here too.
    await lockName(manager, name)
    const domain = await requireOwnDomain(context, manager, id, 'waive')
    await requireVersion(manager, 'domain', { id: domain.id, version })
    if (domain.proof) return domain.id
    refuseDeleted(domain)
    await prove(manager, domain, 'WAIVED')
    return domain.id
  })
}
