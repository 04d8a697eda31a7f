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
registerEnumType(OutboundTlsEnum, {
  name: 'OutboundTls',
  description: 'How mail is secured on its way to a next hop.',
  valuesConfig: {
    NONE: { description: 'In plain.' },
    OPPORTUNISTIC: { description: 'With STARTTLS where it is offered, whatever the certificate.' },
    REQUIRED: { description: 'With a certificate that is right, or not at all.' },
  },
})

@ObjectType({ description: 'Where mail to a domain goes in place of its MX.' })
export class OutboundRoute implements RouteSetting {
  @Field(() => String, { description: 'The destination; `*` is every one that has no route of its own.' })
  domain: string

  @Field(() => String, { description: 'The name or address of the next hop.' })
  host: string

  @Field(() => Int, { description: 'Its TCP port.' })
  port: number

  @Field(() => OutboundTlsEnum, { description: 'Whether the next hop must speak TLS.' })
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
  @Field(() => String, { description: 'What people call it; there is one of a name.' })
  name: string

  @Column('text')
  @Field(() => String, { description: 'As it greets on SMTP, and as MX records name it.' })
  hostName: string

  @Column('text')
  @Field(() => StatusEnum, { description: 'Suspended, its link is cut and it gets no new domains.' })
  status: Status

  @Column({ type: 'bigint', transformer: safeInteger })
  @Field(() => SafeIntScalar, { description: 'The largest message that it takes, in bytes.' })
  maxMessageBytes: number

  @Column('jsonb')
  @Field(() => [OutboundRoute], { description: 'Where mail to certain domains goes in place of their MX.' })
  outboundRoutes: OutboundRoute[]

  @Column('integer', { array: true })
  @Field(() => [Int], { description: 'Seconds before attempt 2, 3, ...; the last repeats.' })
  retryDelays: number[]

  @Column('integer')
  @Field(() => Int, { description: 'Seconds.' })
  maxQueueAge: number

  @Column('jsonb')
  @Field(() => [OauthIssuer], { description: 'Whose tokens its mailboxes may sign in with (RFC 7628).' })
  oauthIssuers: OauthIssuer[]

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When its agent first came with a join token; null: never.',
  })
  enrolledAt: Date | null
}

export const mailNodeColumns: SubjectColumns = { id: { sql: 'mail_node.id', type: 'uuid' } }

export const mailNodeSubject = (node: Pick<MailNode, 'id'>): PermissionSubject =>
  permissionSubject('MailNode', { id: node.id })
