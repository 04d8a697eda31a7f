import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Domain } from '../domains/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { NodeInterface } from '../platform/graphql/node-interface.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'

/** PostgreSQL's bigint comes as text. */
const bigint = { to: (value: number | null) => value, from: (value: string | null) => value && Number(value) }

export const QueuedMessageStateEnum = { WAITING: 'WAITING', DEFERRED: 'DEFERRED', HELD: 'HELD' } as const
export type QueuedMessageState = keyof typeof QueuedMessageStateEnum
registerEnumType(QueuedMessageStateEnum, {
  name: 'QueuedMessageState',
  valuesConfig: {
    WAITING: { description: 'Not tried yet, or being tried for the first time.' },
    DEFERRED: { description: 'Tried, and tried again later.' },
    HELD: { description: 'Not sent before it is released.' },
  },
  description: 'What a message in the queue waits for.',
})

@Entity()
@ObjectType({
  implements: NodeInterface,
  description: 'A message that waits in the outbound queue of a node for one recipient, as that node has last told.',
})
export class QueuedMessage {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the message for one recipient.' })
  id: string

  @Column('uuid')
  mailNodeId: string

  @Column('text')
  @Field(() => String, { description: 'Same for all recipients of the message, and for its events in the mail log.' })
  transactionId: string

  @Column('text')
  @Field(() => String, { description: 'To whom it is to be sent.' })
  recipient: string

  @Column('text')
  @Field(() => String, { description: 'The domain of the recipient.' })
  destination: string

  @Column('uuid')
  domainId: string

  /** Always loaded with its tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Domain)
  @JoinColumn({ name: 'domain_id' })
  domain: Relation<Domain>

  @Column('uuid', { nullable: true })
  mailboxId: string | null

  @Column('text')
  @Field(() => String, { description: 'Reverse-path; empty of a notification.' })
  sender: string

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Message-ID field, without brackets.' })
  messageId: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'The Subject field, decoded; null: it has none.' })
  subject: string | null

  @Column('bigint', { nullable: true, transformer: bigint })
  @Field(() => SafeIntScalar, { nullable: true, description: 'In octets.' })
  size: number | null

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it was taken into the queue.' })
  queuedAt: Date

  @Column('integer')
  @Field(() => Int, { description: 'That have failed so far.' })
  attempts: number

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'Null: as soon as its destination takes it.' })
  nextAttemptAt: Date | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'What came of the last attempt.' })
  lastReply: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'That said so.' })
  remoteHost: string | null
}

/** With `queued_message` joined to its `domain` and that to its `tenant`. */
export const queuedMessageColumns = {
  id: { sql: 'queued_message.id', type: 'uuid' },
  domainId: { sql: 'queued_message.domain_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const queuedMessageSubject = ({ id, domain }: Pick<QueuedMessage, 'id' | 'domain'>): PermissionSubject =>
  permissionSubject('QueuedMessage', { id, domainId: domain.id, within: pathsAbove(domain.tenant.path) })
