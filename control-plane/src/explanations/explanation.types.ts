/** What is asked about permissions, and the answers. */
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import type { Action, SubjectName } from '../access/index.js'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { AccessActionEnum, AccessSubjectEnum } from '../roles/index.js'

@InputType()
export class SubjectInput {
  @Field(() => AccessSubjectEnum)
  type: SubjectName

  @Field(() => ID, { description: "Of a Budget: its tenant's." })
  id: string
}

@InputType()
export class WhoCanInput {
  @Field(() => AccessActionEnum)
  action: Action

  @Field(() => SubjectInput)
  subject: SubjectInput

  @Field(() => String, { nullable: true })
  field?: string | null
}

@InputType()
export class ExplainPermissionInput extends WhoCanInput {
  @Field(() => ID)
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
  },
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
  },
})

@ObjectType()
export class ExplanationStep {
  @Field(() => StepKindEnum)
  kind: StepKind

  @Field(() => ID, { nullable: true })
  id: string | null

  @Field(() => String, { nullable: true, description: 'Null where the caller may not see it.' })
  name: string | null
}

@ObjectType({ description: 'The rule that decided.' })
export class DecidingRule {
  @Field(() => String)
  effect: string

  @Field(() => [String])
  actions: string[]

  @Field(() => String)
  subject: string

  @Field(() => [String], { nullable: true })
  fields: string[] | null

  @Field(() => String, { description: 'As JSON: which objects it is about.' })
  conditions: string
}

@ObjectType({ description: 'Whether somebody may do something, and why.' })
export class Explanation {
  @Field(() => ID)
  administratorId: string

  @Field(() => Boolean)
  allowed: boolean

  @Field(() => ExplanationReasonEnum)
  reason: ExplanationReason

  @Field(() => DecidingRule, { nullable: true })
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
