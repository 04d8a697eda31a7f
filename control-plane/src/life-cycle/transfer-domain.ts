/**
 * Gives a domain, with all in it, to another tenant. Whoever does it may take it away where it is and make one where it goes.
 *
 * Its node serves it all along and only learns who is above it now, and which mailboxes share nothing any more: members are of one tenant. What follows from the place in the tree follows by itself: rights,
 * policies from above, budgets. Roles and grants of the former tenant reach no further than that tenant, also those that name the
 * domain. What the log and the audit trail hold of it stays with whoever had it then.
 */
import type { EntityManager } from 'typeorm'
import { may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { recordDeparture } from '../audit/index.js'
import { transferWithinBudgets } from '../budgets/index.js'
import { recordDomainTransfer } from '../changes/index.js'
import { requireOwnDomain, type Domain } from '../domains/index.js'
import { endForeignMembers } from '../mailboxes/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { beyondReach } from '../platform/database-scope.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { requireNotDeleted, requireTenant, type Tenant } from '../tenants/index.js'

export interface DomainTransfer {
  id: string
  version: number
  tenantId: string
}

export async function transferDomain(context: AdminContext, input: DomainTransfer): Promise<string> {
  return context.database.transaction(async (manager) => {
    const domain = await requireOwnDomain(context, manager, input.id, 'delete')
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    const there = permissionSubject('Domain', { id: domain.id, within: pathsAbove(tenant.path) })
    if (!may(context, 'create', there)) throw new ExpectedError('FORBIDDEN', { path: ['tenantId'] })
    refuseDeleted(domain)
    if (tenant.id === domain.tenantId) throw invalidInput(['tenantId'], 'The domain is there already.')
    await moveDomain(manager, domain, tenant, { version: input.version })
    return domain.id
  })
}

/** Of a domain that is locked, for whoever may give it and may take it. `departure`: as whom its former tenant is told. */
export async function moveDomain(
  manager: EntityManager,
  domain: Domain,
  tenant: Tenant,
  { version, departure = as }: { version: number; departure?: typeof as },
): Promise<void> {
  await keepPlaces(manager, domain.tenant, tenant)
  const { path: fromPath } = domain.tenant
  await transferWithinBudgets(manager, domain.id, [fromPath, tenant.path], () =>
    changeTenant(manager, domain, tenant, version),
  )
  const { id, mailNodeId } = domain
  await departure(manager, async () => {
    await manager.query('DELETE FROM domain_transfer WHERE domain_id = $1', [id])
    await endForeignMembers(manager, id)
    const gone: { id: string; name: string }[] = await manager.query(
      'SELECT id, name FROM domain WHERE id = $1 OR alias_of_id = $1',
      [id],
    )
    for (const { id: subjectId, name: label } of gone)
      await recordDeparture(manager, { subjectType: 'Domain', subjectId, label, fromTenantId: domain.tenantId })
  })
  if (mailNodeId) await recordDomainTransfer(manager, { id, mailNodeId }, { fromPath, toPath: tenant.path })
}

/** The caller's own doing, wherever it shows. */
const as = <T>(manager: EntityManager, work: () => Promise<T>): Promise<T> => beyondReach(manager, work)

/** Neither tenant is moved or deleted until the transaction ends, nor was it since it was read. */
async function keepPlaces(manager: EntityManager, from: Tenant, to: Tenant): Promise<void> {
  await requireNotDeleted(manager, from.path, ['id'])
  await requireNotDeleted(manager, to.path, ['tenantId'])
  const [still] = await manager.query(
    `SELECT count(*)::integer AS count FROM tenant WHERE (id, path) IN (($1, $2::ltree), ($3, $4::ltree))`,
    [from.id, from.path, to.id, to.path],
  )
  if (still.count !== 2) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
}

async function changeTenant(manager: EntityManager, domain: Domain, to: Tenant, version: number): Promise<void> {
  const [, changed] = await translateConstraints(
    {
      domain_claim_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['tenantId'] }),
      domain_alias_of_fk: () => invalidInput(['id'], 'It stands for another domain, and goes where that goes.'),
    },
    () =>
      manager.query(
        'UPDATE domain SET tenant_id = $3, version = version + 1, updated_at = now() WHERE id = $1 AND version = $2',
        [domain.id, version, to.id],
      ),
  )
  if (changed !== 1) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
  // A claim's token is of the tenant that claims: what was published for the one proves nothing for the other.
  await manager.query(
    `UPDATE domain SET ownership_token = replace(gen_random_uuid()::text, '-', '')
     WHERE (id = $1 OR alias_of_id = $1) AND proof IS NULL`,
    [domain.id],
  )
}
