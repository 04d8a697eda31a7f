/** Entries of the audit trail as people see them, and how they ask for them. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { DateTimeScalar, SafeIntScalar } from '../platform/graphql/scalars.js'

const AuditChangeEnum = { CREATED: 'CREATED', UPDATED: 'UPDATED', DELETED: 'DELETED', READ: 'READ' } as const
export type AuditChange = keyof typeof AuditChangeEnum
registerEnumType(AuditChangeEnum, {
  name: 'AuditChange',
  description: 'What was done to an object.',
  valuesConfig: {
    CREATED: { description: 'It was made.' },
    UPDATED: { description: 'It was changed, suspended or resumed.' },
    DELETED: { description: 'It was deleted.' },
    READ: { description: 'Mail or a log of somebody was looked at.' },
  },
})

const AuditFaultEnum = { CHANGED: 'CHANGED', REMOVED: 'REMOVED', CUT: 'CUT', REWRITTEN: 'REWRITTEN' } as const
registerEnumType(AuditFaultEnum, {
  name: 'AuditFault',
  description: 'What is wrong at the first entry that is not in order.',
  valuesConfig: {
    CHANGED: { description: 'Its content does not give its hash.' },
    REMOVED: { description: 'It is not there.' },
    CUT: { description: 'The trail ends before what is known of it.' },
    REWRITTEN: { description: 'A mail node holds another hash of it.' },
  },
})

@ObjectType({
  description: 'Who did it, as known at that moment: an administrator, or an identity source by its id and name.',
})
export class AuditActor {
  @Field(() => ID, { description: 'Of the administrator, or of the identity source, who acted.' })
  administratorId: string

  @Field(() => String, { nullable: true, description: 'At that time.' })
  email: string | null

  @Field(() => ID, { nullable: true, description: 'Who acted in the name of that administrator.' })
  impersonatorId: string | null

  @Field(() => String, { nullable: true, description: 'At that time; null: they acted themselves.' })
  impersonatorEmail: string | null

  @Field(() => String, { description: '`session`, `token`, or `source`: an identity source itself.' })
  credentialKind: string

  @Field(() => ID, { description: 'Of the session, token or source.' })
  credentialId: string
}

@ObjectType({ description: 'One object that was created, changed, deleted or looked into, by whom and how.' })
export class AuditEntry {
  @Field(() => ID, { description: 'A UUID of the entry itself.' })
  id: string

  @Field(() => DateTimeScalar, { description: 'When it happened, by the clock of the database.' })
  at: Date

  @Field(() => SafeIntScalar, { nullable: true, description: 'Place in the chain; null for some milliseconds.' })
  sequence: number | null

  @Field(() => AuditActor, { nullable: true, description: 'Null: the system, or somebody who was not signed in.' })
  actor: AuditActor | null

  @Field(() => String, { nullable: true, description: 'From where; null: from nowhere, such as work by schedule.' })
  ip: string | null

  @Field(() => String, { nullable: true, description: 'As the client named itself; null: it did not.' })
  userAgent: string | null

  @Field(() => String, { nullable: true, description: 'What the header `Mailfleet-Reason` of the request said.' })
  reason: string | null

  @Field(() => ID, { nullable: true, description: 'The same for all that one mutation did.' })
  operationId: string | null

  @Field(() => String, { nullable: true, description: 'The field of Mutation, Query or Subscription.' })
  operation: string | null

  @Field(() => AuditChangeEnum, { description: 'What was done to the object.' })
  change: AuditChange

  @Field(() => String, { description: 'The kind of object, as permissions name it.' })
  subjectType: string

  @Field(() => ID, { nullable: true, description: 'Of the object; null where it is about none in particular.' })
  subjectId: string | null

  @Field(() => String, { nullable: true, description: 'What the object was called.' })
  label: string | null

  @Field(() => ID, { nullable: true, description: 'Whose it was then.' })
  tenantId: string | null

  @Field(() => String, {
    nullable: true,
    description: 'JSON: the values before, of what changed. Secrets are named and never shown.',
  })
  before: string | null

  @Field(() => String, { nullable: true, description: 'JSON: the values after.' })
  after: string | null
}

@ObjectType()
class AuditEntryEdge extends edgeOf(AuditEntry) {}

@ObjectType()
export class AuditEntryConnection extends connectionOf(AuditEntry, AuditEntryEdge) {}

@InputType()
export class AuditEntryFilter {
  @Field(() => ID, { nullable: true, description: 'Tenant and all below it.' })
  withinId?: string | null

  @Field(() => ID, { nullable: true, description: 'Who did it, or in whose name.' })
  administratorId?: string | null

  @Field(() => ID, { nullable: true, description: 'The object that it was done to.' })
  subjectId?: string | null

  @Field(() => ID, { nullable: true, description: 'All that one mutation did.' })
  operationId?: string | null

  @Field(() => [String], { nullable: true, description: 'Entries about objects of any of these kinds.' })
  subjectTypes?: string[] | null

  @Field(() => [AuditChangeEnum], { nullable: true, description: 'Entries that tell of any of these.' })
  changes?: AuditChange[] | null

  @Field(() => String, { nullable: true, description: 'Entries of this field of Mutation, Query or Subscription.' })
  operation?: string | null

  @Field(() => String, { nullable: true, description: 'Part of what the object was called.' })
  search?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Entries of this time or later.' })
  since?: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Entries before this time.' })
  until?: Date | null
}

@ArgsType()
export class AuditEntriesArguments extends PageArguments {
  @Field(() => AuditEntryFilter, { nullable: true })
  filter?: AuditEntryFilter | null
}

@ObjectType({ description: 'Whether the audit trail is as it was written.' })
export class AuditVerification {
  @Field(() => SafeIntScalar, { description: 'Entries that were looked at.' })
  entries: number

  @Field(() => SafeIntScalar, { description: 'The last entry that is in order.' })
  verifiedTo: number

  @Field(() => SafeIntScalar, { description: 'The last entry that there is.' })
  head: number

  @Field(() => AuditFaultEnum, { nullable: true, description: 'Where the chain is broken; null: it is whole.' })
  fault: keyof typeof AuditFaultEnum | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Sequence of the first entry that is not in order.' })
  faultAt: number | null

  @Field(() => Int, { description: 'Checkpoints held by mail nodes that were compared.' })
  checkpoints: number
}
