/** A mail host as people set it up. What the node says of itself is in its link (mail-node.loaders.ts). */
import type { OutboundRoute as RouteSetting } from '@mailfleet/schema'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { permissionSubject, type PermissionSubject } from '../../access/index.js'
import type { SubjectColumns } from '../../platform/casl-sql.js'
import { StatusEnum, type Status } from '../../platform/graphql/enums.js'
import { DateTimeScalar, JsonScalar, SafeIntScalar } from '../../platform/graphql/scalars.js'
import { VersionedObject } from '../../platform/graphql/versioned-object.js'

export const OutboundTlsEnum = { NONE: 'NONE', OPPORTUNISTIC: 'OPPORTUNISTIC', REQUIRED: 'REQUIRED' } as const
export type OutboundTls = keyof typeof OutboundTlsEnum
registerEnumType(OutboundTlsEnum, { name: 'OutboundTls' })

@ObjectType()
export class OutboundRoute implements RouteSetting {
  @Field(() => String)
  domain: string

  @Field(() => String)
  host: string

  @Field(() => Int)
  port: number

  @Field(() => OutboundTlsEnum)
  tls: OutboundTls
}

@ObjectType({
  description: 'Who issues access tokens that people sign in to their mailboxes with (OAUTHBEARER, RFC 7628).',
})
export class OauthIssuer {
  @Field(() => String, { description: '`iss` of its tokens.' })
  issuer: string

  @Field(() => String, { description: 'What must be among `aud`.' })
  audience: string

  @Field(() => String, { nullable: true, description: 'Where its keys are (RFC 7517).' })
  jwksUrl: string | null

  @Field(() => [JsonScalar], { description: 'Its public keys as JWKs, where there is no URL for them.' })
  keys: object[]

  @Field(() => String, { description: 'The claim that holds the address of the mailbox.' })
  addressClaim: string

  @Field(() => String, { nullable: true, description: 'What must be among the scopes of a token.' })
  requiredScope: string | null

  @Field(() => [String], { description: 'Domains for whose mailboxes it speaks; none: all of the node.' })
  domains: string[]
}

/** PostgreSQL's driver gives a bigint as text; here they are safe integers. */
const safeInteger = { from: (text: string) => Number(text), to: (value: number) => value }

@Entity()
@ObjectType({ description: 'A mail host that takes its configuration from here.' })
export class MailNode extends VersionedObject {
  @Column('text')
  @Field(() => String)
  name: string

  @Column('text')
  @Field(() => String)
  hostName: string

  @Column('text')
  @Field(() => StatusEnum)
  status: Status

  @Column({ type: 'bigint', transformer: safeInteger })
  @Field(() => SafeIntScalar)
  maxMessageBytes: number

  @Column('jsonb')
  @Field(() => [OutboundRoute])
  outboundRoutes: OutboundRoute[]

  @Column('integer', { array: true })
  @Field(() => [Int], { description: 'Seconds before attempt 2, 3, ...; the last repeats.' })
  retryDelays: number[]

  @Column('integer')
  @Field(() => Int, { description: 'Seconds.' })
  maxQueueAge: number

  @Column('jsonb')
  @Field(() => [OauthIssuer])
  oauthIssuers: OauthIssuer[]

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true })
  enrolledAt: Date | null
}

export const mailNodeColumns: SubjectColumns = { id: { sql: 'mail_node.id', type: 'uuid' } }

export const mailNodeSubject = (node: Pick<MailNode, 'id'>): PermissionSubject =>
  permissionSubject('MailNode', { id: node.id })
