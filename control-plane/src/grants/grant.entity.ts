import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject, type RuleTemplate } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'

export const GrantStateEnum = {
  REQUESTED: 'REQUESTED',
  ACTIVE: 'ACTIVE',
  DECLINED: 'DECLINED',
  REVOKED: 'REVOKED',
} as const
export type GrantState = keyof typeof GrantStateEnum
registerEnumType(GrantStateEnum, {
  name: 'GrantState',
  description: 'How far a grant has come.',
  valuesConfig: {
    REQUESTED: { description: 'Somebody has asked for it, and nobody has decided.' },
    ACTIVE: { description: 'It was offered or approved.' },
    DECLINED: { description: 'It was asked for, and refused.' },
    REVOKED: { description: 'It was given, and taken back.' },
  },
})

@Entity('access_grant')
@ObjectType('Grant', {
  description: 'Rights that a tenant gives an administrator of another one, for a time and a reason.',
})
export class Grant extends VersionedObject {
  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column({ type: 'uuid', nullable: true, update: false })
  receiverId: string | null

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'Of the administrator who gets the rights.' })
  receiverEmail: string

  @Column('text')
  @Field(() => GrantStateEnum, { description: 'ACTIVE until `expiresAt`.' })
  state: GrantState

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'What it is for, in the words of who offered or asked.' })
  reason: string

  @Column({ type: 'jsonb', update: false })
  rules: RuleTemplate[]

  @Column({ type: 'timestamptz', update: false })
  @Field(() => DateTimeScalar, { description: 'When the rights end by themselves.' })
  expiresAt: Date

  @Column('uuid', { nullable: true })
  decidedById: string | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last offered, approved, declined or revoked.',
  })
  decidedAt: Date | null
}

/** With `access_grant` joined to its `tenant`. */
export const grantColumns = {
  id: { sql: 'access_grant.id', type: 'uuid' },
  administratorId: { sql: 'access_grant.receiver_id', type: 'uuid', nullable: true },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const grantSubject = (grant: Pick<Grant, 'id' | 'receiverId' | 'tenant'>): PermissionSubject =>
  permissionSubject('Grant', { id: grant.id, administratorId: grant.receiverId, within: pathsAbove(grant.tenant.path) })
