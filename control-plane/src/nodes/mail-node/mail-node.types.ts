/** Inputs, payloads and connection of mail nodes. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../../platform/graphql/enums.js'
import { Payload } from '../../platform/graphql/mutation-error.js'
import { DateTimeScalar, JsonScalar, SafeIntScalar } from '../../platform/graphql/scalars.js'
import { RolloutWish } from '../../staging/index.js'
import { MailNode, OutboundTlsEnum, type OutboundTls } from './mail-node.entity.js'

export const MailNodeStateEnum = { NEVER_CONNECTED: 'NEVER_CONNECTED', ONLINE: 'ONLINE', OFFLINE: 'OFFLINE' } as const
export type MailNodeState = keyof typeof MailNodeStateEnum
registerEnumType(MailNodeStateEnum, {
  name: 'MailNodeState',
  description: 'Whether the agent of a node is there.',
  valuesConfig: {
    NEVER_CONNECTED: { description: 'It has not come yet with its join token.' },
    ONLINE: { description: 'It is connected.' },
    OFFLINE: { description: 'It was connected and is not now; its mail server may well be running.' },
  },
})

export const MailNodeSyncEnum = {
  NEVER_CONNECTED: 'NEVER_CONNECTED',
  IN_SYNC: 'IN_SYNC',
  HELD: 'HELD',
  BEHIND: 'BEHIND',
  DRIFTED: 'DRIFTED',
} as const
export type MailNodeSync = keyof typeof MailNodeSyncEnum
registerEnumType(MailNodeSyncEnum, {
  name: 'MailNodeSync',
  description: 'Whether a node runs what it is to run.',
  valuesConfig: {
    HELD: { description: 'It runs what it is sent, and rollouts keep something newer back from it.' },
    BEHIND: { description: 'It has not acknowledged all yet.' },
    DRIFTED: { description: 'It has acknowledged and does not run it, or refused some of it.' },
    NEVER_CONNECTED: { description: 'It has not come yet with its join token.' },
    IN_SYNC: { description: 'It has all that concerns it.' },
  },
})

@ObjectType({ description: 'A piece of configuration that a node refused, going on with what it had.' })
export class ConfigRejection {
  @Field(() => String, { description: 'What kind of resource it is.' })
  kind: string

  @Field(() => ID, { description: 'Of that resource.' })
  resourceId: string

  @Field(() => SafeIntScalar, { description: 'The revision that was refused.' })
  revision: number

  @Field(() => String, { description: 'As the node says it; English.' })
  reason: string

  @Field(() => DateTimeScalar, { description: 'When it was refused.' })
  at: Date
}

@ObjectType()
export class MailNodeEdge extends edgeOf(MailNode) {}

@ObjectType()
export class MailNodeConnection extends countedConnectionOf(MailNode, MailNodeEdge) {}

@InputType()
export class MailNodeFilter {
  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => MailNodeStateEnum, { nullable: true })
  state?: MailNodeState | null

  @Field(() => String, { nullable: true })
  search?: string | null
}

export const MailNodeOrderFieldEnum = { NAME: 'NAME', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(MailNodeOrderFieldEnum, { name: 'MailNodeOrderField' })

@InputType()
export class MailNodeOrder {
  @Field(() => MailNodeOrderFieldEnum)
  field: keyof typeof MailNodeOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class MailNodesArguments extends PageArguments {
  @Field(() => MailNodeFilter, { nullable: true })
  filter?: MailNodeFilter | null

  @Field(() => MailNodeOrder, { nullable: true })
  orderBy?: MailNodeOrder | null
}

@InputType({ description: "Mail for `domain` (`*`: any) goes to this host instead of the domain's MX." })
export class OutboundRouteInput {
  @Field(() => String, { description: 'The destination; `*` is every one that has no route of its own.' })
  domain: string

  @Field(() => String, { description: 'The name or address of the next hop.' })
  host: string

  @Field(() => Int, { defaultValue: 25, description: 'Its TCP port, 1 to 65535.' })
  port: number

  @Field(() => OutboundTlsEnum, {
    defaultValue: OutboundTlsEnum.OPPORTUNISTIC,
    description: 'Whether the next hop must speak TLS.',
  })
  tls: OutboundTls
}

@InputType({ description: 'Either `jwksUrl` or `keys`.' })
export class OauthIssuerInput {
  @Field(() => String, { description: '`iss` of its tokens.' })
  issuer: string

  @Field(() => String, { description: 'What must be among `aud`.' })
  audience: string

  @Field(() => String, { nullable: true, description: 'https; http on the loopback address of the node.' })
  jwksUrl?: string | null

  @Field(() => [JsonScalar], { nullable: true, description: 'Public keys as JWKs.' })
  keys?: unknown[] | null

  @Field(() => String, { defaultValue: 'email', description: 'The claim that holds the address of the mailbox.' })
  addressClaim: string

  @Field(() => String, { nullable: true, description: 'What must be among the scopes of a token; absent: nothing.' })
  requiredScope?: string | null

  @Field(() => [String], {
    nullable: true,
    description: 'Domains for whose mailboxes it speaks; none: all of the node.',
  })
  domains?: string[] | null
}

@InputType()
export class CreateMailNodeInput {
  @Field(() => String, { description: 'Unique, for people.' })
  name: string

  @Field(() => String, { description: 'As it greets on SMTP, and as MX records name it.' })
  hostName: string

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'The largest message that it takes; absent: the built-in value.',
  })
  maxMessageBytes?: number | null

  @Field(() => [OutboundRouteInput], { nullable: true, description: 'All of them; absent: none.' })
  outboundRoutes?: OutboundRouteInput[] | null

  @Field(() => [Int], {
    nullable: true,
    description: 'Seconds before attempt 2, 3, …; the last repeats. Absent: the built-in ones.',
  })
  retryDelays?: number[] | null

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds after which a message is given up; absent: the built-in value.',
  })
  maxQueueAge?: number | null

  @Field(() => [OauthIssuerInput], { nullable: true, description: 'All of them; absent: none.' })
  oauthIssuers?: OauthIssuerInput[] | null
}

@InputType()
export class UpdateMailNodeInput {
  @Field(() => RolloutWish, {
    nullable: true,
    description: 'How the change comes to the node; absent: by the strategy that holds.',
  })
  rollout?: RolloutWish | null

  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  hostName?: string | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Bytes; absent: it stays.' })
  maxMessageBytes?: number | null

  @Field(() => [OutboundRouteInput], { nullable: true, description: 'All of them; absent: they stay.' })
  outboundRoutes?: OutboundRouteInput[] | null

  @Field(() => [Int], { nullable: true, description: 'Seconds before attempt 2, 3, …; absent: they stay.' })
  retryDelays?: number[] | null

  @Field(() => Int, { nullable: true, description: 'Seconds after which a message is given up; absent: it stays.' })
  maxQueueAge?: number | null

  @Field(() => [OauthIssuerInput], { nullable: true, description: 'All of them; absent: they stay.' })
  oauthIssuers?: OauthIssuerInput[] | null
}

@ObjectType()
export class MailNodePayload extends Payload {
  @Field(() => MailNode, { nullable: true })
  mailNode: MailNode | null
}

@ObjectType({ description: 'A one-time join token; the secret is shown once.' })
export class JoinTokenPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: "For the agent's first start; it is shown here and never again.",
  })
  token: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when an agent can come with it.' })
  expiresAt: Date | null
}
