/**
 * Changes of groups. Addresses never change. Members are addresses, and it makes no difference here whether one is a mailbox of the
 * same tenant, of another, or on another host: to ask for more would tell whose addresses are on this platform.
 */
import { groupOwnerAddress, normalizeLocalPart, localPartOf } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type Action, type AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { addressTaken, refuseLoop, requireAddress, requireDomain, requireTargets } from '../domains/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireText, withoutNull } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { Group, groupSubject } from './group.entity.js'
import type { CreateGroupInput, UpdateGroupInput } from './group.types.js'

const maxMembers = 1_000
const maxName = 200
const requireName = (name: string): string => requireText(name, ['name'], maxName)
const requireMembers = (members: string[], field = 'members'): string[] => requireTargets(members, maxMembers, field, 0)
const requireOwners = (owners: string[]): string[] => requireTargets(owners, 20, 'owners')
const requirePosters = (posters: string[]): string[] => requireTargets(posters, 100, 'posters', 0)

async function requireGroup(context: AdminContext, manager: EntityManager, id: string, action: Action): Promise<Group> {
  if (isId(id)) {
    await manager.query(
      `SELECT FROM domain JOIN mail_group ON mail_group.domain_id = domain.id WHERE mail_group.id = $1
       FOR SHARE OF domain FOR UPDATE OF mail_group`,
      [id],
    )
  }
  const group = isId(id)
    ? await manager.findOne(Group, { where: { id }, relations: { domain: { tenant: true } } })
    : null
  authorize(context, action, group && groupSubject(group))
  return group!
}

export async function createGroup(context: AdminContext, input: CreateGroupInput): Promise<string> {
  const { posting } = input
  const lists = {
    members: requireMembers(input.members),
    owners: requireOwners(input.owners),
    posters: requirePosters(input.posters),
  }
  const name = requireName(input.name)
  const id = newId()
  await context.database.transaction(async (manager) => {
    const domain = await requireDomain(context, manager, input.domainId, 'read', ['domainId'])
    const subject = permissionSubject('Group', { id, domainId: domain.id, within: pathsAbove(domain.tenant.path) })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    const address = requireAddress(domain, input.localPart)
    const ownerAddress = groupOwnerAddress(address.address)
    if (normalizeLocalPart(localPartOf(ownerAddress)) === null) {
      throw invalidInput(['localPart'], 'This leaves no room for the address of the owners.', { max: 58 })
    }
    await refuseLoops(manager, { address: address.address, ownerAddress }, lists)
    const row = {
      id,
      domainId: domain.id,
      ...address,
      ownerAddress,
      name,
      status: 'ACTIVE' as const,
      posting,
      ...lists,
    }
    await translateConstraints(addressTaken, () => manager.insert(Group, row))
    await recordChanges(manager, [{ kind: 'Group', id, mailNodeId: domain.mailNodeId }])
  })
  return id
}

export async function updateGroup(context: AdminContext, input: UpdateGroupInput): Promise<string> {
  const given = <T>(field: 'name' | 'members' | 'owners' | 'posting' | 'posters', value: T | null | undefined) =>
    withoutNull(value, [field])
  const [name, members, owners, posters] = [
    given('name', input.name),
    given('members', input.members),
    given('owners', input.owners),
    given('posters', input.posters),
  ]
  const changes: Partial<Group> = {
    name: name === undefined ? undefined : requireName(name),
    members: members === undefined ? undefined : requireMembers(members),
    owners: owners === undefined ? undefined : requireOwners(owners),
    posters: posters === undefined ? undefined : requirePosters(posters),
    posting: given('posting', input.posting),
  }
  const coming = requireMembers(input.addMembers ?? [], 'addMembers')
  const going = new Set(requireMembers(input.removeMembers ?? [], 'removeMembers'))
  return change(context, input, 'update', ({ members }) => {
    if (!isGiven(input.addMembers) && !isGiven(input.removeMembers)) return changes
    const all = new Set([...(changes.members ?? members).filter((address) => !going.has(address)), ...coming])
    return { ...changes, members: requireMembers([...all]) }
  })
}

export const setGroupStatus = (context: AdminContext, input: VersionedInput, status: Status): Promise<string> =>
  change(context, input, 'suspend', () => ({ status }))

async function change(
  context: AdminContext,
  input: VersionedInput,
  action: Action,
  changesOf: (group: Group) => Partial<Group>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const group = await requireGroup(context, manager, input.id, action)
    const changes = changesOf(group)
    await refuseLoops(manager, group, changes)
    await updateVersioned(manager, Group, { id: group.id, version: input.version }, changes)
    await recordChanges(manager, [{ kind: 'Group', id: group.id, mailNodeId: group.domain.mailNodeId }])
    return group.id
  })
}

async function refuseLoops(
  manager: EntityManager,
  { address, ownerAddress }: Pick<Group, 'address' | 'ownerAddress'>,
  { members, owners }: Partial<Pick<Group, 'members' | 'owners'>>,
): Promise<void> {
  if (members) await refuseLoop(manager, address, members, 'members')
  // Bounces that go to the group, or to the owners' own address, would go nowhere.
  if (owners?.some((owner) => owner === address || owner === ownerAddress)) {
    throw new ExpectedError('ADDRESS_LOOP', { path: ['owners'] })
  }
}

export async function deleteGroup(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id, domain } = await requireGroup(context, manager, input.id, 'delete')
    await deleteVersioned(manager, Group, { id, version: input.version })
    await recordChanges(manager, [{ kind: 'Group', id, mailNodeId: domain.mailNodeId }])
    return id
  })
}
