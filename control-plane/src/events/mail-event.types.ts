/** Mail events as people see them, and how they ask for them. */
import { mailDirection, mailEventType, mailVerdict } from '@mailfleet/schema'
import type { MailDirection, MailEventType, MailVerdict, MailEvent as ReportedEvent } from '@mailfleet/schema'
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'

type MailProtocol = NonNullable<ReportedEvent['protocol']>

const MailEventTypeEnum = mailEventType.enum
registerEnumType(MailEventTypeEnum, { name: 'MailEventType' })
const MailDirectionEnum = mailDirection.enum
registerEnumType(MailDirectionEnum, { name: 'MailDirection' })
const MailVerdictEnum = mailVerdict.enum
registerEnumType(MailVerdictEnum, {
  name: 'MailVerdict',
  description: 'What was made of a message.',
  valuesConfig: {
    CLEAN: { description: 'Taken as any other.' },
    JUNK: { description: 'Put aside as such.' },
    QUARANTINED: { description: 'Held back until somebody decides.' },
    REFUSED: { description: 'Whoever sent it was told.' },
    DISCARDED: { description: 'Taken, and delivered to nobody.' },
  },
})
const MailProtocolEnum: Record<MailProtocol, MailProtocol> = {
  SMTP: 'SMTP',
  SUBMISSION: 'SUBMISSION',
  IMAP: 'IMAP',
  POP3: 'POP3',
}
registerEnumType(MailProtocolEnum, { name: 'MailProtocol' })

@ObjectType({ description: 'One of the things that a message was looked at for.' })
export class MailCheck {
  @Field(() => String, { description: 'SPF, DKIM, DMARC, or the kind of policy that asks.' })
  name: string

  @Field(() => String, { description: 'In the words of the check: pass, fail, none ...' })
  result: string

  @Field(() => Float, { nullable: true, description: 'What it spoke for (below 0) or against the message.' })
  score: number | null

  @Field(() => String, { nullable: true })
  detail: string | null

  @Field(() => String, { nullable: true, description: 'Of the policy that says what becomes of this result.' })
  policyKind: string | null

  @Field(() => String, { nullable: true })
  policyId: string | null

  @Field(() => Int, { nullable: true, description: 'The version of that policy at that time.' })
  policyRevision: number | null
}

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
  mailboxId: string | null

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

  @Field(() => MailVerdictEnum, { nullable: true })
  verdict: MailVerdict | null

  @Field(() => [MailCheck], {
    nullable: true,
    description: 'What led to the verdict; null where the node told nothing of it.',
  })
  checks: MailCheck[] | null

  @Field(() => String, { nullable: true, description: 'As HELO or EHLO gave it.' })
  heloName: string | null

  @Field(() => Int, { nullable: true, description: 'Of ACCEPTED: how many recipients the message has.' })
  recipientCount: number | null

  @Field(() => Int, { nullable: true, description: 'Of SESSION: for how many this event stands.' })
  sessions: number | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Of SESSION: milliseconds.' })
  durationMs: number | null
}

@ObjectType({ description: 'What became of one message, over all nodes that had it. Oldest first.' })
export class MessageTimeline {
  @Field(() => [MailEvent], { description: 'At most 500.' })
  events: MailEvent[]

  @Field(() => Boolean)
  isComplete: boolean

  @Field(() => Int, { description: 'How many transactions: each hop has one of its own.' })
  transactions: number
}

@ObjectType()
export class MailEventEdge extends edgeOf(MailEvent) {}

@ObjectType({ description: 'No totalCount: counting millions of events helps nobody.' })
export class MailEventConnection extends connectionOf(MailEvent, MailEventEdge) {}

@InputType({ description: 'Part of a text, any case. Both given: it must meet both.' })
export class TextFilter {
  @Field(() => String, { nullable: true })
  startsWith?: string | null

  @Field(() => String, { nullable: true })
  contains?: string | null
}

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

  @Field(() => TextFilter, { nullable: true, description: 'Of the reverse-path.' })
  senderText?: TextFilter | null

  @Field(() => TextFilter, { nullable: true, description: 'Of the final recipient.' })
  recipientText?: TextFilter | null

  @Field(() => TextFilter, { nullable: true })
  subject?: TextFilter | null

  @Field(() => String, { nullable: true, description: 'Without or with angle brackets, exact.' })
  messageId?: string | null

  @Field(() => TextFilter, { nullable: true })
  messageIdText?: TextFilter | null

  @Field(() => String, { nullable: true, description: 'Address of the client, or a network: `192.0.2.0/24`.' })
  remoteNetwork?: string | null

  @Field(() => MailProtocolEnum, { nullable: true })
  protocol?: MailProtocol | null

  @Field(() => [MailVerdictEnum], {
    nullable: true,
    description: 'Events from before verdicts were kept have none, and are not found by this.',
  })
  verdicts?: MailVerdict[] | null

  @Field(() => Int, { nullable: true, description: 'Of the answer: 250, 550 ...' })
  replyCode?: number | null

  @Field(() => Int, { nullable: true, description: '2, 4 or 5: all codes that begin so.' })
  replyClass?: number | null

  @Field(() => String, { nullable: true, description: 'What this kind of policy refused.' })
  policyKind?: string | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Octets, at least.' })
  minSize?: number | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Octets, at most.' })
  maxSize?: number | null

  @Field(() => String, { nullable: true })
  transactionId?: string | null

  @Field(() => DateTimeScalar, { nullable: true })
  since?: Date | null

  @Field(() => DateTimeScalar, { nullable: true })
  until?: Date | null

  @Field(() => Int, {
    nullable: true,
    description: 'In place of `since`: no older than so many minutes, whenever it is asked.',
  })
  lastMinutes?: number | null
}

@ArgsType()
export class MailEventsArguments extends PageArguments {
  @Field(() => MailEventFilter, { nullable: true })
  filter?: MailEventFilter | null
}
