import { Field, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'

@Entity()
@ObjectType({ description: 'A mail domain of a tenant.' })
export class Domain extends VersionedObject {
  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'A-labels, as on the wire.' })
  name: string

  @Column({ type: 'text', update: false })
  @Field(() => String, { description: 'U-labels, for people.' })
  displayName: string

  @Column('text')
  @Field(() => StatusEnum)
  status: Status

  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('uuid', { nullable: true })
  mailNodeId: string | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Where mail for unknown addresses goes; null refuses it.' })
  catchAll: string | null
}

/** With `domain` joined to its `tenant`. */
export const domainColumns = {
  id: { sql: 'domain.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const domainSubject = (domain: Pick<Domain, 'id' | 'tenant'>): PermissionSubject =>
  permissionSubject('Domain', { id: domain.id, within: pathsAbove(domain.tenant.path) })
