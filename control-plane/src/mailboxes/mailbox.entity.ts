import type { ScramVerifier } from '@mailfleet/schema'
import { Field, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Domain } from '../domains/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DeletableObject } from '../platform/graphql/deletable-object.js'
import { SafeIntScalar } from '../platform/graphql/scalars.js'

/** PostgreSQL's bigint comes as text; the API's numbers have 53 bits and no quota needs more. */
const bigint = { to: (value: number | null) => value, from: (value: string | null) => value && Number(value) }

@Entity()
@ObjectType({ description: 'An account that stores mail and signs in to SMTP, IMAP and POP3.' })
export class Mailbox extends DeletableObject {
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'local@domain, the domain in A-labels.' })
  address: string

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'What is before the @, in its normal form.' })
  localPart: string

  @Column('text')
  @Field(() => String, { description: "The owner's name." })
  name: string

  @Column('bigint', { nullable: true, transformer: bigint })
  @Field(() => SafeIntScalar, { nullable: true, description: 'Bytes; null is unlimited.' })
  quotaBytes: number | null

  /** Never read together with the rest. */
  @Column({ type: 'text', select: false })
  passwordHash: string

  /** Of the same password: what a node needs for SCRAM. Null for a password that was set before there were any. */
  @Column({ type: 'jsonb', nullable: true, select: false })
  scram: ScramVerifier | null

  @Column({ type: 'boolean', insert: false, update: false })
  @Field(() => Boolean, { description: 'Without a password: nobody signs in to it, its members use it.' })
  shared: boolean

  @Column({ type: 'uuid', update: false })
  domainId: string

  /** Always loaded with its tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Domain)
  @JoinColumn({ name: 'domain_id' })
  domain: Relation<Domain>
}

/** With `mailbox` joined to its `domain` and that to its `tenant`. */
export const mailboxColumns = {
  id: { sql: 'mailbox.id', type: 'uuid' },
  domainId: { sql: 'mailbox.domain_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const mailboxSubject = (mailbox: Pick<Mailbox, 'id' | 'domain'>): PermissionSubject =>
  permissionSubject('Mailbox', {
    id: mailbox.id,
    domainId: mailbox.domain.id,
    within: pathsAbove(mailbox.domain.tenant.path),
  })
