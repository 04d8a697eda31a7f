import { Field, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject, type RuleTemplate } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'

@Entity()
@ObjectType({
  description: 'A role that a tenant made: a named set of rules, for administrators of it and of tenants below it.',
})
export class AccessRole extends VersionedObject {
  @Column('text')
  @Field(() => String, { description: 'What people call it; there is one of a name in a tenant, whatever the case.' })
  name: string

  @Column('text')
  @Field(() => String, { description: 'What it is for; may be empty.' })
  description: string

  @Column('jsonb')
  rules: RuleTemplate[]

  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>
}

/** With `access_role` joined to its `tenant`. */
export const accessRoleColumns = {
  id: { sql: 'access_role.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const accessRoleSubject = (role: Pick<AccessRole, 'id' | 'tenant'>): PermissionSubject =>
  permissionSubject('AccessRole', { id: role.id, within: pathsAbove(role.tenant.path) })
