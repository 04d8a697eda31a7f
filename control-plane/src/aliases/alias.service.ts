/** Changes of aliases. Addresses never change. */
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type Action, type AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { addressTaken, refuseLoop, requireAddress, requireDomain, requireTargets } from '../domains/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { withoutNull } from '../platform/input.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { Alias, aliasSubject } from './alias.entity.js'
import type { CreateAliasInput, UpdateAliasInput } from './alias.types.js'

const maxTargets = 100

async function requireAlias(context: AdminContext, manager: EntityManager, id: string, action: Action): Promise<Alias> {
  if (isId(id)) {
    await manager.query(
      'SELECT FROM domain JOIN alias ON alias.domain_id = domain.id WHERE alias.id = $1 FOR SHARE OF domain',
      [id],
    )
  }
  const alias = isId(id)
    ? await manager.findOne(Alias, { where: { id }, relations: { domain: { tenant: true } } })
    : null
  authorize(context, action, alias && aliasSubject(alias))
  return alias!
}

export async function createAlias(context: AdminContext, input: CreateAliasInput): Promise<string> {
  const targets = requireTargets(input.targets, maxTargets)
  const id = newId()
  await context.database.transaction(async (manager) => {
    const domain = await requireDomain(context, manager, input.domainId, 'read', ['domainId'])
    const subject = permissionSubject('Alias', { id, domainId: domain.id, within: pathsAbove(domain.tenant.path) })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    const address = requireAddress(domain, input.localPart)
    await refuseLoop(manager, address.address, targets)
    const row = { id, domainId: domain.id, ...address, status: 'ACTIVE' as const, targets }
    await translateConstraints(addressTaken, () => manager.insert(Alias, row))
    await recordChanges(manager, [{ kind: 'Alias', id, mailNodeId: domain.mailNodeId }])
  })
  return id
}

export async function updateAlias(context: AdminContext, input: UpdateAliasInput): Promise<string> {
  const given = withoutNull(input.targets, ['targets'])
  const targets = given === undefined ? undefined : requireTargets(given, maxTargets)
  return change(context, input, 'update', { targets })
}

export const setAliasStatus = (context: AdminContext, input: VersionedInput, status: Status): Promise<string> =>
  change(context, input, 'suspend', { status })

async function change(
  context: AdminContext,
  input: VersionedInput,
  action: Action,
  changes: Partial<Alias>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id, address, domain } = await requireAlias(context, manager, input.id, action)
    if (changes.targets) await refuseLoop(manager, address, changes.targets)
    await updateVersioned(manager, Alias, { id, version: input.version }, changes)
    await recordChanges(manager, [{ kind: 'Alias', id, mailNodeId: domain.mailNodeId }])
    return id
  })
}

export async function deleteAlias(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id, domain } = await requireAlias(context, manager, input.id, 'delete')
    await deleteVersioned(manager, Alias, { id, version: input.version })
    await recordChanges(manager, [{ kind: 'Alias', id, mailNodeId: domain.mailNodeId }])
    return id
  })
}
