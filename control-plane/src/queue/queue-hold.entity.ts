import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { NodeInterface } from '../platform/graphql/node-interface.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Tenant } from '../tenants/index.js'

export const QueueHoldReasonEnum = { ADMINISTRATOR: 'ADMINISTRATOR', UNUSUAL_SENDING: 'UNUSUAL_SENDING' } as const
export type QueueHoldReason = keyof typeof QueueHoldReasonEnum
registerEnumType(QueueHoldReasonEnum, {
  name: 'QueueHoldReason',
  valuesConfig: {
    ADMINISTRATOR: { description: 'Somebody wanted it.' },
    UNUSUAL_SENDING: {
      description: 'The mailbox began to send to far more recipients than its policy takes for usual.',
    },
  },
  description: 'Why mail is held back in the queue.',
})

@Entity()
@ObjectType({
  implements: NodeInterface,
  description:
    'Mail that is not sent until this is released, whether it waits already or comes later: what the tenant, and all below it, ' +
    'send, as far as it meets all else that is given.',
})
export class QueueHold {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the hold itself.' })
  id: string

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it began.' })
  createdAt: Date

  @Column('uuid')
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('uuid', { nullable: true })
  domainId: string | null

  @Column('uuid', { nullable: true })
  mailboxId: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Mail to this domain only.' })
  destination: string | null

  @Column('uuid', { nullable: true })
  mailNodeId: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'One message only, for `recipient`.' })
  transactionId: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Of mail to this address; null: whoever it is to.' })
  recipient: string | null

  @Column('text')
  @Field(() => QueueHoldReasonEnum, { description: 'Why mail is held.' })
  reason: QueueHoldReason

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'In the words of who set it; null: nothing was said.' })
  note: string | null
}

/** With `queue_hold` joined to its `tenant`. */
export const queueHoldColumns = {
  id: { sql: 'queue_hold.id', type: 'uuid' },
  domainId: { sql: 'queue_hold.domain_id', type: 'uuid', nullable: true },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const queueHoldSubject = (hold: Pick<QueueHold, 'id' | 'domainId' | 'tenant'>): PermissionSubject =>
  permissionSubject('QueueHold', { id: hold.id, domainId: hold.domainId, within: pathsAbove(hold.tenant.path) })
