import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { DateTimeScalar } from '../../platform/graphql/scalars.js'

@Entity()
@ObjectType({ description: 'A passkey: signs in by itself, or as second factor after the password.' })
export class Passkey {
  @PrimaryColumn('uuid')
  @Field(() => ID, { description: 'A UUID of the passkey here; its credential id stays secret.' })
  id: string

  @Column('uuid')
  administratorId: string

  @Column('text')
  @Field(() => String, { description: 'What its owner calls it.' })
  name: string

  @Column('text')
  credentialId: string

  @Column('bytea')
  publicKey: Buffer

  @Column('bigint')
  signCount: string

  @Column('text', { array: true })
  transports: string[]

  @Column('boolean')
  @Field(() => Boolean, { description: 'Kept by a provider, and so on several devices.' })
  backedUp: boolean

  @Column('timestamptz', { default: () => 'now()' })
  @Field(() => DateTimeScalar, { description: 'When it was registered.' })
  createdAt: Date

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When somebody last came in with it; null: never.' })
  lastUsedAt: Date | null
}
