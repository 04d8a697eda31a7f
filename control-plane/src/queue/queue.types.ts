/** Connections, filters, inputs and payloads of the queue. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, type SortDirection } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { QueueHold } from './queue-hold.entity.js'
import { QueuedMessage, QueuedMessageStateEnum, type QueuedMessageState } from './queued-message.entity.js'

@ObjectType()
class QueuedMessageEdge extends edgeOf(QueuedMessage) {}

@ObjectType()
export class QueuedMessageConnection extends countedConnectionOf(QueuedMessage, QueuedMessageEdge) {}

@InputType()
export class QueuedMessageFilter {
  @Field(() => ID, { nullable: true, description: 'Tenant and all below it.' })
  withinId?: string | null

  @Field(() => ID, { nullable: true, description: 'On whose behalf it is sent.' })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  mailboxId?: string | null

  @Field(() => ID, { nullable: true })
  mailNodeId?: string | null

  @Field(() => String, { nullable: true, description: 'The domain of the recipient.' })
  destination?: string | null

  @Field(() => String, { nullable: true, description: 'A whole address.' })
  sender?: string | null

  @Field(() => String, { nullable: true, description: 'A whole address.' })
  recipient?: string | null

  @Field(() => QueuedMessageStateEnum, { nullable: true })
  state?: QueuedMessageState | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Older than this.' })
  queuedBefore?: Date | null

  @Field(() => String, { nullable: true, description: 'The address of a sender or recipient, or a destination.' })
  search?: string | null
}

const QueuedMessageOrderFieldEnum = { QUEUED_AT: 'QUEUED_AT', DESTINATION: 'DESTINATION' } as const
registerEnumType(QueuedMessageOrderFieldEnum, {
  name: 'QueuedMessageOrderField',
  valuesConfig: {
    QUEUED_AT: { description: 'By the time at which it was queued.' },
    DESTINATION: { description: 'By the domain to which it goes.' },
  },
})

@InputType()
export class QueuedMessageOrder {
  @Field(() => QueuedMessageOrderFieldEnum)
  field: keyof typeof QueuedMessageOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class QueuedMessagesArguments extends PageArguments {
  @Field(() => QueuedMessageFilter, { nullable: true })
  filter?: QueuedMessageFilter | null

  @Field(() => QueuedMessageOrder, { nullable: true })
  orderBy?: QueuedMessageOrder | null
}

@ArgsType()
export class QueueDestinationsArguments {
  @Field(() => QueuedMessageFilter, { nullable: true })
  filter?: QueuedMessageFilter | null

  @Field(() => Int, { defaultValue: 50, description: '1 to 200.' })
  first: number
}

@ObjectType({ description: 'What waits for one destination.' })
export class QueueDestination {
  @Field(() => String, { description: 'The domain of the recipients.' })
  destination: string

  @Field(() => Int, { description: 'Messages, once for each recipient.' })
  messageCount: number

  @Field(() => DateTimeScalar, { description: 'Since when the oldest waits.' })
  oldestAt: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the next attempt is due; null: none is.' })
  nextAttemptAt: Date | null

  @Field(() => String, { nullable: true, description: 'Of the message that was tried most often.' })
  lastReply: string | null
}

@ObjectType()
class QueueHoldEdge extends edgeOf(QueueHold) {}

@ObjectType()
export class QueueHoldConnection extends countedConnectionOf(QueueHold, QueueHoldEdge) {}

@InputType()
export class QueueHoldFilter {
  @Field(() => ID, { nullable: true, description: 'Of this tenant and all below it.' })
  withinId?: string | null

  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  mailboxId?: string | null
}

@ArgsType()
export class QueueHoldsArguments extends PageArguments {
  @Field(() => QueueHoldFilter, { nullable: true })
  filter?: QueueHoldFilter | null
}

@InputType({
  description:
    'Which messages: those that meet all that is given, which must be something. Without a tenant, domain, mailbox or message ' +
    "they are those of the caller's own tenant and all below it.",
})
export class QueueScopeInput {
  @Field(() => [ID], { nullable: true, description: 'These messages alone, 1 to 200.' })
  queuedMessageIds?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Sent on behalf of this tenant or of any below it.' })
  tenantId?: string | null

  @Field(() => ID, { nullable: true, description: 'Sent on behalf of this domain.' })
  domainId?: string | null

  @Field(() => ID, { nullable: true, description: 'Sent, or forwarded, by this mailbox.' })
  mailboxId?: string | null

  @Field(() => String, { nullable: true, description: 'To recipients in this domain.' })
  destination?: string | null
}

@InputType()
export class HoldQueuedMessagesInput extends QueueScopeInput {
  @Field(() => String, { nullable: true, description: 'Why, for whoever looks at it later; at most 500 characters.' })
  note?: string | null
}

@ObjectType()
export class QueueHoldsPayload extends Payload {
  @Field(() => [QueueHold], {
    nullable: true,
    description: 'One, or one for each message that was named; null where something was wrong.',
  })
  queueHolds: QueueHold[] | null
}

@ObjectType()
export class QueueCommandPayload extends Payload {
  @Field(() => Int, {
    nullable: true,
    description:
      'How many messages it is about now, counted once for each recipient. Each node does it as soon as it hears of it; one that is ' +
      'away does so when it is back.',
  })
  messageCount: number | null
}
