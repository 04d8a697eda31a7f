/** Inputs, payloads and connection of aliases. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { Alias } from './alias.entity.js'

@ObjectType()
class AliasEdge extends edgeOf(Alias) {}

@ObjectType()
export class AliasConnection extends countedConnectionOf(Alias, AliasEdge) {}

@InputType()
export class AliasFilter {
  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  tenantId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => String, { nullable: true })
  search?: string | null
}

export const AliasOrderFieldEnum = { ADDRESS: 'ADDRESS', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(AliasOrderFieldEnum, { name: 'AliasOrderField' })

@InputType()
export class AliasOrder {
  @Field(() => AliasOrderFieldEnum)
  field: keyof typeof AliasOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class AliasesArguments extends PageArguments {
  @Field(() => AliasFilter, { nullable: true })
  filter?: AliasFilter | null

  @Field(() => AliasOrder, { nullable: true })
  orderBy?: AliasOrder | null
}

@InputType()
export class CreateAliasInput {
  @Field(() => ID, { description: 'In which it is to be.' })
  domainId: string

  @Field(() => String, { description: 'What is before the @.' })
  localPart: string

  @Field(() => [String], { description: '1 to 100 addresses.' })
  targets: string[]
}

@InputType()
export class UpdateAliasInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => [String], { nullable: true, description: 'All of them, 1 to 100; absent: they stay.' })
  targets?: string[] | null
}

@ObjectType()
export class AliasPayload extends Payload {
  @Field(() => Alias, { nullable: true })
  alias: Alias | null
}
