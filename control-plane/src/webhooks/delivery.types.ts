/** Deliveries and their attempts as people see them, and how they ask for them. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { WebhookEventTypeEnum } from './webhook-events.js'

const WebhookDeliveryStateEnum = {
  PENDING: 'PENDING',
  DELIVERED: 'DELIVERED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const
export type WebhookDeliveryState = keyof typeof WebhookDeliveryStateEnum
registerEnumType(WebhookDeliveryStateEnum, {
  name: 'WebhookDeliveryState',
  valuesConfig: {
    FAILED: { description: 'Given up after a day.' },
    CANCELLED: { description: 'The tenant may not see any more what it tells of.' },
  },
})

@ObjectType({ description: 'One try of a delivery.' })
export class WebhookAttempt {
  @Field(() => Int)
  number: number

  @Field(() => DateTimeScalar)
  at: Date

  @Field(() => Int)
  durationMs: number

  @Field(() => String, { description: 'Where it went then.' })
  url: string

  @Field(() => Int, { nullable: true, description: 'HTTP status of the answer; null where there was none.' })
  status: number | null

  @Field(() => String, { nullable: true, description: 'Why there was none: UNREACHABLE, TIMEOUT, NO_TLS …' })
  fault: string | null

  @Field(() => String, { nullable: true, description: 'The first 2,048 bytes of the answer.' })
  excerpt: string | null
}

@ObjectType({ description: 'What is, or was, on its way to a webhook’s receiver.' })
export class WebhookDelivery {
  @Field(() => ID)
  id: string

  webhookId: string
  tenantId: string
  subject: string
  subjectTenantId: string | null
  subjectPath: string | null
  domainId: string | null
  ownBody: string

  @Field(() => WebhookEventTypeEnum)
  eventType: string

  @Field(() => WebhookDeliveryStateEnum)
  state: WebhookDeliveryState

  @Field(() => Int, { description: 'Tries so far.' })
  attempts: number

  @Field(() => DateTimeScalar, { nullable: true, description: 'Of one that is on its way: when the next try is due.' })
  nextAttemptAt: Date | null

  @Field(() => DateTimeScalar)
  createdAt: Date

  @Field(() => DateTimeScalar, { nullable: true })
  finishedAt: Date | null
}

@ObjectType()
class WebhookDeliveryEdge extends edgeOf(WebhookDelivery) {}

@ObjectType({ description: 'No totalCount: there may be millions.' })
export class WebhookDeliveryConnection extends connectionOf(WebhookDelivery, WebhookDeliveryEdge) {}

@InputType()
export class WebhookDeliveryFilter {
  @Field(() => ID, { nullable: true })
  webhookId?: string | null

  @Field(() => [WebhookDeliveryStateEnum], { nullable: true })
  states?: WebhookDeliveryState[] | null

  @Field(() => [WebhookEventTypeEnum], { nullable: true })
  eventTypes?: string[] | null
}

@ArgsType()
export class WebhookDeliveriesArguments extends PageArguments {
  @Field(() => WebhookDeliveryFilter, { nullable: true })
  filter?: WebhookDeliveryFilter | null
}

@InputType()
export class PingWebhookInput {
  @Field(() => ID)
  id: string
}

@InputType()
export class RedeliverWebhookDeliveryInput {
  @Field(() => ID)
  id: string
}

@ObjectType()
export class WebhookDeliveryPayload extends Payload {
  @Field(() => WebhookDelivery, { nullable: true })
  delivery: WebhookDelivery | null
}
