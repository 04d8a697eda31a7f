/** Mail events as people see them, and how they ask for them. */
import { mailDirection, mailEventType } from '@mailfleet/schema'
import type { MailDirection, MailEventType, MailEvent as ReportedEvent } from '@mailfleet/schema'
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'

type MailProtocol = NonNullable<ReportedEvent['protocol']>

const MailEventTypeEnum = mailEventType.enum
registerEnumType(MailEventTypeEnum, { name: 'MailEventType' })
const MailDirectionEnum = mailDirection.enum
registerEnumType(MailDirectionEnum, { name: 'MailDirection' })
const MailProtocolEnum: Record<MailProtocol, MailProtocol> = {
  SMTP: 'SMTP',
  SUBMISSION: 'SUBMISSION',
  IMAP: 'IMAP',
  POP3: 'POP3',
}
registerEnumType(MailProtocolEnum, { name: 'MailProtocol' })

@ObjectType()
export class MailEvent {
  @Field(() => ID)
  id: string

  @Field(() => DateTimeScalar)
  at: Date

  @Field(() => MailEventTypeEnum)
  type: MailEventType

  @Field(() => MailDirectionEnum, { nullable: true })
  direction: MailDirection | null

  @Field(() => MailProtocolEnum, { nullable: true })
  protocol: MailProtocol | null

  mailNodeId: string
  domainId: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Same for all events of one SMTP transaction, its queueing and its delivery.',
  })
  transactionId: string | null

  @Field(() => String, { nullable: true })
  sender: string | null

  @Field(() => String, { nullable: true })
  recipient: string | null

  @Field(() => String, { nullable: true })
  originalRecipient: string | null

  @Field(() => String, { nullable: true })
  messageId: string | null

  @Field(() => String, { nullable: true })
  subject: string | null

  @Field(() => SafeIntScalar, { nullable: true })
  size: number | null

  @Field(() => String, { nullable: true })
  remoteIp: string | null

  @Field(() => String, { nullable: true })
  remoteHost: string | null

  @Field(() => String, { nullable: true })
  tls: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Who demanded how an attempt to send was secured (`DANE`, `MTA-STS enforce`, …), and what was amiss.',
  })
  tlsPolicy: string | null

  @Field(() => Int, { nullable: true })
  replyCode: number | null

  @Field(() => String, { nullable: true })
  enhancedCode: string | null

  @Field(() => String, { nullable: true })
  replyText: string | null

  @Field(() => Int, { nullable: true })
  attempt: number | null

  @Field(() => DateTimeScalar, { nullable: true })
  nextAttemptAt: Date | null

  @Field(() => String, { nullable: true })
  login: string | null

  @Field(() => String, { nullable: true, description: 'Of what a policy refused: which kind of policy.' })
  policyKind: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The policy that says so; `policyRevision` is its version then.',
  })
  policyId: string | null

  @Field(() => Int, { nullable: true })
  policyRevision: number | null

  @Field(() => String, {
    nullable: true,
    description: 'What SPF, DKIM, ARC, DMARC and reverse DNS say of a message from outside, as in RFC 8601.',
  })
  authentication: string | null

  @Field(() => String, { nullable: true, description: 'Where it was delivered to, if not to the inbox.' })
  folder: string | null
}

@ObjectType()
export class MailEventEdge extends edgeOf(MailEvent) {}

@ObjectType({ description: 'No totalCount: counting millions of events helps nobody.' })
export class MailEventConnection extends connectionOf(MailEvent, MailEventEdge) {}

@InputType()
export class MailEventFilter {
  @Field(() => ID, { nullable: true, description: 'Tenant and all below it.' })
  withinId?: string | null

  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  mailNodeId?: string | null

  @Field(() => [MailEventTypeEnum], { nullable: true })
  types?: MailEventType[] | null

  @Field(() => MailDirectionEnum, { nullable: true })
  direction?: MailDirection | null

  @Field(() => String, {
    nullable: true,
    description: 'Whole address, or `@domain`, any case; U-labels or A-labels.',
  })
  sender?: string | null

  @Field(() => String, { nullable: true })
  recipient?: string | null

  @Field(() => String, { nullable: true, description: 'Without or with angle brackets, exact.' })
  messageId?: string | null

  @Field(() => String, { nullable: true })
  transactionId?: string | null

  @Field(() => DateTimeScalar, { nullable: true })
  since?: Date | null

  @Field(() => DateTimeScalar, { nullable: true })
  until?: Date | null
}

@ArgsType()
export class MailEventsArguments extends PageArguments {
  @Field(() => MailEventFilter, { nullable: true })
  filter?: MailEventFilter | null
}
