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
registerEnumType(BucketUnitEnum, { name: 'BucketUnit' })

@ObjectType()
export class MailEventTypeCount {
  @Field(() => mailEventType.enum)
  type: MailEventType

  @Field(() => Int)
  count: number
}

@ObjectType()
export class MailDirectionCount {
  @Field(() => mailDirection.enum)
  direction: MailDirection

  @Field(() => Int)
  count: number
}

@ObjectType()
export class MailVerdictCount {
  @Field(() => mailVerdict.enum)
  verdict: MailVerdict

  @Field(() => Int)
  count: number
}

@ObjectType()
export class ReplyClassCount {
  @Field(() => Int, { description: '2, 4 or 5: the first digit of the answer.' })
  replyClass: number

  @Field(() => Int)
  count: number
}

@ObjectType()
export class DomainCount {
  @Field(() => Domain)
  domain: Domain

  @Field(() => Int)
  count: number
}

@ObjectType()
export class MailNodeCount {
  @Field(() => MailNode)
  mailNode: MailNode

  @Field(() => Int)
  count: number
}

@ObjectType({ description: 'Only those that have events.' })
export class MailEventBucket {
  @Field(() => DateTimeScalar)
  start: Date

  @Field(() => Int)
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

  @Field(() => [MailEventTypeCount])
  types: MailEventTypeCount[]

  @Field(() => [MailDirectionCount])
  directions: MailDirectionCount[]

  @Field(() => [MailVerdictCount])
  verdicts: MailVerdictCount[]

  @Field(() => [ReplyClassCount])
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
