/** Inputs, payloads and connection of tenants. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { Tenant, TenantKindEnum, type TenantKind } from './tenant.entity.js'

@ObjectType()
class TenantEdge extends edgeOf(Tenant) {}

@ObjectType()
export class TenantConnection extends countedConnectionOf(Tenant, TenantEdge) {}

@InputType()
export class TenantFilter {
  @Field(() => ID, { nullable: true, description: 'Direct children of this tenant.' })
  parentId?: string | null

  @Field(() => ID, { nullable: true, description: 'The tenant itself and all below it.' })
  withinId?: string | null

  @Field(() => TenantKindEnum, { nullable: true })
  kind?: TenantKind | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Those that are deleted and can be restored, in place of all others.',
  })
  deleted?: boolean | null

  @Field(() => String, { nullable: true, description: 'Substring of the name, any case.' })
  search?: string | null
}

export const TenantOrderFieldEnum = { NAME: 'NAME', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(TenantOrderFieldEnum, { name: 'TenantOrderField' })

@InputType()
export class TenantOrder {
  @Field(() => TenantOrderFieldEnum)
  field: keyof typeof TenantOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class TenantsArguments extends PageArguments {
  @Field(() => TenantFilter, { nullable: true })
  filter?: TenantFilter | null

  @Field(() => TenantOrder, { nullable: true })
  orderBy?: TenantOrder | null
}

@InputType()
export class CreateTenantInput {
  @Field(() => ID, { description: 'The tenant that it is below: a reseller or the platform.' })
  parentId: string

  @Field(() => String, { description: '1 to 200 characters, for people.' })
  name: string

  @Field(() => TenantKindEnum, { description: 'What it may have below it; it stays so.' })
  kind: TenantKind
}

@InputType()
export class UpdateTenantInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether all its administrators, and those below, must show a second factor. Absent: it stays.',
  })
  requireTwoFactor?: boolean | null
}

@ObjectType()
export class TenantPayload extends Payload {
  @Field(() => Tenant, { nullable: true })
  tenant: Tenant | null
}
