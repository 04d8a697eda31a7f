import type { AppPasswordProtocol, ScramVerifier } from '@mailfleet/schema'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Mailbox } from '../mailboxes/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'

export const AppPasswordProtocolEnum = { SMTP: 'SMTP', IMAP: 'IMAP', POP3: 'POP3' } as const
registerEnumType(AppPasswordProtocolEnum, {
  name: 'AppPasswordProtocol',
  description: 'What an app password can be good for.',
  valuesConfig: {
    SMTP: { description: 'Submission of mail.' },
    IMAP: { description: 'Reading mail by IMAP.' },
    POP3: { description: 'Fetching mail by POP3.' },
  },
})

@Entity()
@ObjectType({
  description: 'A password that we made for one program of the owner of a mailbox. Its end ends its sessions.',
})
export class AppPassword extends VersionedObject {
  @Column('text')
  @Field(() => String, { description: 'What its owner calls it: the program or device.' })
  name: string

  @Column({ type: 'text', select: false })
  secretHash: string

  @Column({ type: 'jsonb', nullable: true, select: false })
  scram: ScramVerifier | null

  @Column('text', { array: true })
  @Field(() => [AppPasswordProtocolEnum], { description: 'For which alone it works.' })
  protocols: AppPasswordProtocol[]

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Addresses and networks from which alone it works; none: from anywhere.' })
  networks: string[]

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'Afterwards it lets nobody in; null: it does not end.' })
  expiresAt: Date | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'As nodes tell, seconds later.' })
  lastUsedAt: Date | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'An IP address.' })
  lastUsedFrom: string | null

  @Column({ type: 'uuid', update: false })
  mailboxId: string

  /** Always loaded with its domain and that one's tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Mailbox)
  @JoinColumn({ name: 'mailbox_id' })
  mailbox: Relation<Mailbox>
}

/** With `app_password` joined to its `mailbox`, that to its `domain`, and that to its `tenant`. */
export const appPasswordColumns = {
  id: { sql: 'app_password.id', type: 'uuid' },
  domainId: { sql: 'mailbox.domain_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const appPasswordSubject = ({ id, mailbox }: Pick<AppPassword, 'id' | 'mailbox'>): PermissionSubject =>
  permissionSubject('AppPassword', {
    id,
    domainId: mailbox.domain.id,
    within: pathsAbove(mailbox.domain.tenant.path),
  })
