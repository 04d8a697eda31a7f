import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject, type RuleTemplate } from '../../access/index.js'
import { Administrator } from '../../administrators/index.js'
import type { SubjectColumns } from '../../platform/casl-sql.js'
import { DateTimeScalar } from '../../platform/graphql/scalars.js'
import { Tenant } from '../../tenants/index.js'

@Entity()
@ObjectType({
  description:
    'An API token for scripts: `Authorization: Bearer <secret>`. It may do what its rules say, and of that what its administrator may at that moment.',
})
export class ApiToken {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the token, which lets nobody in.' })
  id: string

  @Column('uuid')
  administratorId: string

  @ManyToOne(() => Administrator)
  @JoinColumn({ name: 'administrator_id' })
  administrator: Relation<Administrator>

  @Column('text')
  @Field(() => String, { description: 'What its owner calls it: the program that has it.' })
  name: string

  @Column({ type: 'bytea', select: false })
  tokenHash: Buffer

  @Column('jsonb', { nullable: true })
  rules: RuleTemplate[] | null

  @Column('uuid', { nullable: true })
  tenantId: string | null

  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant> | null

  @Column('text', { array: true })
  @Field(() => [String], { description: 'In CIDR notation: from elsewhere it is no token. Empty: from everywhere.' })
  ipRanges: string[]

  @Column('timestamptz', { default: () => 'now()' })
  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt: Date

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'Afterwards it lets nobody in; null: it does not end.' })
  expiresAt: Date | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'To within five minutes.' })
  lastUsedAt: Date | null

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'From where it was last used; null: never.' })
  lastUsedIp: string | null
}

/** With `api_token` joined to its `administrator`, and that to its `tenant`. */
export const apiTokenColumns = {
  administratorId: { sql: 'api_token.administrator_id', type: 'uuid' },
  role: { sql: 'administrator.role', type: 'text' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const apiTokenSubject = ({ administrator }: Pick<ApiToken, 'administrator'>): PermissionSubject =>
  permissionSubject('ApiToken', {
    administratorId: administrator.id,
    role: administrator.role,
    within: pathsAbove(administrator.tenant.path),
  })
