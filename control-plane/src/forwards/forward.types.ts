/** Inputs, payloads and connection of forwards. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { Forward } from './forward.entity.js'

@ObjectType()
class ForwardEdge extends edgeOf(Forward) {}

@ObjectType()
export class ForwardConnection extends countedConnectionOf(Forward, ForwardEdge) {}

@InputType()
export class ForwardFilter {
  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  mailboxId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => String, { nullable: true })
  search?: string | null
}

export const ForwardOrderFieldEnum = { CREATED_AT: 'CREATED_AT' } as const
registerEnumType(ForwardOrderFieldEnum, { name: 'ForwardOrderField' })

@InputType()
export class ForwardOrder {
  @Field(() => ForwardOrderFieldEnum)
  field: keyof typeof ForwardOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class ForwardsArguments extends PageArguments {
  @Field(() => ForwardFilter, { nullable: true })
  filter?: ForwardFilter | null

  @Field(() => ForwardOrder, { nullable: true })
  orderBy?: ForwardOrder | null
}

@InputType()
export class CreateForwardInput {
  @Field(() => ID, { description: 'Whose mail is forwarded; it has one forward at most.' })
  mailboxId: string

  @Field(() => [String], { description: '1 to 20 addresses.' })
  targets: string[]

  @Field(() => Boolean, { description: 'Whether the mailbox keeps what is forwarded.' })
  keepCopy: boolean
}

@InputType()
export class UpdateForwardInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => [String], { nullable: true, description: 'All of them; absent: they stay.' })
  targets?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'Absent: it stays.' })
  keepCopy?: boolean | null
}

@ObjectType()
export class ForwardPayload extends Payload {
  @Field(() => Forward, { nullable: true })
  forward: Forward | null
}
