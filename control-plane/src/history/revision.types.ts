/** Revisions as people see them: who changed what, when and why, field by field. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { AuditActor } from '../audit/index.js'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar, JsonScalar, SafeIntScalar } from '../platform/graphql/scalars.js'
import { configObjectTypes, type ConfigObjectType } from './config-objects.js'

const HistoryTypeEnum = Object.fromEntries(configObjectTypes.map((type) => [type, type])) as {
  [Type in ConfigObjectType]: Type
}
registerEnumType(HistoryTypeEnum, {
  name: 'HistoryType',
  description: 'Objects whose state of any retained revision is known, and that can go back to it.',
  valuesConfig: {
    MailNode: { description: 'Mail nodes, with their settings.' },
    Policy: { description: 'What was set at tenants, domains and mailboxes.' },
    Domain: { description: 'Domains, with catch-all and node.' },
    Mailbox: { description: 'Mailboxes, but not the mail in them.' },
    Alias: { description: 'Addresses that lead to others.' },
    Group: { description: 'Addresses that lead to their members.' },
    Forward: { description: 'Where copies of mail are sent.' },
  },
})

const RevisionSourceEnum = {
  ADMINISTRATOR: 'ADMINISTRATOR',
  IMPERSONATION: 'IMPERSONATION',
  TOKEN: 'TOKEN',
  DIRECTORY: 'DIRECTORY',
  SYSTEM: 'SYSTEM',
} as const
export type RevisionSource = keyof typeof RevisionSourceEnum
registerEnumType(RevisionSourceEnum, {
  name: 'RevisionSource',
  valuesConfig: {
    IMPERSONATION: { description: 'Somebody in the name of another.' },
    DIRECTORY: { description: 'An identity source.' },
    SYSTEM: { description: 'The platform itself: a rollout that went back, a life cycle that ended.' },
    ADMINISTRATOR: { description: 'Somebody who had signed in.' },
    TOKEN: { description: 'A program with an API token.' },
  },
  description: 'By what something was changed.',
})

export const RevisionChangeKindEnum = { CREATED: 'CREATED', UPDATED: 'UPDATED', DELETED: 'DELETED' } as const
registerEnumType(RevisionChangeKindEnum, {
  name: 'RevisionChangeKind',
  description: 'What was done to an object.',
  valuesConfig: {
    CREATED: { description: 'It was made.' },
    UPDATED: { description: 'It was changed, suspended or resumed.' },
    DELETED: { description: 'It was deleted.' },
  },
})

@ObjectType({ description: 'One field that a revision changed.' })
export class FieldDifference {
  @Field(() => String, { description: 'As the table names it; of policies the kind.' })
  field: string

  @Field(() => JsonScalar, { nullable: true, description: 'What it had been; null: nothing.' })
  before: unknown

  @Field(() => JsonScalar, { nullable: true, description: 'What it became; null: nothing.' })
  after: unknown

  @Field(() => Boolean, { description: 'It was changed, and its values are never shown.' })
  secret: boolean
}

@ObjectType({ description: 'What a revision did to one object.' })
export class RevisionChange {
  @Field(() => ID, { description: 'Of the entry in the audit trail.' })
  id: string

  @Field(() => RevisionChangeKindEnum, { description: 'What was done to the object.' })
  change: keyof typeof RevisionChangeKindEnum

  @Field(() => String, { description: 'The kind of object, as permissions name it.' })
  type: string

  @Field(() => ID, { nullable: true, description: 'Of the object; null where it has none.' })
  objectId: string | null

  @Field(() => String, { nullable: true, description: 'What it was called.' })
  label: string | null

  @Field(() => ID, { nullable: true, description: 'Whose it was then.' })
  tenantId: string | null

  @Field(() => [FieldDifference], { description: 'What is not as it was before.' })
  fields: FieldDifference[]

  @Field(() => Boolean, { description: 'Whether `revertRevision` can take it back.' })
  revertible: boolean
}

@ObjectType({
  description: 'What one transaction changed in the configuration, with the number that it got in the change log.',
})
export class Revision {
  @Field(() => ID, { description: 'As `operationId`, or of the single entry of the trail.' })
  id: string

  @Field(() => SafeIntScalar, {
    description: 'Its last revision in the change log: a node that runs this revision, or a later one, has it.',
  })
  number: number

  @Field(() => DateTimeScalar, { description: 'When it took effect, by the clock of the database.' })
  at: Date

  @Field(() => RevisionSourceEnum, { description: 'By what it was made.' })
  source: RevisionSource

  @Field(() => AuditActor, { nullable: true, description: 'Null: the platform itself.' })
  actor: AuditActor | null

  @Field(() => String, { nullable: true, description: 'The mutation.' })
  operation: string | null

  @Field(() => ID, { nullable: true, description: 'The same for all that one mutation did.' })
  operationId: string | null

  @Field(() => String, { nullable: true, description: 'What the header `Mailfleet-Reason` of the request said.' })
  reason: string | null
}

@ObjectType()
class RevisionEdge extends edgeOf(Revision) {}

@ObjectType()
export class RevisionConnection extends connectionOf(Revision, RevisionEdge) {}

@InputType()
export class RevisionFilter {
  @Field(() => ID, { nullable: true, description: 'Tenant and all below it.' })
  withinId?: string | null

  @Field(() => ID, { nullable: true, description: 'The domain and what is in it.' })
  domainId?: string | null

  @Field(() => ID, { nullable: true, description: 'Revisions that this node was told of.' })
  mailNodeId?: string | null

  @Field(() => ID, { nullable: true, description: 'The object that was changed.' })
  objectId?: string | null

  @Field(() => ID, { nullable: true, description: 'Who did it, or in whose name.' })
  administratorId?: string | null

  @Field(() => [String], { nullable: true, description: 'Kinds of objects, as permissions name them.' })
  types?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Revisions of this time or later.' })
  since?: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Revisions before this time.' })
  until?: Date | null
}

@ArgsType()
export class RevisionsArguments extends PageArguments {
  @Field(() => RevisionFilter, { nullable: true })
  filter?: RevisionFilter | null
}

@ObjectType({ description: 'An object as it was.' })
export class ConfigState {
  @Field(() => ID, { description: 'Of the object.' })
  id: string

  @Field(() => HistoryTypeEnum, { description: 'What kind of object it is.' })
  type: ConfigObjectType

  @Field(() => String, { nullable: true, description: 'What people called it then.' })
  label: string | null

  @Field(() => JsonScalar, { description: 'Its settings, and where it was. No secrets.' })
  values: Record<string, unknown>

  @Field(() => Boolean, { description: 'Whether it is still there.' })
  exists: boolean
}

@ObjectType()
class ConfigStateEdge extends edgeOf(ConfigState) {}

@ObjectType({ description: 'A page may hold fewer than were asked for, and there is still another.' })
export class ConfigStateConnection extends connectionOf(ConfigState, ConfigStateEdge) {}

@InputType({ description: 'An object, or all of a type that a node served or a domain had.' })
export class ConfigAtFilter {
  @Field(() => HistoryTypeEnum, { defaultValue: 'Domain', description: 'Objects of this kind.' })
  type: ConfigObjectType

  @Field(() => ID, { nullable: true, description: 'This one object alone.' })
  objectId?: string | null

  @Field(() => ID, { nullable: true })
  mailNodeId?: string | null

  @Field(() => ID, { nullable: true })
  domainId?: string | null
}

@ArgsType()
export class ConfigAtArguments {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Absent: as it is now.' })
  revision?: number | null

  @Field(() => ConfigAtFilter, { nullable: true })
  filter?: ConfigAtFilter | null

  @Field(() => Int, { nullable: true, description: 'At most 200.' })
  first?: number | null

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  after?: string | null
}

@InputType({ description: 'One object of the history.' })
export class HistoryKeyInput {
  @Field(() => HistoryTypeEnum, { description: 'What kind of object it is.' })
  type: ConfigObjectType

  @Field(() => ID)
  id: string
}

@InputType()
export class RevertRevisionInput {
  @Field(() => ID)
  id: string

  @Field(() => [HistoryKeyInput], { nullable: true, description: 'Of what it changed, these objects only.' })
  keys?: HistoryKeyInput[] | null

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Also what was changed again since. Without it such a field is refused, with REVERT_CONFLICT.',
  })
  overwrite: boolean
}

@InputType()
export class RevertToInput {
  @Field(() => SafeIntScalar, { description: 'The state of this revision.' })
  revision: number

  @Field(() => [HistoryKeyInput], { description: '1 to 100 objects.' })
  keys: HistoryKeyInput[]
}

@ObjectType({ description: 'A field that was changed again after the revision.' })
export class RevertConflict {
  @Field(() => HistoryTypeEnum, { description: 'What kind of object it is.' })
  type: ConfigObjectType

  @Field(() => ID, { description: 'Which object it is.' })
  objectId: string

  @Field(() => String, { nullable: true, description: 'What people call it.' })
  label: string | null

  @Field(() => String, { description: 'What has been changed again since.' })
  field: string

  @Field(() => JsonScalar, { nullable: true, description: 'What the revision made of it.' })
  expected: unknown

  @Field(() => JsonScalar, { nullable: true, description: 'What it is now.' })
  current: unknown
}

@ObjectType({ description: 'The revert is a revision of its own, or nothing was changed.' })
export class RevertPayload extends Payload {
  @Field(() => [RevertConflict], { nullable: true, description: 'The first 100; null where something else was wrong.' })
  conflicts: RevertConflict[] | null

  @Field(() => Int, {
    nullable: true,
    description: 'Objects that were changed; 0 where all is as it was before. Null where something was wrong.',
  })
  reverted: number | null
}
