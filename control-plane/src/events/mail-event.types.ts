/** Mail events as people see them, and how they ask for them. */
import { mailDirection, mailEventType, mailVerdict } from '@mailfleet/schema'
import type { MailDirection, MailEventType, MailVerdict, MailEvent as ReportedEvent } from '@mailfleet/schema'
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'

type MailProtocol = NonNullable<ReportedEvent['protocol']>

const MailEventTypeEnum = mailEventType.enum
registerEnumType(MailEventTypeEnum, {
  name: 'MailEventType',
  description: 'What can happen to messages and sign-ins.',
  valuesConfig: {
    ACCEPTED: { description: 'A message was taken by SMTP.' },
    REFUSED: { description: 'A recipient or a message was refused.' },
    DELIVERED: { description: 'It is stored in a mailbox here.' },
    QUEUED: { description: 'It waits to be sent to a recipient elsewhere.' },
    RELAYED: { description: 'The next hop has taken it.' },
    DEFERRED: { description: 'An attempt to send it failed for now.' },
    BOUNCED: { description: 'It was given up; its sender was told, unless it was a bounce itself.' },
    AUTHENTICATED: { description: 'Somebody signed in.' },
    AUTH_FAILED: { description: 'Somebody tried to sign in and could not.' },
    SESSION: { description: 'A session ended; one event can stand for several.' },
    DELETED: { description: 'It was taken out of the queue by somebody.' },
  },
})
const MailDirectionEnum = mailDirection.enum
registerEnumType(MailDirectionEnum, {
  name: 'MailDirection',
  description: 'Which way a message goes.',
  valuesConfig: {
    IN: { description: 'From outside to a mailbox here.' },
    OUT: { description: 'From a mailbox here, or forwarded for one, to the outside.' },
    LOCAL: { description: 'From a mailbox here to another one here.' },
  },
})
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
registerEnumType(MailProtocolEnum, {
  name: 'MailProtocol',
  description: 'Over what clients speak with a node.',
  valuesConfig: {
    SMTP: { description: 'From other mail servers, port 25.' },
    SUBMISSION: { description: 'From mail programs, ports 465 and 587.' },
    IMAP: { description: 'Reading mail, ports 993 and 143.' },
    POP3: { description: 'Fetching mail, ports 995 and 110.' },
  },
})

@ObjectType({ description: 'One of the things that a message was looked at for.' })
export class MailCheck {
  @Field(() => String, { description: 'SPF, DKIM, DMARC, or the kind of policy that asks.' })
  name: string

  @Field(() => String, { description: 'In the words of the check: pass, fail, none ...' })
  result: string

  @Field(() => Float, { nullable: true, description: 'What it spoke for (below 0) or against the message.' })
  score: number | null

  @Field(() => String, {
    nullable: true,
    description: 'What the result is about, such as a domain; null: nothing more is known.',
  })
  detail: string | null

  @Field(() => String, { nullable: true, description: 'Of the policy that says what becomes of this result.' })
  policyKind: string | null

  @Field(() => String, { nullable: true, description: "Of that policy's setting." })
  policyId: string | null

  @Field(() => Int, { nullable: true, description: 'The version of that policy at that time.' })
  policyRevision: number | null
}

@ObjectType({ description: 'One thing that happened to a message or a sign-in, as the node told it.' })
export class MailEvent {
  @Field(() => ID, { description: 'A UUID of the event itself.' })
  id: string

  @Field(() => DateTimeScalar, { description: "When it happened, by the node's clock." })
  at: Date

  @Field(() => MailEventTypeEnum, { description: 'What happened.' })
  type: MailEventType

  @Field(() => MailDirectionEnum, { nullable: true, description: 'Which way the message goes; null with sign-ins.' })
  direction: MailDirection | null

  @Field(() => MailProtocolEnum, { nullable: true, description: 'Over which it came; null where it came over none.' })
  protocol: MailProtocol | null

  mailNodeId: string
  domainId: string | null
  mailboxId: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Same for all events of one SMTP transaction, its queueing and its delivery.',
  })
  transactionId: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The reverse-path without brackets; empty: the null sender of bounces.',
  })
  sender: string | null

  @Field(() => String, { nullable: true, description: 'The address that it is about, after aliases and groups.' })
  recipient: string | null

  @Field(() => String, { nullable: true, description: 'The address that the sender gave, where it is another one.' })
  originalRecipient: string | null

  @Field(() => String, { nullable: true, description: 'The Message-ID field without brackets (RFC 5322).' })
  messageId: string | null

  @Field(() => String, { nullable: true, description: 'The Subject field, decoded, up to 256 characters.' })
  subject: string | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Of the message, in bytes.' })
  size: number | null

  @Field(() => String, { nullable: true, description: 'Of the client.' })
  remoteIp: string | null

  @Field(() => String, { nullable: true, description: 'Name and port of the next hop.' })
  remoteHost: string | null

  @Field(() => String, { nullable: true, description: 'Version and cipher; null: in plain.' })
  tls: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Who demanded how an attempt to send was secured (`DANE`, `MTA-STS enforce`, …), and what was amiss.',
  })
  tlsPolicy: string | null

  @Field(() => Int, { nullable: true, description: 'The SMTP reply, given or received.' })
  replyCode: number | null

  @Field(() => String, { nullable: true, description: 'The enhanced status code (RFC 3463).' })
  enhancedCode: string | null

  @Field(() => String, { nullable: true, description: 'The text of that reply.' })
  replyText: string | null

  @Field(() => Int, { nullable: true, description: 'Which attempt it was, from 1.' })
  attempt: number | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the next attempt is due; null: there is none.' })
  nextAttemptAt: Date | null

  @Field(() => String, { nullable: true, description: 'As whom somebody signed in, or tried to.' })
  login: string | null

  @Field(() => String, { nullable: true, description: 'Of what a policy refused: which kind of policy.' })
  policyKind: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The policy that says so; `policyRevision` is its version then.',
  })
  policyId: string | null

  @Field(() => Int, { nullable: true, description: 'The version that the policy had then.' })
  policyRevision: number | null

  @Field(() => String, {
    nullable: true,
    description: 'What SPF, DKIM, ARC, DMARC and reverse DNS say of a message from outside, as in RFC 8601.',
  })
  authentication: string | null

  @Field(() => String, { nullable: true, description: 'Where it was delivered to, if not to the inbox.' })
  folder: string | null

  @Field(() => MailVerdictEnum, {
    nullable: true,
    description: 'What was made of the message; null: nobody judged it.',
  })
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

  @Field(() => Boolean, { description: 'Whether all that belongs to it is in it.' })
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
  @Field(() => String, { nullable: true, description: 'What the text begins with.' })
  startsWith?: string | null

  @Field(() => String, { nullable: true, description: 'What is somewhere in the text.' })
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

  @Field(() => [MailEventTypeEnum], { nullable: true, description: 'Events of any of these types.' })
  types?: MailEventType[] | null

  @Field(() => MailDirectionEnum, { nullable: true, description: 'Events of messages that go this way.' })
  direction?: MailDirection | null

  @Field(() => String, {
    nullable: true,
    description: 'Whole address, or `@domain`, any case; U-labels or A-labels.',
  })
  sender?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Events about this address, as it was written by the sender or after aliases.',
  })
  recipient?: string | null

  @Field(() => TextFilter, { nullable: true, description: 'Of the reverse-path.' })
  senderText?: TextFilter | null

  @Field(() => TextFilter, { nullable: true, description: 'Of the final recipient.' })
  recipientText?: TextFilter | null

  @Field(() => TextFilter, { nullable: true, description: 'Events of messages with this in their Subject.' })
  subject?: TextFilter | null

  @Field(() => String, { nullable: true, description: 'Without or with angle brackets, exact.' })
  messageId?: string | null

  @Field(() => TextFilter, { nullable: true, description: 'Events of messages with this in their Message-ID.' })
  messageIdText?: TextFilter | null

  @Field(() => String, { nullable: true, description: 'Address of the client, or a network: `192.0.2.0/24`.' })
  remoteNetwork?: string | null

  @Field(() => MailProtocolEnum, { nullable: true, description: 'Events that came over this protocol.' })
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

  @Field(() => String, { nullable: true, description: 'Events of this SMTP transaction, through queue and delivery.' })
  transactionId?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Events of this time or later.' })
  since?: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Events before this time.' })
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
