/** What a sync would do, or did. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Payload } from '../../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../../platform/graphql/scalars.js'

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

const SyncTriggerEnum = { SCHEDULE: 'SCHEDULE', ADMINISTRATOR: 'ADMINISTRATOR' } as const
registerEnumType(SyncTriggerEnum, {
  name: 'DirectorySyncTrigger',
  description: 'Why a sync was run.',
  valuesConfig: {
    SCHEDULE: { description: 'It was due.' },
    ADMINISTRATOR: { description: 'Somebody called `runDirectorySync`.' },
  },
})

const SyncOutcomeEnum = { DONE: 'DONE', REFUSED: 'REFUSED', FAILED: 'FAILED' } as const
registerEnumType(SyncOutcomeEnum, {
  name: 'DirectorySyncOutcome',
  description: 'How a sync ended.',
  valuesConfig: {
    DONE: { description: 'What could be done was done; `sync` says what was skipped, and what remains.' },
    REFUSED: { description: 'It would have suspended too many: nothing was changed, and `sync` is what it would do.' },
    FAILED: { description: 'The directory could not be read, or something went wrong here.' },
  },
})

@ObjectType({ description: 'A sync that was run.' })
export class DirectorySyncRun {
  @Field(() => DateTimeScalar, { description: 'When the directory was asked.' })
  startedAt: Date

  @Field(() => DateTimeScalar, { description: 'When all was done, or given up.' })
  endedAt: Date

  @Field(() => SyncTriggerEnum, { description: 'By schedule, or by somebody.' })
  trigger: keyof typeof SyncTriggerEnum

  @Field(() => SyncOutcomeEnum, { description: 'Whether it did its work.' })
  outcome: keyof typeof SyncOutcomeEnum

  @Field(() => String, { nullable: true, description: 'Why it was refused or failed; English.' })
  error: string | null

  @Field(() => DirectorySync, { nullable: true, description: 'What it did; null where the directory was not read.' })
  sync: DirectorySync | null
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
