/** A mail host as people set it up. What the node says of itself is in its link (mail-node.loaders.ts). */
import type { OutboundRoute as RouteSetting } from '@mailfleet/schema'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { permissionSubject, type PermissionSubject } from '../../access/index.js'
import type { SubjectColumns } from '../../platform/casl-sql.js'
import { StatusEnum, type Status } from '../../platform/graphql/enums.js'
import { DateTimeScalar, SafeIntScalar } from '../../platform/graphql/scalars.js'
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

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true })
  enrolledAt: Date | null
}

export const mailNodeColumns: SubjectColumns = { id: { sql: 'mail_node.id', type: 'uuid' } }

export const mailNodeSubject = (node: Pick<MailNode, 'id'>): PermissionSubject =>
  permissionSubject('MailNode', { id: node.id })
