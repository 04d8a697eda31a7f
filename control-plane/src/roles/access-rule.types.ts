/** Rules as the API shows and takes them. */
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { actionNames, scopeNames, subjectNames, type Action, type Scope, type SubjectName } from '../access/index.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'

const enumOf = <T extends string>(values: readonly T[], name = (value: T): string => value): Record<string, T> =>
  Object.fromEntries(values.map((value) => [name(value), value]))

export const AccessActionEnum = enumOf(actionNames, (action) => action.toUpperCase())
export const AccessSubjectEnum = enumOf(subjectNames)
export const AccessScopeEnum = enumOf(scopeNames)
export const AccessEffectEnum = { ALLOW: 'ALLOW', DENY: 'DENY' } as const
registerEnumType(AccessActionEnum, { name: 'AccessAction' })
registerEnumType(AccessSubjectEnum, { name: 'AccessSubject', description: 'Kinds of objects that rules are about.' })
registerEnumType(AccessEffectEnum, {
  name: 'AccessEffect',
  description: 'What one rule denies is denied, whatever others allow.',
})
registerEnumType(AccessScopeEnum, {
  name: 'AccessScope',
  valuesConfig: {
    SUBTREE: { description: 'The tenant at which the role is given, and all below it.' },
    TENANT: { description: 'That tenant alone.' },
    DOMAIN: { description: 'Some domains in it, and what is in those.' },
    SELF: { description: 'What is about the administrator themself.' },
  },
})

@ObjectType()
export class AccessRule {
  @Field(() => AccessEffectEnum)
  effect: 'ALLOW' | 'DENY'

  @Field(() => [AccessActionEnum])
  actions: Action[]

  @Field(() => [AccessSubjectEnum])
  subjects: SubjectName[]

  @Field(() => [String], { nullable: true, description: 'Null: the whole object.' })
  fields?: string[] | null

  @Field(() => AccessScopeEnum)
  scope: Scope

  @Field(() => [ID], { nullable: true })
  domainIds?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true })
  expiresAt?: string | null
}

@InputType()
export class AccessRuleInput {
  @Field(() => AccessEffectEnum)
  effect: 'ALLOW' | 'DENY'

  @Field(() => [AccessActionEnum])
  actions: Action[]

  @Field(() => [AccessSubjectEnum])
  subjects: SubjectName[]

  @Field(() => [String], {
    nullable: true,
    description: 'With READ the fields of the object, with CREATE and UPDATE those of the input; absent: all.',
  })
  fields?: string[] | null

  @Field(() => AccessScopeEnum)
  scope: Scope

  @Field(() => [ID], { nullable: true, description: 'With the scope DOMAIN.' })
  domainIds?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Afterwards the rule is as if it were not there.' })
  expiresAt?: Date | null
}
