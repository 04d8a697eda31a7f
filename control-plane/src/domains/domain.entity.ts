import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DeletableObject } from '../platform/graphql/deletable-object.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Tenant } from '../tenants/index.js'

export const OwnershipProofEnum = { DNS: 'DNS', PARENT: 'PARENT', WAIVED: 'WAIVED' } as const
export type OwnershipProof = keyof typeof OwnershipProofEnum
registerEnumType(OwnershipProofEnum, {
  name: 'OwnershipProof',
  valuesConfig: {
    DNS: { description: 'The TXT record was found.' },
    PARENT: { description: 'Whoever made it may change a proven domain above it.' },
    WAIVED: { description: 'Somebody who may waive the proof did so.' },
  },
  description: 'The record that proves whose a domain is.',
})

@Entity()
@ObjectType({ description: 'A mail domain of a tenant.' })
export class Domain extends DeletableObject {
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'A-labels, as on the wire.' })
  name: string

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'U-labels, for people.' })
  displayName: string

  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column({ type: 'text', nullable: true, update: false })
  @Field(() => OwnershipProofEnum, { nullable: true, description: 'How its owner is known; null: not yet.' })
  proof: OwnershipProof | null

  @Column({ type: 'timestamptz', nullable: true, update: false })
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When its ownership was proven or waived; null: it is a claim until now.',
  })
  provenAt: Date | null

  @Column({ type: 'timestamptz', nullable: true, update: false })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When its required DNS records were first found.' })
  readyAt: Date | null

  /** Made by the database. */
  @Column({ type: 'text', insert: false, update: false })
  ownershipToken: string

  @Column('uuid', { nullable: true })
  mailNodeId: string | null

  /** Of the same tenant, and on the same node: the database keeps it so. */
  @Column('uuid', { nullable: true })
  aliasOfId: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Where mail for unknown addresses goes; null refuses it.' })
  catchAll: string | null
}

/** With `domain` joined to its `tenant`. */
export const domainColumns = {
  id: { sql: 'domain.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const domainSubject = (domain: Pick<Domain, 'id' | 'tenant'>): PermissionSubject =>
  permissionSubject('Domain', { id: domain.id, within: pathsAbove(domain.tenant.path) })
