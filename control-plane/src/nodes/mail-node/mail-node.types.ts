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
registerEnumType(MailNodeStateEnum, { name: 'MailNodeState' })

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
  },
})

@ObjectType()
export class ConfigRejection {
  @Field(() => String)
  kind: string

  @Field(() => ID)
  resourceId: string

  @Field(() => SafeIntScalar)
  revision: number

  @Field(() => String)
  reason: string

  @Field(() => DateTimeScalar)
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
  @Field(() => String)
  domain: string

  @Field(() => String)
  host: string

  @Field(() => Int, { defaultValue: 25 })
  port: number

  @Field(() => OutboundTlsEnum, { defaultValue: OutboundTlsEnum.OPPORTUNISTIC })
  tls: OutboundTls
}

@InputType({ description: 'Either `jwksUrl` or `keys`.' })
export class OauthIssuerInput {
  @Field(() => String)
  issuer: string

  @Field(() => String)
  audience: string

  @Field(() => String, { nullable: true, description: 'https; http on the loopback address of the node.' })
  jwksUrl?: string | null

  @Field(() => [JsonScalar], { nullable: true, description: 'Public keys as JWKs.' })
  keys?: unknown[] | null

  @Field(() => String, { defaultValue: 'email' })
  addressClaim: string

  @Field(() => String, { nullable: true })
  requiredScope?: string | null

  @Field(() => [String], { nullable: true })
  domains?: string[] | null
}

@InputType()
export class CreateMailNodeInput {
  @Field(() => String, { description: 'Unique, for people.' })
  name: string

  @Field(() => String)
  hostName: string

  @Field(() => SafeIntScalar, { nullable: true })
  maxMessageBytes?: number | null

  @Field(() => [OutboundRouteInput], { nullable: true })
  outboundRoutes?: OutboundRouteInput[] | null

  @Field(() => [Int], { nullable: true })
  retryDelays?: number[] | null

  @Field(() => Int, { nullable: true })
  maxQueueAge?: number | null

  @Field(() => [OauthIssuerInput], { nullable: true })
  oauthIssuers?: OauthIssuerInput[] | null
}

@InputType()
export class UpdateMailNodeInput {
  @Field(() => RolloutWish, { nullable: true })
  rollout?: RolloutWish | null

  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => String, { nullable: true })
  hostName?: string | null

  @Field(() => SafeIntScalar, { nullable: true })
  maxMessageBytes?: number | null

  @Field(() => [OutboundRouteInput], { nullable: true })
  outboundRoutes?: OutboundRouteInput[] | null

  @Field(() => [Int], { nullable: true })
  retryDelays?: number[] | null

  @Field(() => Int, { nullable: true })
  maxQueueAge?: number | null

  @Field(() => [OauthIssuerInput], { nullable: true })
  oauthIssuers?: OauthIssuerInput[] | null
}

@ObjectType()
export class MailNodePayload extends Payload {
  @Field(() => MailNode, { nullable: true })
  mailNode: MailNode | null
}

@ObjectType({ description: 'A one-time join token; the secret is shown once.' })
export class JoinTokenPayload extends Payload {
  @Field(() => String, { nullable: true })
  token: string | null

  @Field(() => DateTimeScalar, { nullable: true })
  expiresAt: Date | null
}
