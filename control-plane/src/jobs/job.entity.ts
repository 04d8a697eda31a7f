import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject, type Starter } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Tenant } from '../tenants/index.js'

export const JobKindEnum = { BULK: 'BULK', IMPORT: 'IMPORT', MANIFEST: 'MANIFEST' } as const
export type JobKind = keyof typeof JobKindEnum
registerEnumType(JobKindEnum, {
  name: 'JobKind',
  description: 'What makes jobs.',
  valuesConfig: {
    BULK: { description: 'A bulk mutation.' },
    IMPORT: { description: 'A file that was uploaded.' },
    MANIFEST: { description: 'A plan of a manifest.' },
  },
})

export const JobStateEnum = {
  PLANNED: 'PLANNED',
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const
export type JobState = keyof typeof JobStateEnum
registerEnumType(JobStateEnum, {
  name: 'JobState',
  valuesConfig: {
    PLANNED: { description: 'Waits for somebody to say that it shall run.' },
    SUCCEEDED: { description: 'It has come to its end; `failed` says how many of its rows were refused.' },
    FAILED: { description: 'It could not go on: `errorCode` says why. What was done until then stays done.' },
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'Rows are being done.' },
    CANCELLED: { description: 'Somebody stopped it; what was done stays done.' },
  },
  description: 'How far a job has come.',
})

@Entity()
@ObjectType({ description: 'Work on many objects, done row by row beside the requests.' })
export class Job extends VersionedObject {
  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('text')
  @Field(() => JobKindEnum, { description: 'What made it.' })
  kind: JobKind

  @Column('text')
  @Field(() => String, { description: 'The mutation that made it.' })
  operation: string

  @Column('uuid')
  @Field(() => ID, { description: 'Who started it: its rows run with the rights that they have at that moment.' })
  administratorId: string

  @Column({ type: 'jsonb', select: false })
  starter: Starter

  @Column('text')
  @Field(() => String, { description: 'The e-mail address of that administrator.' })
  starterEmail: string

  @Column('text')
  @Field(() => JobStateEnum, { description: 'How far it has come.' })
  state: JobState

  @Column('boolean')
  @Field(() => Boolean, { description: 'Everything is tried and taken back: a preview.' })
  dryRun: boolean

  @Column('integer')
  @Field(() => Int, { description: 'Rows that it has.' })
  total: number

  @Column('integer')
  @Field(() => Int, { description: 'Rows that were done.' })
  succeeded: number

  @Column('integer')
  @Field(() => Int, { description: 'Rows that were refused.' })
  failed: number

  @Column('text', { nullable: true })
  @Field(() => String, { nullable: true, description: 'With FAILED: one of `ErrorCode`.' })
  errorCode: string | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When its first row was begun; null: not yet.' })
  startedAt: Date | null

  @Column('timestamptz', { nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When it came to its end, whichever; null: not yet.' })
  finishedAt: Date | null

  @Column('timestamptz')
  @Field(() => DateTimeScalar, { description: 'When it is forgotten, its rows with it.' })
  expiresAt: Date
}

/** With `job` joined to its `tenant`. */
export const jobColumns = {
  id: { sql: 'job.id', type: 'uuid' },
  administratorId: { sql: 'job.administrator_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const jobSubject = (job: Pick<Job, 'id' | 'administratorId' | 'tenant'>): PermissionSubject =>
  permissionSubject('Job', { id: job.id, administratorId: job.administratorId, within: pathsAbove(job.tenant.path) })
