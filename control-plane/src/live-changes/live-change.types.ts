/** What became of objects, as it happens, and what a subscriber asks for. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { NodeInterface } from '../platform/graphql/node-interface.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { AccessSubjectEnum } from '../roles/index.js'
import type { SubjectName } from '../access/index.js'

const LiveChangeKindEnum = {
  BEGAN: 'BEGAN',
  CREATED: 'CREATED',
  UPDATED: 'UPDATED',
  DELETED: 'DELETED',
  MISSED: 'MISSED',
} as const
export type LiveChangeKind = keyof typeof LiveChangeKindEnum
registerEnumType(LiveChangeKindEnum, {
  name: 'LiveChangeKind',
  valuesConfig: {
    BEGAN: { description: 'From here on changes are told: what is read after this is the state before them.' },
    DELETED: { description: 'Deleted, or moved out of what the viewer may see.' },
    MISSED: { description: 'There was more than could be told, or it is too long ago: read again what you show.' },
    CREATED: { description: 'It was made.' },
    UPDATED: { description: 'It was changed.' },
  },
  description: 'What can happen to what somebody looks at.',
})

@ObjectType({ description: 'Who did it, where the viewer may read the audit trail.' })
export class LiveChangeActor {
  @Field(() => ID, { description: 'Of the administrator.' })
  id: string

  @Field(() => String, { nullable: true, description: 'At that time.' })
  email: string | null

  @Field(() => String, { nullable: true, description: 'Who acted in the name of that administrator.' })
  impersonatorEmail: string | null
}

@ObjectType({ description: 'That an object was created, changed or deleted.' })
export class LiveChange {
  @Field(() => LiveChangeKindEnum, { description: 'What happened.' })
  kind: LiveChangeKind

  @Field(() => String, { description: 'Goes into `after`, to go on from here.' })
  cursor: string

  @Field(() => AccessSubjectEnum, {
    nullable: true,
    description: 'What kind of object; null with kinds of change that are about none.',
  })
  type: SubjectName | null

  @Field(() => ID, { nullable: true, description: 'Of the object.' })
  id: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it happened.' })
  at: Date | null

  @Field(() => NodeInterface, {
    nullable: true,
    description: 'The object as it is now; null for one that is gone, and for kinds that `node` does not find.',
  })
  node: NodeInterface | null

  @Field(() => Int, { nullable: true, description: 'Of `node`.' })
  version: number | null

  @Field(() => LiveChangeActor, {
    nullable: true,
    description: 'Who did it; null: the system, or somebody whom the viewer may not see.',
  })
  actor: LiveChangeActor | null
}

@InputType({ description: 'Which changes are told; absent: all that the viewer may see.' })
export class LiveChangesFilter {
  @Field(() => [AccessSubjectEnum], { nullable: true, description: 'Changes of objects of any of these kinds.' })
  types?: SubjectName[] | null

  @Field(() => [ID], { nullable: true, description: 'Of these objects only; at most 200.' })
  ids?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Of this tenant and all below it.' })
  withinId?: string | null
}

@ArgsType()
export class LiveChangesArguments {
  @Field(() => LiveChangesFilter, { nullable: true })
  filter?: LiveChangesFilter | null

  @Field(() => String, { nullable: true, description: 'A cursor of an event before; without, from now on.' })
  after?: string | null
}
