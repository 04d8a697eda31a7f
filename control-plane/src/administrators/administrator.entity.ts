import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, RoleEnum, type PermissionSubject, type Role } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'

registerEnumType(RoleEnum, {
  name: 'Role',
  valuesConfig: {
    PLATFORM_ADMIN: { description: 'Everything.' },
    RESELLER: { description: 'Its tenant and all below: tenants, administrators, domains, mailboxes.' },
    CUSTOMER_ADMIN: { description: "Its customer's domains, mailboxes, aliases, forwards and administrators." },
    SUPPORT: { description: 'Reads what its tenant and those below have; changes nothing.' },
    CUSTOM: { description: 'Nothing by itself: what the roles assigned say.' },
  },
  description: 'What is built in; custom roles are an `AccessRole` each.',
})

@Entity()
@ObjectType({ description: 'A person who administers one tenant and all below it.' })
export class Administrator extends VersionedObject {
  /** In normal form; how people sign in. */
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'With which they sign in; in lower case.' })
  email: string

  @Column('text')
  @Field(() => String, { description: 'What people call them.' })
  name: string

  @Column('text')
  @Field(() => RoleEnum, { description: 'The built-in one, at their own tenant; assigned roles come on top.' })
  role: Role

  @Column('text')
  @Field(() => StatusEnum, { description: 'Suspended, they are signed out and cannot sign in.' })
  status: Status

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When they last came in by any way; null: never.' })
  lastSignInAt: Date | null

  /** Never read together with the rest. */
  @Column({ type: 'text', select: false })
  passwordHash: string

  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>
}

/** With `administrator` joined to its `tenant`. */
export const administratorColumns = {
  id: { sql: 'administrator.id', type: 'uuid' },
  role: { sql: 'administrator.role', type: 'text' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const administratorSubject = (administrator: Pick<Administrator, 'id' | 'role' | 'tenant'>): PermissionSubject =>
  permissionSubject('Administrator', {
    id: administrator.id,
    role: administrator.role,
    within: pathsAbove(administrator.tenant.path),
  })
