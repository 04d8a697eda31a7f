/** Inputs, payloads and connection of groups. */
import type { GroupPosting } from '@mailfleet/schema'
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { Group, GroupPostingEnum } from './group.entity.js'

@ObjectType()
class GroupEdge extends edgeOf(Group) {}

@ObjectType()
export class GroupConnection extends countedConnectionOf(Group, GroupEdge) {}

@InputType()
export class GroupFilter {
  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  tenantId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => String, {
    nullable: true,
    description:
      'Substring of address or name, any case; a whole address also finds the groups that it is a member of.',
  })
  search?: string | null
}

export const GroupOrderFieldEnum = { ADDRESS: 'ADDRESS', NAME: 'NAME', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(GroupOrderFieldEnum, { name: 'GroupOrderField' })

@InputType()
export class GroupOrder {
  @Field(() => GroupOrderFieldEnum)
  field: keyof typeof GroupOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class GroupsArguments extends PageArguments {
  @Field(() => GroupFilter, { nullable: true })
  filter?: GroupFilter | null

  @Field(() => GroupOrder, { nullable: true })
  orderBy?: GroupOrder | null
}

@InputType()
export class CreateGroupInput {
  @Field(() => ID, { description: 'In which it is to be.' })
  domainId: string

  @Field(() => String, { description: 'At most 58 octets: `-owner` is added for the address of its owners.' })
  localPart: string

  @Field(() => String, { description: 'What people call it.' })
  name: string

  @Field(() => [String], { description: 'At most 1,000 addresses.' })
  members: string[]

  @Field(() => [String], { description: '1 to 20 addresses.' })
  owners: string[]

  @Field(() => GroupPostingEnum, { defaultValue: GroupPostingEnum.MEMBERS, description: 'Who may write to it.' })
  posting: GroupPosting

  @Field(() => [String], { defaultValue: [], description: 'At most 100 addresses.' })
  posters: string[]
}

@InputType({ description: 'What is absent stays.' })
export class UpdateGroupInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => [String], { nullable: true, description: 'All of them; or say only who comes and who goes.' })
  members?: string[] | null

  @Field(() => [String], { nullable: true, description: 'Who comes, besides those who are there.' })
  addMembers?: string[] | null

  @Field(() => [String], { nullable: true, description: 'Who goes, of those who are there.' })
  removeMembers?: string[] | null

  @Field(() => [String], { nullable: true, description: 'All of them, at least one; absent: they stay.' })
  owners?: string[] | null

  @Field(() => GroupPostingEnum, { nullable: true, description: 'Absent: it stays.' })
  posting?: GroupPosting | null

  @Field(() => [String], { nullable: true, description: 'All of them, with `NAMED`; absent: they stay.' })
  posters?: string[] | null
}

@ObjectType()
export class GroupPayload extends Payload {
  @Field(() => Group, { nullable: true })
  group: Group | null
}
