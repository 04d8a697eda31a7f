import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { permissionSubject, type PermissionSubject } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'

@Entity()
@ObjectType({ description: 'A network from which nobody signs in for a while, on any node or here.' })
export class Ban {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the ban itself.' })
  id: string

  @Column('text')
  @Field(() => String, { description: 'An IPv4 address, or an IPv6 /64.' })
  network: string

  @Column('integer')
  @Field(() => Int, { description: 'That led to it, within 15 minutes.' })
  failures: number

  @Column('integer')
  @Field(() => Int, { description: 'The how manieth it is in a row: each is twice as long as the one before.' })
  strikes: number

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it began.' })
  createdAt: Date

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it ends by itself.' })
  until: Date
}

export const banColumns: SubjectColumns = { id: { sql: 'ban.id', type: 'uuid' } }

export const banSubject = ({ id }: Pick<Ban, 'id'>): PermissionSubject => permissionSubject('Ban', { id })
