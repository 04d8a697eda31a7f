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
registerEnumType(PolicyKindEnum, {
  name: 'PolicyKind',
  description: 'What policies can say. Values, units and merging of each are in docs/policies.md.',
  valuesConfig: {
    MAILBOX_QUOTA: { description: 'The most that a mailbox holds, in bytes; null: no limit.' },
    MESSAGE_SIZE: { description: 'The largest message that is taken, in bytes; null: what the node takes.' },
    RECIPIENTS_PER_MESSAGE: { description: 'The most recipients of one submitted message; null: no limit.' },
    MESSAGES_PER_HOUR: { description: 'Messages that a mailbox may submit in an hour; null: no limit.' },
    MESSAGES_PER_DAY: { description: 'Messages that a mailbox may submit in a day; null: no limit.' },
    RECIPIENTS_PER_DAY: { description: 'Recipients that a mailbox may write to in a day; null: no limit.' },
    INBOUND_TLS: { description: 'Whether mail from outside is taken over TLS only.' },
    OUTBOUND_TLS: { description: 'Whether mail to the outside is sent over TLS with a proven peer only.' },
    OUTBOUND_TLS_TO: {
      description: 'Domains to which mail is sent over TLS with a proven peer only; `*.example.com` is all below one.',
    },
    BLOCKED_SENDERS: { description: 'Addresses, domains, IP addresses and networks from which no mail is taken.' },
    ALLOWED_SENDERS: { description: 'Addresses, domains, IP addresses and networks that are never blocked.' },
    FORWARDING: { description: 'Where mailboxes may forward to: `NONE`, `OWN_DOMAINS` or `ANY`.' },
    SUBADDRESS_SEPARATOR: {
      description: "The character behind which a local part is the user's own (RFC 5233); null: none.",
    },
    DMARC: { description: 'What becomes of mail that fails DMARC: `NOTE`, `JUNK` or `ENFORCE`.' },
    DKIM_ROTATION: { description: 'Days until a DKIM key gets a successor; null: somebody rotates it.' },
    PASSWORD_LENGTH: { description: 'The least number of characters of a password.' },
    PASSWORD_REUSE: { description: 'How many former passwords must not come again; 0: no rule.' },
    APP_PASSWORDS_ONLY: { description: "Whether mail programs must use app passwords, never the mailbox's own." },
    TWO_FACTOR: { description: 'Whether administrators must show a second factor.' },
    UNUSUAL_SENDING: {
      description: 'Recipients within an hour beyond which a mailbox that never sent as much is held; null: no limit.',
    },
    MAIL_LOG_RETENTION: { description: 'How long the message log is kept, in days.' },
  },
})
const PolicyLevelEnum = policyLevel.enum
registerEnumType(PolicyLevelEnum, {
  name: 'PolicyLevel',
  description: 'Where a policy is set, from the top down.',
  valuesConfig: {
    PLATFORM: { description: 'At the platform itself.' },
    RESELLER: { description: 'At a reseller, of whom there can be several one below another.' },
    CUSTOMER: { description: 'At a customer.' },
    DOMAIN: { description: 'At a domain.' },
    MAILBOX: { description: 'At a single mailbox.' },
  },
})
const PolicyLockEnum = policyLock.enum
registerEnumType(PolicyLockEnum, {
  name: 'PolicyLock',
  description: 'FIXED: nothing below changes the value. STRICTER: below it may only be stricter.',
  valuesConfig: {
    FIXED: { description: 'Nothing below changes the value.' },
    STRICTER: { description: 'What is below may only be stricter.' },
  },
})
export const PolicyTargetEnum = { TENANT: 'TENANT', DOMAIN: 'DOMAIN', MAILBOX: 'MAILBOX' } as const
export type PolicyTarget = keyof typeof PolicyTargetEnum
registerEnumType(PolicyTargetEnum, {
  name: 'PolicyTarget',
  description: 'Where policies can be set.',
  valuesConfig: {
    TENANT: { description: 'At a tenant, for all below it.' },
    DOMAIN: { description: 'At a domain, for all in it.' },
    MAILBOX: { description: 'At a single mailbox.' },
  },
})

@ObjectType({ description: 'A value that is set at one object.' })
export class PolicySetting {
  @Field(() => PolicyKindEnum, { description: 'What it is about.' })
  kind: PolicyKind

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Of the JSON type that the kind has; null where the kind takes that for no limit.',
  })
  value: unknown

  @Field(() => PolicyLockEnum, {
    nullable: true,
    description: 'How far objects below may depart from it; null: as they like.',
  })
  lock: PolicyLock | null
}

@ObjectType('PolicyOrigin', {
  description: 'Which object says it; `policyId` and `objectId` are null to whoever may not see it.',
})
export class PolicyOriginValue {
  @Field(() => PolicyLevelEnum, { description: 'What kind of object says it.' })
  level: PolicyLevel

  @Field(() => Int, { description: 'The version of that policy.' })
  revision: number

  @Field(() => ID, {
    nullable: true,
    description: 'As mail events name it; null where the viewer may not see who says it.',
  })
  policyId: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'Of the tenant, domain or mailbox that says it; null where the viewer may not see it.',
  })
  objectId: string | null
}

@ObjectType('EffectivePolicy', { description: 'What holds at an object, of one kind of policy.' })
export class EffectivePolicyValue {
  @Field(() => PolicyKindEnum, { description: 'What it is about.' })
  kind: PolicyKind

  @Field(() => JsonScalar, { nullable: true, description: 'Null is no limit.' })
  value: unknown

  @Field(() => String, {
    nullable: true,
    description: 'What the value counts, such as bytes or days; null: it counts nothing.',
  })
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

  @Field(() => PolicyLockEnum, {
    nullable: true,
    description: 'The lock under which the value stands here; null: none.',
  })
  lock: PolicyLock | null

  @Field(() => PolicyOriginValue, { nullable: true, description: 'Whose lock that is; null: there is none.' })
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

  @Field(() => [PolicySetting], { description: 'What is set at this very object; what it inherits is in `effective`.' })
  settings: PolicySetting[]

  @Field(() => [EffectivePolicyValue], {
    description: 'Each kind with the value that holds here, and where that comes from.',
  })
  effective: EffectivePolicyValue[]
}

@InputType({ description: 'A value to be set at an object.' })
export class PolicySettingInput {
  @Field(() => PolicyKindEnum, { description: 'What it is about.' })
  kind: PolicyKind

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'Of the JSON type that the kind has; null where the kind takes that for no limit.',
  })
  value?: unknown

  @Field(() => PolicyLockEnum, {
    nullable: true,
    description: 'How far objects below may depart from it; absent: as they like.',
  })
  lock?: PolicyLock | null
}

@InputType()
export class SetPoliciesInput {
  @Field(() => RolloutWish, {
    nullable: true,
    description: 'How the change comes to the nodes; absent: by the strategy that holds.',
  })
  rollout?: RolloutWish | null

  @Field(() => PolicyTargetEnum, { description: 'What kind of object `objectId` is.' })
  target: PolicyTarget

  @Field(() => ID, { description: 'Of the tenant, domain or mailbox.' })
  objectId: string

  @Field(() => Int)
  version: number

  @Field(() => [PolicySettingInput], {
    defaultValue: [],
    description: 'Kinds that are set, with their values; all others stay.',
  })
  set: PolicySettingInput[]

  @Field(() => [PolicyKindEnum], { defaultValue: [], description: 'What it shall say nothing about any more.' })
  unset: PolicyKind[]
}

@ObjectType()
export class PoliciesPayload extends Payload {
  @Field(() => ObjectPolicies, { nullable: true })
  policies: ObjectPolicies | null
}

@ObjectType({ description: 'A mailbox for which a value would change.' })
export class PolicyPreviewChange {
  @Field(() => PolicyKindEnum, { description: 'What would change.' })
  kind: PolicyKind

  @Field(() => String, { description: 'The address of a mailbox, of the many for which the same would change.' })
  address: string

  @Field(() => SafeIntScalar, { description: 'How many mailboxes.' })
  mailboxes: number

  @Field(() => JsonScalar, { nullable: true, description: 'What holds there now.' })
  before: unknown

  @Field(() => JsonScalar, { nullable: true, description: 'What would hold there.' })
  after: unknown
}

@ObjectType({ description: 'What a change of policies would reach, and what of it would change.' })
export class PolicyPreview {
  @Field(() => Int, { description: 'How many it would reach.' })
  tenants: number

  @Field(() => Int, { description: 'How many it would reach.' })
  domains: number

  @Field(() => SafeIntScalar, { description: 'How many it would reach.' })
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
