/** Inputs, payloads and connection of grants. */
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { AccessRuleInput } from '../roles/index.js'
import { Grant, GrantStateEnum, type GrantState } from './grant.entity.js'

@ObjectType()
class GrantEdge extends edgeOf(Grant) {}

@ObjectType()
export class GrantConnection extends countedConnectionOf(Grant, GrantEdge) {}

@InputType()
export class GrantFilter {
  @Field(() => ID, { nullable: true, description: 'Given by this tenant, or one below it.' })
  withinId?: string | null

  @Field(() => GrantStateEnum, { nullable: true })
  state?: GrantState | null
}

@ArgsType()
export class GrantsArguments extends PageArguments {
  @Field(() => GrantFilter, { nullable: true })
  filter?: GrantFilter | null
}

@InputType()
export class RequestGrantInput {
  @Field(() => ID, { description: 'Who is to give it.' })
  tenantId: string

  @Field(() => [AccessRuleInput], { description: 'What they allow; a grant denies nothing.' })
  rules: AccessRuleInput[]

  @Field(() => String, { description: 'For the audit trail and the receiver.' })
  reason: string

  @Field(() => DateTimeScalar, { description: 'Within 90 days.' })
  expiresAt: Date
}

@InputType()
export class OfferGrantInput extends RequestGrantInput {
  @Field(() => String, { description: 'Of an administrator anywhere; whether there is one is not told.' })
  receiverEmail: string
}

@InputType()
export class DecideGrantInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => Boolean, { description: 'False: it is declined.' })
  approve: boolean
}

@ObjectType()
export class GrantPayload extends Payload {
  @Field(() => Grant, { nullable: true })
  grant: Grant | null
}
