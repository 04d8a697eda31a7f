import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { permissionSubject, type PermissionSubject } from '../access/index.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'

@Entity()
@ObjectType({
  description: 'An API token for scripts: `Authorization: Bearer <secret>`. It may do what its administrator may.',
})
export class ApiToken {
  @PrimaryColumn('uuid')
  @Field(() => ID)
  id: string

  @Column('uuid')
  administratorId: string

  @Column('text')
  @Field(() => String)
  name: string

  @Column({ type: 'bytea', select: false })
  tokenHash: Buffer

  @Column('timestamptz', { default: () => 'now()' })
  @Field(() => DateTimeScalar)
  createdAt: Date

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true })
  expiresAt: Date | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true })
  lastUsedAt: Date | null
}

export const apiTokenSubject = (token: Pick<ApiToken, 'id' | 'administratorId'>): PermissionSubject =>
  permissionSubject('ApiToken', { id: token.id, administratorId: token.administratorId })
