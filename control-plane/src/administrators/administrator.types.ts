/** Inputs, payloads and connection of administrators. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { RoleEnum, type Role } from '../access/index.js'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { Administrator } from './administrator.entity.js'

@ObjectType()
class AdministratorEdge extends edgeOf(Administrator) {}

@ObjectType()
export class AdministratorConnection extends countedConnectionOf(Administrator, AdministratorEdge) {}

@InputType()
export class AdministratorFilter {
  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => RoleEnum, { nullable: true, description: 'Those whose built-in role is this one.' })
  role?: Role | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => String, { nullable: true })
  search?: string | null
}

export const AdministratorOrderFieldEnum = { EMAIL: 'EMAIL', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(AdministratorOrderFieldEnum, { name: 'AdministratorOrderField' })

@InputType()
export class AdministratorOrder {
  @Field(() => AdministratorOrderFieldEnum)
  field: keyof typeof AdministratorOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class AdministratorsArguments extends PageArguments {
  @Field(() => AdministratorFilter, { nullable: true })
  filter?: AdministratorFilter | null

  @Field(() => AdministratorOrder, { nullable: true })
  orderBy?: AdministratorOrder | null
}

@InputType()
export class CreateAdministratorInput {
  @Field(() => ID, { description: 'To which they belong; it stays so.' })
  tenantId: string

  @Field(() => String, { description: "With which they sign in: nobody else's on this platform." })
  email: string

  @Field(() => String, { description: 'For people.' })
  name: string

  @Field(() => RoleEnum, { description: 'One that the kind of tenant can have.' })
  role: Role

  @Field(() => String, { description: '12 to 256 characters.' })
  password: string
}

@InputType()
export class UpdateAdministratorInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => RoleEnum, { nullable: true, description: 'Absent: it stays.' })
  role?: Role | null

  @Field(() => String, {
    nullable: true,
    description: 'Of another administrator, whose sessions it ends; the own one: changePassword.',
  })
  password?: string | null
}

@ObjectType()
export class AdministratorPayload extends Payload {
  @Field(() => Administrator, { nullable: true })
  administrator: Administrator | null
}
