import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { displayAddress, Domain, effectiveStatusOfDomain } from '../domains/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Group } from './group.entity.js'
import { listGroups, visibleGroup } from './group.queries.js'
import { createGroup, deleteGroup, setGroupStatus, updateGroup } from './group.service.js'
import { GroupConnection, GroupsArguments, GroupPayload, CreateGroupInput, UpdateGroupInput } from './group.types.js'

@Resolver(() => Group)
export class GroupResolver {
  @Query(() => Group, { nullable: true })
  @Allow('read', 'Group')
  group(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Group | null> {
    return visibleGroup(context, id)
  }

  @Query(() => GroupConnection)
  @Allow('read', 'Group')
  groups(
    @Args(() => GroupsArguments) request: GroupsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Group>> {
    return listGroups(context, request)
  }

  @FieldResolver(() => String, { description: 'The address with the domain as people write it.' })
  displayAddress(@Root() group: Group): string {
    return displayAddress(group.address)
  }

  @FieldResolver(() => StatusEnum, { description: '`SUSPENDED` also where its domain or a tenant above is.' })
  async effectiveStatus(@Root() group: Group, @Ctx() context: AdminContext): Promise<Status> {
    return group.status === 'SUSPENDED' ? 'SUSPENDED' : effectiveStatusOfDomain(context, group.domain)
  }

  /** Whoever sees an group sees its domain: both are a matter of the same path. */
  @FieldResolver(() => Domain, { description: 'In which it is.' })
  domain(@Root() group: Group): Domain {
    return group.domain
  }

  @Mutation(() => GroupPayload, {
    description: 'Makes an address that leads to its members; `ADDRESS_LOOP` where it would lead to itself.',
  })
  @Allow('create', 'Group')
  async createGroup(@Arg('input', () => CreateGroupInput) input: CreateGroupInput, @Ctx() context: AdminContext) {
    return payload(context, await createGroup(context, input))
  }

  @Mutation(() => GroupPayload, {
    description:
      'Changes a group, its members as a whole or some of them; `ADDRESS_LOOP` where it would lead to itself.',
  })
  @Allow('update', 'Group')
  async updateGroup(@Arg('input', () => UpdateGroupInput) input: UpdateGroupInput, @Ctx() context: AdminContext) {
    return payload(context, await updateGroup(context, input))
  }

  @Mutation(() => GroupPayload, { description: 'Refuses mail to the group until it is resumed.' })
  @Allow('suspend', 'Group')
  async suspendGroup(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setGroupStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => GroupPayload, { description: 'Takes mail to the group again.' })
  @Allow('suspend', 'Group')
  async resumeGroup(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setGroupStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, { description: 'Deletes a group at once; its address is free again.' })
  @Allow('delete', 'Group')
  async deleteGroup(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteGroup(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<GroupPayload> {
  forgetLoaded(context)
  return { group: await visibleGroup(context, id), errors: [] }
}
