import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { JsonScalar } from '../platform/graphql/scalars.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'

@Entity()
@ObjectType({
  description:
    'A filter of the mail log under a name. What it finds is a matter of who asks: sharing it shows nobody more.',
})
export class SavedSearch extends VersionedObject {
  @Column({ type: 'uuid', update: false })
  @Field(() => ID, { description: 'Whose it is.' })
  administratorId: string

  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('text')
  @Field(() => String, { description: 'What people call it.' })
  name: string

  @Column('jsonb')
  @Field(() => JsonScalar, { description: 'A `MailEventFilter`.' })
  filter: unknown

  @Column('boolean')
  @Field(() => Boolean, { description: 'Whether the administrators of its tenant, and of those above, have it too.' })
  isShared: boolean
}

/** With `saved_search` joined to its `tenant`. One that is not shared is in no tenant: it is its owner's alone. */
export const savedSearchColumns = {
  id: { sql: 'saved_search.id', type: 'uuid' },
  administratorId: { sql: 'saved_search.administrator_id', type: 'uuid' },
  within: { sql: 'CASE WHEN saved_search.is_shared THEN tenant.path END', type: 'path', nullable: true },
} satisfies SubjectColumns

export const savedSearchSubject = (
  search: Pick<SavedSearch, 'id' | 'administratorId' | 'isShared' | 'tenant'>,
): PermissionSubject =>
  permissionSubject('SavedSearch', {
    id: search.id,
    administratorId: search.administratorId,
    within: pathsAbove(search.isShared ? search.tenant.path : null),
  })
