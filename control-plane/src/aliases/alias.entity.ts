import { Field, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { Domain } from '../domains/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'

@Entity()
@ObjectType({ description: 'Another name for one or more addresses.' })
export class Alias extends VersionedObject {
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'local@domain, the domain in A-labels.' })
  address: string

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'What is before the @, in its normal form.' })
  localPart: string

  @Column('text')
  @Field(() => StatusEnum, { description: 'Suspended, its address is refused like one that there is not.' })
  status: Status

  @Column('text', { array: true })
  @Field(() => [String], { description: 'Addresses to which its mail goes, here or elsewhere.' })
  targets: string[]

  @Column({ type: 'uuid', update: false })
  domainId: string

  /** Always loaded with its tenant: permissions are a matter of the tenant's path. */
  @ManyToOne(() => Domain)
  @JoinColumn({ name: 'domain_id' })
  domain: Relation<Domain>
}

/** With `alias` joined to its `domain` and that to its `tenant`. */
export const aliasColumns = {
  id: { sql: 'alias.id', type: 'uuid' },
  domainId: { sql: 'alias.domain_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const aliasSubject = (alias: Pick<Alias, 'id' | 'domain'>): PermissionSubject =>
  permissionSubject('Alias', { id: alias.id, domainId: alias.domain.id, within: pathsAbove(alias.domain.tenant.path) })
