/** The columns and fields that every object of the API has. */
import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, PrimaryColumn } from 'typeorm'
import { NodeInterface } from './node-interface.js'
import { DateTimeScalar } from './scalars.js'

@ObjectType({ implements: NodeInterface })
export abstract class VersionedObject {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID that no other object of any kind has.' })
  id: string

  @Column('integer', { default: 1 })
  @Field(() => Int, { description: 'Rises with each change; send it back with the next one.' })
  version: number

  @Column('timestamptz', { default: () => 'now()' })
  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt: Date

  @Column('timestamptz', { default: () => 'now()' })
  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt: Date
}
