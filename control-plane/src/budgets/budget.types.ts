/** Inputs, payloads and notices of budgets. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'
import { Tenant } from '../tenants/index.js'
import { OversellEnum, ResourceEnum, type Oversell, type Resource } from './budget.entity.js'

@InputType({ description: 'Null takes the limit away; absent leaves it.' })
export class UpdateBudgetInput {
  @Field(() => ID)
  tenantId: string

  @Field(() => Int, { description: "The budget's." })
  version: number

  @Field(() => SafeIntScalar, { nullable: true })
  domains?: number | null

  @Field(() => SafeIntScalar, { nullable: true })
  mailboxes?: number | null

  @Field(() => SafeIntScalar, { nullable: true })
  storageBytes?: number | null

  @Field(() => SafeIntScalar, { nullable: true })
  sendsPerDay?: number | null

  @Field(() => OversellEnum, { nullable: true })
  oversell?: Oversell | null
}

@ObjectType()
export class BudgetPayload extends Payload {
  @Field(() => Tenant, { nullable: true })
  tenant: Tenant | null
}

export const BudgetNoticeKindEnum = { OVERSOLD: 'OVERSOLD', OVERUSED: 'OVERUSED' } as const
export type BudgetNoticeKind = keyof typeof BudgetNoticeKindEnum
registerEnumType(BudgetNoticeKindEnum, {
  name: 'BudgetNoticeKind',
  valuesConfig: {
    OVERSOLD: { description: 'More was handed down, and used, than was allotted.' },
    OVERUSED: { description: 'Less was allotted than is used already.' },
  },
})

@ObjectType()
export class BudgetNotice {
  @Field(() => ID)
  id: string

  @Field(() => Tenant)
  tenant: Tenant

  @Field(() => ResourceEnum)
  resource: Resource

  @Field(() => BudgetNoticeKindEnum)
  kind: BudgetNoticeKind

  @Field(() => SafeIntScalar)
  allotted: number

  @Field(() => SafeIntScalar, { description: 'What was handed down and used, or used, at that moment.' })
  amount: number

  @Field(() => DateTimeScalar)
  createdAt: Date
}

@ObjectType()
class BudgetNoticeEdge extends edgeOf(BudgetNotice) {}

@ObjectType()
export class BudgetNoticeConnection extends countedConnectionOf(BudgetNotice, BudgetNoticeEdge) {}

@InputType()
export class BudgetNoticeFilter {
  @Field(() => ID, { nullable: true })
  withinId?: string | null
}

@ArgsType()
export class BudgetNoticesArguments extends PageArguments {
  @Field(() => BudgetNoticeFilter, { nullable: true })
  filter?: BudgetNoticeFilter | null
}
