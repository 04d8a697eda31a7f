import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DeletableObject } from '../platform/graphql/deletable-object.js'

export const TenantKindEnum = { PLATFORM: 'PLATFORM', RESELLER: 'RESELLER', CUSTOMER: 'CUSTOMER' } as const
export type TenantKind = keyof typeof TenantKindEnum
registerEnumType(TenantKindEnum, {
  name: 'TenantKind',
  description: 'Where a tenant stands in the tree.',
  valuesConfig: {
    PLATFORM: { description: 'The one at the top: whoever runs the installation.' },
    RESELLER: { description: 'May have resellers and customers below it.' },
    CUSTOMER: { description: 'Has domains and mailboxes, and no tenants below it.' },
  },
})

@Entity()
@ObjectType({ description: 'A node of the delegation tree: platform, reseller (of any depth) or customer.' })
export class Tenant extends DeletableObject {
  @Column('text')
  @Field(() => String, { description: 'What people call it.' })
  name: string

  @Column({ type: 'text', update: false })
  @Field(() => TenantKindEnum, { description: 'What it may have below it.' })
  kind: TenantKind

  @Column('boolean', { default: false })
  @Field(() => Boolean, {
    description: 'All administrators here and below must have a second factor. Below it cannot be loosened.',
  })
  requireTwoFactor: boolean

  @Column({ type: 'uuid', nullable: true, update: false })
  parentId: string | null

  /** ltree: ids without dashes, from the root down. */
  @Column({ type: 'ltree', update: false })
  path: string
}

export const tenantColumns = {
  id: { sql: 'tenant.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const tenantSubject = (tenant: Pick<Tenant, 'id' | 'path'>): PermissionSubject =>
  permissionSubject('Tenant', { id: tenant.id, within: pathsAbove(tenant.path) })

export const pathLabel = (id: string): string => id.replaceAll('-', '')
