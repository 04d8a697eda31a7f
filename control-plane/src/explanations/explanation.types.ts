/** What is asked about permissions, and the answers. */
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import type { Action, SubjectName } from '../access/index.js'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { AccessActionEnum, AccessSubjectEnum } from '../roles/index.js'

@InputType({ description: 'An object that is asked about, or what it would be in.' })
export class SubjectInput {
  @Field(() => AccessSubjectEnum, { description: 'What kind of object.' })
  type: SubjectName

  @Field(() => ID, { description: "Of a Budget: its tenant's." })
  id: string
}

@InputType()
export class WhoCanInput {
  @Field(() => AccessActionEnum, { description: 'What would be done.' })
  action: Action

  @Field(() => SubjectInput, { description: 'To what.' })
  subject: SubjectInput

  @Field(() => String, { nullable: true, description: 'To which field of it; absent: to the object as a whole.' })
  field?: string | null
}

@InputType()
export class ExplainPermissionInput extends WhoCanInput {
  @Field(() => ID, { description: 'By whom.' })
  administratorId: string
}

export const ExplanationReasonEnum = {
  ALLOWED: 'ALLOWED',
  DENIED: 'DENIED',
  NO_RULE: 'NO_RULE',
  SUSPENDED: 'SUSPENDED',
} as const
export type ExplanationReason = keyof typeof ExplanationReasonEnum
registerEnumType(ExplanationReasonEnum, {
  name: 'ExplanationReason',
  valuesConfig: {
    DENIED: { description: 'A rule denies it.' },
    NO_RULE: { description: 'No rule allows it.' },
    SUSPENDED: { description: 'The administrator, or a tenant above, is suspended.' },
    ALLOWED: { description: 'A rule allows it, and none denies it.' },
  },
  description: 'What an answer about a permission rests on.',
})

export const StepKindEnum = {
  ADMINISTRATOR: 'ADMINISTRATOR',
  EVERYBODY: 'EVERYBODY',
  BUILT_IN_ROLE: 'BUILT_IN_ROLE',
  ROLE_ASSIGNMENT: 'ROLE_ASSIGNMENT',
  ACCESS_ROLE: 'ACCESS_ROLE',
  GRANT: 'GRANT',
  TENANT: 'TENANT',
  OWNER: 'OWNER',
} as const
export type StepKind = keyof typeof StepKindEnum
registerEnumType(StepKindEnum, {
  name: 'ExplanationStepKind',
  valuesConfig: {
    EVERYBODY: { description: 'What everybody has for themselves.' },
    TENANT: { description: 'Where the rule counts, or who granted it.' },
    OWNER: { description: 'The tenant that owns the role: it reaches no higher.' },
    ADMINISTRATOR: { description: 'The administrator, where the chain begins.' },
    BUILT_IN_ROLE: { description: 'One that everybody knows, such as `SUPPORT`.' },
    ROLE_ASSIGNMENT: { description: 'The assignment of a role, with where and until when it counts.' },
    ACCESS_ROLE: { description: 'A custom role.' },
    GRANT: { description: 'A right that another tenant has given for a time.' },
  },
  description: 'What the links of such a chain are.',
})

@ObjectType({ description: 'One link of the chain from an administrator to a rule.' })
export class ExplanationStep {
  @Field(() => StepKindEnum, { description: 'What the link is.' })
  kind: StepKind

  @Field(() => ID, {
    nullable: true,
    description: 'Of the role, assignment, grant or tenant; null where it has none, or the viewer may not see it.',
  })
  id: string | null

  @Field(() => String, { nullable: true, description: 'Null where the caller may not see it.' })
  name: string | null
}

@ObjectType({ description: 'The rule that decided.' })
export class DecidingRule {
  @Field(() => String, { description: '`ALLOW` or `DENY`.' })
  effect: string

  @Field(() => [String], { description: 'What it is about.' })
  actions: string[]

  @Field(() => String, { description: 'The kind of objects that it is about.' })
  subject: string

  @Field(() => [String], { nullable: true, description: 'The fields that it is about; null: the whole object.' })
  fields: string[] | null

  @Field(() => String, { description: 'As JSON: which objects it is about.' })
  conditions: string
}

@ObjectType({ description: 'Whether somebody may do something, and why.' })
export class Explanation {
  @Field(() => ID, { description: 'Who was asked about.' })
  administratorId: string

  @Field(() => Boolean, { description: 'Whether they may.' })
  allowed: boolean

  @Field(() => ExplanationReasonEnum, { description: 'What the answer rests on.' })
  reason: ExplanationReason

  @Field(() => DecidingRule, { nullable: true, description: 'The rule that decided; null where none did.' })
  rule: DecidingRule | null

  @Field(() => [ExplanationStep], { description: 'From the administrator to what gave the rule.' })
  chain: ExplanationStep[]
}

@ObjectType()
class ExplanationEdge extends edgeOf(Explanation) {}

@ObjectType()
export class ExplanationConnection extends connectionOf(Explanation, ExplanationEdge) {}

@ArgsType()
export class WhoCanArguments extends PageArguments {
  @Field(() => WhoCanInput)
  input: WhoCanInput
}
