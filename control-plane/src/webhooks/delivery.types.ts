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
    PENDING: { description: 'It is on its way: tried, or to be tried.' },
    DELIVERED: { description: 'The receiver has taken it, with a status of 200 to 299.' },
  },
  description: 'How far a delivery has come.',
})

@ObjectType({ description: 'One try of a delivery.' })
export class WebhookAttempt {
  @Field(() => Int, { description: 'Which try it was, from 1.' })
  number: number

  @Field(() => DateTimeScalar, { description: 'When it was begun.' })
  at: Date

  @Field(() => Int, { description: 'Until the answer, or until it was given up, in milliseconds.' })
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
  @Field(() => ID, { description: 'A UUID that the receiver sees too: the same in each try.' })
  id: string

  webhookId: string
  tenantId: string
  subject: string
  subjectTenantId: string | null
  subjectPath: string | null
  domainId: string | null
  ownBody: string

  @Field(() => WebhookEventTypeEnum, { description: 'What it tells of.' })
  eventType: string

  @Field(() => WebhookDeliveryStateEnum, { description: 'Whether the receiver has taken it.' })
  state: WebhookDeliveryState

  @Field(() => Int, { description: 'Tries so far.' })
  attempts: number

  @Field(() => DateTimeScalar, { nullable: true, description: 'Of one that is on its way: when the next try is due.' })
  nextAttemptAt: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was to be told.' })
  createdAt: Date

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was taken or given up; null: it is on its way.',
  })
  finishedAt: Date | null
}

@ObjectType()
class WebhookDeliveryEdge extends edgeOf(WebhookDelivery) {}

@ObjectType({ description: 'No totalCount: there may be millions.' })
export class WebhookDeliveryConnection extends connectionOf(WebhookDelivery, WebhookDeliveryEdge) {}

@InputType()
export class WebhookDeliveryFilter {
  @Field(() => ID, { nullable: true, description: 'Deliveries of this webhook.' })
  webhookId?: string | null

  @Field(() => [WebhookDeliveryStateEnum], { nullable: true, description: 'Deliveries in any of these states.' })
  states?: WebhookDeliveryState[] | null

  @Field(() => [WebhookEventTypeEnum], { nullable: true, description: 'Deliveries that tell of any of these.' })
  eventTypes?: string[] | null
}

@ArgsType()
export class WebhookDeliveriesArguments extends PageArguments {
  @Field(() => WebhookDeliveryFilter, { nullable: true })
  filter?: WebhookDeliveryFilter | null
}

@InputType()
export class PingWebhookInput {
  @Field(() => ID, { description: 'Of the webhook that is tried.' })
  id: string
}

@InputType()
export class RedeliverWebhookDeliveryInput {
  @Field(() => ID, { description: 'Of the delivery that is sent once more.' })
  id: string
}

@ObjectType()
export class WebhookDeliveryPayload extends Payload {
  @Field(() => WebhookDelivery, { nullable: true })
  delivery: WebhookDelivery | null
}
