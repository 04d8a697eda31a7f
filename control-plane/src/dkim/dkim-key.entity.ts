import type { DkimAlgorithm } from '@mailfleet/schema'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Domain } from '../domains/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'

export const DkimAlgorithmEnum = { RSA_SHA256: 'RSA_SHA256', ED25519_SHA256: 'ED25519_SHA256' } as const
registerEnumType(DkimAlgorithmEnum, {
  name: 'DkimAlgorithm',
  description: 'RFC 6376 and RFC 8463.',
  valuesConfig: {
    RSA_SHA256: { description: 'RSA of 2,048 bits, which every verifier knows.' },
    ED25519_SHA256: { description: 'Ed25519 (RFC 8463): short, and not known everywhere.' },
  },
})

export const DkimKeyStateEnum = {
  PUBLISHED: 'PUBLISHED',
  SIGNING: 'SIGNING',
  RETIRING: 'RETIRING',
  RETIRED: 'RETIRED',
  REVOKED: 'REVOKED',
} as const
export type DkimKeyState = keyof typeof DkimKeyStateEnum
registerEnumType(DkimKeyStateEnum, {
  name: 'DkimKeyState',
  valuesConfig: {
    PUBLISHED: { description: 'Its record is to be published; it signs as soon as DNS has it.' },
    SIGNING: { description: 'Signs what is sent from the domain, beside others that do.' },
    RETIRING: { description: 'Signs no more; its record stays for the messages that are under way.' },
    RETIRED: { description: 'Its record can go.' },
    REVOKED: { description: 'Ended at once: publish its record with an empty key.' },
  },
  description: 'The life of a DKIM key.',
})

export const DkimRecordStatusEnum = {
  FOUND: 'FOUND',
  MISSING: 'MISSING',
  WRONG: 'WRONG',
  UNANSWERED: 'UNANSWERED',
} as const
export type DkimRecordStatus = keyof typeof DkimRecordStatusEnum
registerEnumType(DkimRecordStatusEnum, {
  name: 'DkimRecordStatus',
  description: 'Whether DNS has the public key.',
  valuesConfig: {
    UNANSWERED: { description: 'DNS gave no answer: nothing is concluded from that.' },
    FOUND: { description: 'DNS has this key.' },
    MISSING: { description: 'DNS has no record there.' },
    WRONG: { description: 'DNS has another record there.' },
  },
})

@Entity()
@ObjectType({ description: 'A key that signs the mail of a domain. The private half is never shown.' })
export class DkimKey extends VersionedObject {
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'The record is at `<selector>._domainkey.<domain>`.' })
  selector: string

  @Column({ type: 'text', update: false })
  @Field(() => DkimAlgorithmEnum, { description: 'With which it signs (RFC 6376, RFC 8463).' })
  algorithm: DkimAlgorithm

  @Column('text')
  @Field(() => DkimKeyStateEnum, { description: 'Where it is in its life; DNS decides when it goes on.' })
  state: DkimKeyState

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it came into that state.' })
  stateSince: Date

  /** As in the record's `p=`. */
  @Column({ type: 'text', update: false })
  publicKey: string

  /** Null once it signs no more. */
  @Column('bytea', { nullable: true, select: false })
  sealedPrivateKey?: Buffer | null

  @Column('text', { nullable: true })
  @Field(() => DkimRecordStatusEnum, { nullable: true, description: 'What the last look into DNS found.' })
  recordStatus: DkimRecordStatus | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When its record was last looked for; null: not yet.' })
  recordCheckedAt: Date | null

  @Column({ type: 'uuid', update: false })
  domainId: string

  /** Always loaded with its tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Domain)
  @JoinColumn({ name: 'domain_id' })
  domain: Relation<Domain>
}

/** With `dkim_key` joined to its `domain` and that to its `tenant`. */
export const dkimKeyColumns = {
  id: { sql: 'dkim_key.id', type: 'uuid' },
  domainId: { sql: 'dkim_key.domain_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const dkimKeySubject = ({ id, domain }: Pick<DkimKey, 'id' | 'domain'>): PermissionSubject =>
  permissionSubject('DkimKey', { id, domainId: domain.id, within: pathsAbove(domain.tenant.path) })
