/** Policies as the API shows them, and the inputs that change them. */
import {
  policyKindNames,
  policyLevel,
  policyLock,
  type PolicyKind,
  type PolicyLevel,
  type PolicyLock,
} from '@mailfleet/schema'
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { RolloutWish } from '../staging/index.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { JsonScalar, SafeIntScalar } from '../platform/graphql/scalars.js'

export const PolicyKindEnum = Object.fromEntries(policyKindNames.map((kind) => [kind, kind])) as {
  [K in PolicyKind]: K
}
registerEnumType(PolicyKindEnum, { name: 'PolicyKind' })
const PolicyLevelEnum = policyLevel.enum
registerEnumType(PolicyLevelEnum, { name: 'PolicyLevel' })
const PolicyLockEnum = policyLock.enum
registerEnumType(PolicyLockEnum, {
  name: 'PolicyLock',
  description: 'FIXED: nothing below changes the value. STRICTER: below it may only be stricter.',
})
export const PolicyTargetEnum = { TENANT: 'TENANT', DOMAIN: 'DOMAIN', MAILBOX: 'MAILBOX' } as const
export type PolicyTarget = keyof typeof PolicyTargetEnum
registerEnumType(PolicyTargetEnum, { name: 'PolicyTarget' })

@ObjectType()
export class PolicySetting {
  @Field(() => PolicyKindEnum)
  kind: PolicyKind

  @Field(() => JsonScalar, { nullable: true })
  value: unknown

  @Field(() => PolicyLockEnum, { nullable: true })
  lock: PolicyLock | null
}

@ObjectType('PolicyOrigin', {
  description: 'Which object says it; `policyId` and `objectId` are null to whoever may not see it.',
})
export class PolicyOriginValue {
  @Field(() => PolicyLevelEnum)
  level: PolicyLevel

  @Field(() => Int)
  revision: number

  @Field(() => ID, { nullable: true })
  policyId: string | null

  @Field(() => ID, { nullable: true })
  objectId: string | null
}

@ObjectType('EffectivePolicy')
export class EffectivePolicyValue {
  @Field(() => PolicyKindEnum)
  kind: PolicyKind

  @Field(() => JsonScalar, { nullable: true, description: 'Null is no limit.' })
  value: unknown

  @Field(() => String, { nullable: true })
  unit: string | null

  @Field(() => [PolicyLevelEnum], { description: 'Where it can be set.' })
  levels: PolicyLevel[]

  @Field(() => [PolicyLockEnum], { description: 'The locks that this kind can have.' })
  locks: PolicyLock[]

  @Field(() => PolicyOriginValue, {
    nullable: true,
    description: 'Null: nobody says anything, the built-in value holds.',
  })
  origin: PolicyOriginValue | null

  @Field(() => PolicyLockEnum, { nullable: true })
  lock: PolicyLock | null

  @Field(() => PolicyOriginValue, { nullable: true })
  lockedBy: PolicyOriginValue | null

  @Field(() => [PolicyOriginValue], {
    description: 'Whose setting has no effect, because of a lock above or a stricter value.',
  })
  overruled: PolicyOriginValue[]
}

@ObjectType({ description: 'What a tenant, domain or mailbox says about policies itself, and what holds for it.' })
export class ObjectPolicies {
  @Field(() => Int, { description: '0 where it says nothing yet; send it back with the next change.' })
  version: number

  @Field(() => [PolicySetting])
  settings: PolicySetting[]

  @Field(() => [EffectivePolicyValue])
  effective: EffectivePolicyValue[]
}

@InputType()
export class PolicySettingInput {
  @Field(() => PolicyKindEnum)
  kind: PolicyKind

  @Field(() => JsonScalar, { nullable: true })
  value?: unknown

  @Field(() => PolicyLockEnum, { nullable: true })
  lock?: PolicyLock | null
}

@InputType()
export class SetPoliciesInput {
  @Field(() => RolloutWish, { nullable: true })
  rollout?: RolloutWish | null

  @Field(() => PolicyTargetEnum)
  target: PolicyTarget

  @Field(() => ID, { description: 'Of the tenant, domain or mailbox.' })
  objectId: string

  @Field(() => Int)
  version: number

  @Field(() => [PolicySettingInput], { defaultValue: [] })
  set: PolicySettingInput[]

  @Field(() => [PolicyKindEnum], { defaultValue: [], description: 'What it shall say nothing about any more.' })
  unset: PolicyKind[]
}

@ObjectType()
export class PoliciesPayload extends Payload {
  @Field(() => ObjectPolicies, { nullable: true })
  policies: ObjectPolicies | null
}

@ObjectType()
export class PolicyPreviewChange {
  @Field(() => PolicyKindEnum)
  kind: PolicyKind

  @Field(() => String, { description: 'The address of a mailbox, of the many for which the same would change.' })
  address: string

  @Field(() => SafeIntScalar, { description: 'How many mailboxes.' })
  mailboxes: number

  @Field(() => JsonScalar, { nullable: true })
  before: unknown

  @Field(() => JsonScalar, { nullable: true })
  after: unknown
}

@ObjectType({ description: 'What a change of policies would reach, and what of it would change.' })
export class PolicyPreview {
  @Field(() => Int)
  tenants: number

  @Field(() => Int)
  domains: number

  @Field(() => SafeIntScalar)
  mailboxes: number

  @Field(() => SafeIntScalar, { description: 'Mailboxes for which a value would change.' })
  changedMailboxes: number

  @Field(() => [PolicyPreviewChange], { description: 'At most 20.' })
  examples: PolicyPreviewChange[]
}

@ObjectType()
export class PolicyPreviewPayload extends Payload {
  @Field(() => PolicyPreview, { nullable: true })
  preview: PolicyPreview | null
}
