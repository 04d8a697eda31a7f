import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../../access/index.js'
import { Administrator } from '../../administrators/index.js'
import type { SubjectColumns } from '../../platform/casl-sql.js'
import { DateTimeScalar } from '../../platform/graphql/scalars.js'
import { FactorMethodEnum, type FactorMethod } from '../two-factor/two-factor.types.js'
import { SignInMethodEnum, type SignInMethod } from './sign-in-method.js'

@Entity()
@ObjectType({ description: 'A browser in which somebody is signed in.' })
export class Session {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the session, which lets nobody in.' })
  id: string

  @Column('uuid')
  administratorId: string

  @ManyToOne(() => Administrator)
  @JoinColumn({ name: 'administrator_id' })
  @Field(() => Administrator, { description: 'Whose it is.' })
  administrator: Relation<Administrator>

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When they signed in.' })
  createdAt: Date

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'To within five minutes.' })
  lastSeenAt: Date

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it ends at the latest.' })
  expiresAt: Date

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'Where it was last seen.' })
  ipAddress: string | null

  @Column('text', { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'As the browser named itself when it was last seen; null: it did not.',
  })
  userAgent: string | null

  @Column('text')
  @Field(() => SignInMethodEnum, { description: 'With what its owner signed in.' })
  method: SignInMethod

  @Column('text', { nullable: true })
  @Field(() => FactorMethodEnum, {
    nullable: true,
    description: 'The step that came after it. Null: none was asked for.',
  })
  factor: FactorMethod | null

  @Column('boolean')
  @Field(() => Boolean, { description: 'Its owner has shown two factors in it.' })
  secondFactor: boolean
}

/** With `session` joined to its `administrator`, and that to its `tenant`. */
export const sessionColumns = {
  administratorId: { sql: 'session.administrator_id', type: 'uuid' },
  role: { sql: 'administrator.role', type: 'text' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const sessionSubject = ({ administrator }: Pick<Session, 'administrator'>): PermissionSubject =>
  permissionSubject('Session', {
    administratorId: administrator.id,
    role: administrator.role,
    within: pathsAbove(administrator.tenant.path),
  })
