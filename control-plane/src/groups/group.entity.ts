import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import type { GroupPosting } from '@mailfleet/schema'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Domain } from '../domains/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'

export const GroupPostingEnum = { ANYONE: 'ANYONE', MEMBERS: 'MEMBERS', OWNERS: 'OWNERS', NAMED: 'NAMED' } as const
registerEnumType(GroupPostingEnum, {
  name: 'GroupPosting',
  description: 'Who may write to a group; its owners always may.',
  valuesConfig: {
    NAMED: { description: 'The posters.' },
    ANYONE: { description: 'Everybody, from outside as well.' },
    MEMBERS: { description: 'Members and owners.' },
    OWNERS: { description: 'Owners alone.' },
  },
})

@Entity('mail_group')
@ObjectType({ description: 'A distribution list: what is sent to it goes to its members, and bounces to its owners.' })
export class Group extends VersionedObject {
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'local@domain, the domain in A-labels.' })
  address: string

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'What is before the @, in its normal form.' })
  localPart: string

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'What is sent there, bounces above all, goes to the owners.' })
  ownerAddress: string

  @Column('text')
  @Field(() => String, { description: 'What people call it.' })
  name: string

  @Column('text')
  @Field(() => StatusEnum, { description: 'Suspended, its address is refused like one that there is not.' })
  status: Status

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Addresses, here or elsewhere; of groups, each member of theirs.' })
  members: string[]

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Addresses of who gets what is meant for its owners, bounces above all.' })
  owners: string[]

  @Column('text')
  @Field(() => GroupPostingEnum, { description: 'Who may write to it.' })
  posting: GroupPosting

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Who may write to it, of NAMED.' })
  posters: string[]

  @Column({ type: 'uuid', update: false })
  domainId: string

  /** Always loaded with its tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Domain)
  @JoinColumn({ name: 'domain_id' })
  domain: Relation<Domain>
}

/** With `mail_group` joined to its `domain` and that to its `tenant`. */
export const groupColumns = {
  id: { sql: 'mail_group.id', type: 'uuid' },
  domainId: { sql: 'mail_group.domain_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const groupSubject = (group: Pick<Group, 'id' | 'domain'>): PermissionSubject =>
  permissionSubject('Group', { id: group.id, domainId: group.domain.id, within: pathsAbove(group.domain.tenant.path) })
