/** Rows of jobs, inputs, payloads and connections. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { MutationError, Payload } from '../platform/graphql/mutation-error.js'
import { Job, JobKindEnum, JobStateEnum, type JobKind, type JobState } from './job.entity.js'

export const JobRowStateEnum = { PENDING: 'PENDING', SUCCEEDED: 'SUCCEEDED', FAILED: 'FAILED' } as const
export type JobRowState = keyof typeof JobRowStateEnum
registerEnumType(JobRowStateEnum, {
  name: 'JobRowState',
  description: 'What came of a row.',
  valuesConfig: {
    PENDING: { description: 'It is still to be done.' },
    SUCCEEDED: { description: 'It was done, or in a preview could be.' },
    FAILED: { description: 'It was refused; `error` says why.' },
  },
})

@ObjectType({ description: 'One field that a row changes.' })
export class JobFieldChange {
  @Field(() => String, { description: 'As the API calls it.' })
  field: string

  @Field(() => String, { nullable: true, description: 'As JSON; null: there is none, or it is secret.' })
  before: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Its value afterwards as JSON; null: it has none, or is a secret.',
  })
  after: string | null
}

@ObjectType({ description: 'What a job does to one object, and what came of it.' })
export class JobRow {
  @Field(() => Int, { description: 'In this order they are done.' })
  number: number

  @Field(() => Int, { nullable: true, description: 'Of the file that it comes from.' })
  line: number | null

  @Field(() => String, { description: 'As the mutation is called that does it to one object: createMailbox, ...' })
  operation: string

  @Field(() => String, { description: 'The name or address of the object.' })
  key: string

  @Field(() => JobRowStateEnum, { description: 'What came of it.' })
  state: JobRowState

  @Field(() => ID, { nullable: true, description: 'Of what was made or changed; null: nothing yet.' })
  objectId: string | null

  @Field(() => MutationError, { nullable: true, description: 'Why it was refused; null: it was not.' })
  error: MutationError | null

  @Field(() => [JobFieldChange], { description: 'Of a plan: field by field.' })
  changes: JobFieldChange[]
}

@ObjectType()
class JobRowEdge extends edgeOf(JobRow) {}

@ObjectType()
export class JobRowConnection extends countedConnectionOf(JobRow, JobRowEdge) {}

@ArgsType()
export class JobRowsArguments extends PageArguments {
  @Field(() => JobRowStateEnum, { nullable: true, description: 'Rows in this state only.' })
  state?: JobRowState | null
}

@ObjectType()
class JobEdge extends edgeOf(Job) {}

@ObjectType()
export class JobConnection extends countedConnectionOf(Job, JobEdge) {}

@InputType()
export class JobFilter {
  @Field(() => ID, { nullable: true })
  tenantId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => JobKindEnum, { nullable: true, description: 'Jobs that this made.' })
  kind?: JobKind | null

  @Field(() => [JobStateEnum], { nullable: true })
  states?: JobState[] | null
}

@ArgsType()
export class JobsArguments extends PageArguments {
  @Field(() => JobFilter, { nullable: true })
  filter?: JobFilter | null
}

@InputType()
export class CancelJobInput {
  @Field(() => ID, { description: 'Of a job that is planned, queued or running.' })
  id: string
}

@InputType()
export class RunJobInput {
  @Field(() => ID, { description: 'Of a job that was tried, or has failed.' })
  id: string
}

@ObjectType()
export class JobPayload extends Payload {
  @Field(() => Job, { nullable: true })
  job: Job | null
}
