import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, RoleEnum, type PermissionSubject, type Role } from '../access/index.js'
import { Administrator } from '../administrators/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Tenant } from '../tenants/index.js'
import { AccessRole } from './access-role.entity.js'

@Entity()
@ObjectType({ description: 'A role given to an administrator at a tenant, besides the role that they have anyway.' })
export class RoleAssignment {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the assignment itself.' })
  id: string

  @Column('uuid')
  administratorId: string

  @ManyToOne(() => Administrator)
  @JoinColumn({ name: 'administrator_id' })
  administrator: Relation<Administrator>

  @Column('text', { nullable: true, name: 'built_in' })
  @Field(() => RoleEnum, { nullable: true, description: 'A built-in role; else `accessRole`.' })
  role: Role | null

  @Column('uuid', { nullable: true })
  accessRoleId: string | null

  @ManyToOne(() => AccessRole)
  @JoinColumn({ name: 'access_role_id' })
  accessRole: Relation<AccessRole> | null

  @Column('uuid')
  tenantId: string

  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Afterwards the role counts no more; null: it does not end.',
  })
  expiresAt: Date | null

  @Column('uuid', { nullable: true })
  givenById: string | null

  @Column('timestamptz', { default: () => 'now()' })
  @Field(() => DateTimeScalar, { description: 'When it was given.' })
  createdAt: Date
}

/** With `role_assignment` joined to its `administrator`, and that to its `tenant`. */
export const roleAssignmentColumns = {
  id: { sql: 'role_assignment.id', type: 'uuid' },
  administratorId: { sql: 'role_assignment.administrator_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const roleAssignmentSubject = (
  id: string,
  administrator: Pick<Administrator, 'id' | 'tenant'>,
): PermissionSubject =>
  permissionSubject('RoleAssignment', {
    id,
    administratorId: administrator.id,
    within: pathsAbove(administrator.tenant.path),
  })
