import { Field, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Mailbox } from '../mailboxes/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'

@Entity()
@ObjectType({ description: 'Sends what arrives in a mailbox on to other addresses; at most one per mailbox.' })
export class Forward extends VersionedObject {
  @Column('text')
  @Field(() => StatusEnum, { description: 'Suspended, mail stays in the mailbox alone.' })
  status: Status

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Addresses to which copies go.' })
  targets: string[]

  @Column('boolean')
  @Field(() => Boolean, { description: 'Whether the mailbox keeps what is forwarded.' })
  keepCopy: boolean

  @Column({ type: 'uuid', update: false })
  mailboxId: string

  /** Always loaded, up to the tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Mailbox)
  @JoinColumn({ name: 'mailbox_id' })
  mailbox: Relation<Mailbox>
}

/** With `forward` joined to its `mailbox`, that to its `domain` and that to its `tenant`. */
export const forwardColumns = {
  id: { sql: 'forward.id', type: 'uuid' },
  domainId: { sql: 'domain.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const forwardSubject = (forward: Pick<Forward, 'id' | 'mailbox'>): PermissionSubject =>
  permissionSubject('Forward', {
    id: forward.id,
    domainId: forward.mailbox.domain.id,
    within: pathsAbove(forward.mailbox.domain.tenant.path),
  })
