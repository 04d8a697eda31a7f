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
registerEnumType(SyncActionEnum, {
  name: 'DirectorySyncAction',
  description: 'What a sync does with somebody.',
  valuesConfig: {
    CREATE: { description: 'They are new.' },
    UPDATE: { description: 'Their name or role has changed.' },
    DEACTIVATE: { description: 'They are gone there, and suspended here.' },
    REACTIVATE: { description: 'They have come back, and are resumed.' },
    SKIP: { description: 'Nothing: `reason` says why.' },
  },
})

@ObjectType({ description: 'One person of a directory, and what becomes of them.' })
export class SyncedPerson {
  @Field(() => SyncActionEnum, { description: 'What is done.' })
  action: keyof typeof SyncActionEnum

  @Field(() => String, { description: 'As it is here, or else there.' })
  email: string

  @Field(() => String, { description: 'As it is there.' })
  name: string

  @Field(() => String, { nullable: true, description: 'Why they were skipped; English.' })
  reason: string | null
}

@ObjectType({ description: 'What a sync does, or would do, in numbers and by name.' })
export class DirectorySync {
  @Field(() => Int, { description: 'Administrators or mailboxes that are made.' })
  created: number

  @Field(() => Int, { description: 'Those whose name or role changes.' })
  updated: number

  @Field(() => Int, { description: 'Gone there, or in no group that lets them in: they are suspended, never deleted.' })
  deactivated: number

  @Field(() => Int, { description: 'Those who were suspended by a sync and are there again.' })
  reactivated: number

  @Field(() => Int, { description: 'Those about whom nothing can be done; `people` says why.' })
  skipped: number

  @Field(() => Int, { description: 'Those who are the same here and there.' })
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
  @Field(() => ID, { description: 'An active source of the kind `LDAP`.' })
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
