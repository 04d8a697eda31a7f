/** Inputs, payloads and notices of budgets. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'
import { Tenant } from '../tenants/index.js'
import { OversellEnum, ResourceEnum, type Oversell, type Resource } from './budget.entity.js'

@InputType({ description: 'Null takes the limit away; absent leaves it.' })
export class UpdateBudgetInput {
  @Field(() => ID, { description: 'Whose budget it is; nobody changes their own.' })
  tenantId: string

  @Field(() => Int, { description: "The budget's." })
  version: number

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null: no limit of its own. Absent: it stays.' })
  domains?: number | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null: no limit of its own. Absent: it stays.' })
  mailboxes?: number | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null: no limit of its own. Absent: it stays.' })
  storageBytes?: number | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null: no limit of its own. Absent: it stays.' })
  sendsPerDay?: number | null

  @Field(() => OversellEnum, { nullable: true, description: 'Absent: it stays.' })
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
  description: 'What a notice tells.',
})

@ObjectType({ description: 'Something about a budget that somebody ought to know, kept when it happened.' })
export class BudgetNotice {
  @Field(() => ID, { description: 'A UUID of the notice itself.' })
  id: string

  @Field(() => Tenant, { description: 'Whose budget it is.' })
  tenant: Tenant

  @Field(() => ResourceEnum, { description: 'What there was too much of.' })
  resource: Resource

  @Field(() => BudgetNoticeKindEnum, { description: 'How it came to that.' })
  kind: BudgetNoticeKind

  @Field(() => SafeIntScalar, { description: "What was allotted at that moment, in the resource's unit." })
  allotted: number

  @Field(() => SafeIntScalar, { description: 'What was handed down and used, or used, at that moment.' })
  amount: number

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
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
