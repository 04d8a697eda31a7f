/** The columns and fields of what can be suspended, and is deleted with a time of grace (platform/deletion.ts). */
import { Field, ObjectType } from 'type-graphql'
import { Column } from 'typeorm'
import { StatusEnum, type Status } from './enums.js'
import { NodeInterface } from './node-interface.js'
import { DateTimeScalar } from './scalars.js'
import { VersionedObject } from './versioned-object.js'

@ObjectType({ implements: NodeInterface })
export abstract class DeletableObject extends VersionedObject {
  @Column('text')
  @Field(() => StatusEnum, { description: 'Its own; what is deleted is suspended too.' })
  status: Status

  @Column('boolean', { default: false })
  @Field(() => Boolean, { description: 'While it is suspended it still takes mail in.' })
  receivesWhileSuspended: boolean

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'Deleted, and to be restored until `purgeAt`.' })
  deletedAt: Date | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When it goes for good, with all in it.' })
  purgeAt: Date | null

  @Column('text', { nullable: true })
  statusBeforeDeletion: Status | null
}
