import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'
import { eventDescriptions, WebhookEventTypeEnum } from './webhook-events.js'

export const WebhookStatusEnum = { ACTIVE: 'ACTIVE', PAUSED: 'PAUSED', DISABLED: 'DISABLED' } as const
export type WebhookStatus = keyof typeof WebhookStatusEnum
registerEnumType(WebhookStatusEnum, {
  name: 'WebhookStatus',
  valuesConfig: {
    PAUSED: { description: 'By somebody: what happens meanwhile is not told.' },
    DISABLED: { description: 'By itself; `disabledReason` says why.' },
    ACTIVE: { description: 'It does.' },
  },
  description: 'Whether a webhook tells anything.',
})

const WebhookDisabledReasonEnum = { GONE: 'GONE', FAILING: 'FAILING', BACKLOG: 'BACKLOG' } as const
export type WebhookDisabledReason = keyof typeof WebhookDisabledReasonEnum
registerEnumType(WebhookDisabledReasonEnum, {
  name: 'WebhookDisabledReason',
  valuesConfig: {
    GONE: { description: 'The receiver answered 410.' },
    FAILING: { description: 'Nothing was taken for a day.' },
    BACKLOG: { description: 'More was waiting than the receiver would ever take.' },
  },
  description: 'Why a webhook tells nothing.',
})
registerEnumType(WebhookEventTypeEnum, {
  name: 'WebhookEventType',
  description: 'What webhooks tell of: mail events, and changes of objects.',
  valuesConfig: Object.fromEntries(eventDescriptions().map(([name, description]) => [name, { description }])),
})

@Entity()
@ObjectType({
  description: 'Tells a receiver of what happens at a tenant and below: of what the tenant may see at that time.',
})
export class Webhook extends VersionedObject {
  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('text')
  @Field(() => String, { description: 'Where it is sent by POST.' })
  url: string

  @Column('text')
  @Field(() => String, { description: 'What it is for; may be empty.' })
  description: string

  @Column('text', { array: true })
  @Field(() => [WebhookEventTypeEnum], { description: 'What it tells of.' })
  eventTypes: string[]

  /** Whether any of them is of the mail log: what nodes report need not be looked at for the others. */
  @Column('boolean')
  aboutMail: boolean

  @Column('uuid', { array: true, nullable: true })
  domainIds: string[] | null

  @Column('text')
  @Field(() => WebhookStatusEnum, { description: 'Whether it tells anything.' })
  status: WebhookStatus

  @Column('text', { nullable: true })
  @Field(() => WebhookDisabledReasonEnum, { nullable: true, description: 'Why it does not; null: it does.' })
  disabledReason: WebhookDisabledReason | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when it does not; null: it does.' })
  disabledAt: Date | null

  @Column({ type: 'bytea', select: false })
  sealedSecret: Buffer

  @Column({ type: 'bytea', nullable: true, select: false })
  sealedFormerSecret: Buffer | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when the secret before the last rotation signs as well.',
  })
  formerSecretUntil: Date | null
}

/** With `webhook` joined to its `tenant`. */
export const webhookColumns = {
  id: { sql: 'webhook.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const webhookSubject = (webhook: Pick<Webhook, 'id' | 'tenant'>): PermissionSubject =>
  permissionSubject('Webhook', { id: webhook.id, within: pathsAbove(webhook.tenant.path) })

/** What a secret of a webhook is sealed for. */
export const secretPurpose = (webhookId: string): string => `webhook:${webhookId}`
