/** What a sync would do, or did. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Payload } from '../../platform/graphql/mutation-error.js'

const SyncActionEnum = {
  CREATE: 'CREATE',
  UPDATE: 'UPDATE',
  DEACTIVATE: 'DEACTIVATE',
  REACTIVATE: 'REACTIVATE',
  SKIP: 'SKIP',
} as const
registerEnumType(SyncActionEnum, { name: 'DirectorySyncAction' })

@ObjectType()
export class SyncedPerson {
  @Field(() => SyncActionEnum)
  action: keyof typeof SyncActionEnum

  @Field(() => String)
  email: string

  @Field(() => String)
  name: string

  @Field(() => String, { nullable: true, description: 'Why they were skipped; English.' })
  reason: string | null
}

@ObjectType()
export class DirectorySync {
  @Field(() => Int)
  created: number

  @Field(() => Int)
  updated: number

  @Field(() => Int, { description: 'Gone there, or in no group that lets them in: they are suspended, never deleted.' })
  deactivated: number

  @Field(() => Int)
  reactivated: number

  @Field(() => Int)
  skipped: number

  @Field(() => Int)
  unchanged: number

  @Field(() => Int, { description: 'Changes still to make: a run makes at most 1,000.' })
  remaining: number

  @Field(() => [SyncedPerson], { description: 'At most 100, those skipped first.' })
  people: SyncedPerson[]
}

@InputType()
export class PreviewDirectorySyncInput {
  @Field(() => ID)
  identitySourceId: string
}

@InputType()
export class RunDirectorySyncInput extends PreviewDirectorySyncInput {
  @Field(() => Int, { nullable: true, description: 'More are refused, and then nothing is changed. By default 10.' })
  maxDeactivations?: number | null
}

@ObjectType()
export class DirectorySyncPayload extends Payload {
  @Field(() => DirectorySync, { nullable: true })
  sync: DirectorySync | null
}
