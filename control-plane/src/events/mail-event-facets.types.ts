/** Counts beside a search of the mail log. */
import type { MailDirection, MailEventType, MailVerdict } from '@mailfleet/schema'
import { mailDirection, mailEventType, mailVerdict } from '@mailfleet/schema'
import { ArgsType, Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Domain } from '../domains/index.js'
import { MailNode } from '../nodes/index.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { MailEventFilter } from './mail-event.types.js'

export const BucketUnitEnum = { MINUTE: 'MINUTE', HOUR: 'HOUR', DAY: 'DAY' } as const
export type BucketUnit = keyof typeof BucketUnitEnum
registerEnumType(BucketUnitEnum, {
  name: 'BucketUnit',
  description: 'How long the spans are into which time is cut.',
  valuesConfig: {
    MINUTE: { description: 'A minute each.' },
    HOUR: { description: 'An hour each.' },
    DAY: { description: 'A day each.' },
  },
})

@ObjectType({ description: 'How many events are of a type.' })
export class MailEventTypeCount {
  @Field(() => mailEventType.enum, { description: 'Which type.' })
  type: MailEventType

  @Field(() => Int, { description: 'How many events.' })
  count: number
}

@ObjectType({ description: 'How many events are of messages that go one way.' })
export class MailDirectionCount {
  @Field(() => mailDirection.enum, { description: 'Which way.' })
  direction: MailDirection

  @Field(() => Int, { description: 'How many events.' })
  count: number
}

@ObjectType({ description: 'How many events have a verdict.' })
export class MailVerdictCount {
  @Field(() => mailVerdict.enum, { description: 'Which verdict.' })
  verdict: MailVerdict

  @Field(() => Int, { description: 'How many events.' })
  count: number
}

@ObjectType({ description: 'How many events have replies of a class.' })
export class ReplyClassCount {
  @Field(() => Int, { description: '2, 4 or 5: the first digit of the answer.' })
  replyClass: number

  @Field(() => Int, { description: 'How many events.' })
  count: number
}

@ObjectType({ description: 'How many events are of a domain.' })
export class DomainCount {
  @Field(() => Domain, { description: 'Which domain.' })
  domain: Domain

  @Field(() => Int, { description: 'How many events.' })
  count: number
}

@ObjectType({ description: 'How many events a node has told.' })
export class MailNodeCount {
  @Field(() => MailNode, { description: 'Which node.' })
  mailNode: MailNode

  @Field(() => Int, { description: 'How many events.' })
  count: number
}

@ObjectType({ description: 'Only those that have events.' })
export class MailEventBucket {
  @Field(() => DateTimeScalar, { description: 'When the span begins.' })
  start: Date

  @Field(() => Int, { description: 'Events in it.' })
  count: number
}

@ObjectType({ description: 'Of each list the most frequent first; buckets in the order of time.' })
export class MailEventFacets {
  @Field(() => Int, { description: 'How many events are counted here.' })
  counted: number

  @Field(() => Boolean, { description: 'Whether those are all that the filter finds; else they are the newest.' })
  isComplete: boolean

  @Field(() => DateTimeScalar, { nullable: true, description: 'Of the oldest event that is counted.' })
  countedSince: Date | null

  @Field(() => [MailEventTypeCount], { description: 'How many of each type.' })
  types: MailEventTypeCount[]

  @Field(() => [MailDirectionCount], { description: 'How many that go each way.' })
  directions: MailDirectionCount[]

  @Field(() => [MailVerdictCount], { description: 'How many of each verdict.' })
  verdicts: MailVerdictCount[]

  @Field(() => [ReplyClassCount], { description: 'How many by the first digit of the reply.' })
  replyClasses: ReplyClassCount[]

  @Field(() => [DomainCount], { description: 'The ten with most events, of those that the viewer may see.' })
  domains: DomainCount[]

  @Field(() => [MailNodeCount], { description: 'The ten with most events; empty to whoever sees no nodes.' })
  mailNodes: MailNodeCount[]

  @Field(() => BucketUnitEnum, {
    description: 'Minutes where what is counted lies within two hours, hours within seven days, else days.',
  })
  bucketUnit: BucketUnit

  @Field(() => [MailEventBucket], { description: 'At most 400, the newest.' })
  buckets: MailEventBucket[]
}

@ArgsType()
export class MailEventFacetsArguments {
  @Field(() => MailEventFilter, { nullable: true })
  filter?: MailEventFilter | null

  @Field(() => String, { defaultValue: 'UTC', description: 'IANA name; where hours and days begin.' })
  timeZone: string
}
