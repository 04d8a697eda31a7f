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
registerEnumType(AccessActionEnum, {
  name: 'AccessAction',
  description: 'What can be done to objects.',
  valuesConfig: {
    READ: { description: 'See them, or some of their fields.' },
    CREATE: { description: 'Make them.' },
    UPDATE: { description: 'Change them.' },
    SUSPEND: { description: 'Suspend and resume them.' },
    DELETE: { description: 'Delete and restore them.' },
    IMPERSONATE: { description: 'Act in the name of an administrator.' },
    WAIVE: { description: 'Take a domain as proven without a proof.' },
  },
})
const subjectTexts: Record<SubjectName, string> = {
  Tenant: 'Tenants themselves, with their names and places.',
  Administrator: 'People who sign in here, with how they do.',
  AccessRole: 'Custom roles.',
  RoleAssignment: 'Who has which role, and where.',
  Grant: 'Rights that tenants give to people of others for a time.',
  Session: 'Browsers that somebody has signed in with.',
  Budget: 'What tenants may use and hand down.',
  Domain: 'Domains, with their DNS checks.',
  Mailbox: 'Mailboxes, but not the mail in them.',
  Alias: 'Addresses that lead to others.',
  Group: 'Addresses that lead to their members.',
  Forward: 'Where copies of mail are sent.',
  AppPassword: 'Passwords of single mail programs.',
  Policy: 'What is set at tenants, domains and mailboxes.',
  DkimKey: 'Keys that sign the mail of domains.',
  Job: 'Bulk work, imports and manifests.',
  MailEvent: 'The message log: who wrote to whom, and what came of it.',
  SavedSearch: 'Filters of the message log that are kept under a name.',
  AuditEntry: 'The audit trail.',
  Webhook: 'Where changes and mail events are told to other programs.',
  MailNode: 'Mail nodes; the platform alone has them.',
  Ban: 'Networks that may not sign in; the platform alone has them.',
  IdentitySource: 'Directories and issuers from which people come.',
  Rollout: 'Changes that come to the nodes in stages.',
  QueuedMessage: 'Messages that wait in the queues of nodes.',
  QueueHold: 'What keeps messages back in the queues.',
  ApiToken: 'Tokens with which programs act in the name of somebody.',
}
registerEnumType(AccessSubjectEnum, {
  name: 'AccessSubject',
  description: 'Kinds of objects that rules are about.',
  valuesConfig: Object.fromEntries(
    Object.entries(subjectTexts).map(([name, description]) => [name, { description }]),
  ) as never,
})
registerEnumType(AccessEffectEnum, {
  name: 'AccessEffect',
  description: 'What one rule denies is denied, whatever others allow.',
  valuesConfig: {
    ALLOW: { description: 'It may be done, unless another rule denies it.' },
    DENY: { description: 'It may not be done, whatever other rules say.' },
  },
})
registerEnumType(AccessScopeEnum, {
  name: 'AccessScope',
  valuesConfig: {
    SUBTREE: { description: 'The tenant at which the role is given, and all below it.' },
    TENANT: { description: 'That tenant alone.' },
    DOMAIN: { description: 'Some domains in it, and what is in those.' },
    SELF: { description: 'What is about the administrator themself.' },
  },
  description: 'Which objects a rule reaches.',
})

@ObjectType({ description: 'One thing that a role, grant or token allows or denies.' })
export class AccessRule {
  @Field(() => AccessEffectEnum, { description: 'Whether it gives or takes.' })
  effect: 'ALLOW' | 'DENY'

  @Field(() => [AccessActionEnum], { description: 'What may, or may not, be done.' })
  actions: Action[]

  @Field(() => [AccessSubjectEnum], { description: 'To which kinds of objects.' })
  subjects: SubjectName[]

  @Field(() => [String], { nullable: true, description: 'Null: the whole object.' })
  fields?: string[] | null

  @Field(() => AccessScopeEnum, { description: 'To which of those.' })
  scope: Scope

  @Field(() => [ID], { nullable: true, description: 'With the scope `DOMAIN`, which; else null.' })
  domainIds?: string[] | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Afterwards the rule is as if it were not there; null: it does not end.',
  })
  expiresAt?: string | null
}

@InputType({ description: 'One thing that is to be allowed or denied.' })
export class AccessRuleInput {
  @Field(() => AccessEffectEnum, { description: 'Whether it gives or takes.' })
  effect: 'ALLOW' | 'DENY'

  @Field(() => [AccessActionEnum], { description: 'At least one.' })
  actions: Action[]

  @Field(() => [AccessSubjectEnum], { description: 'At least one; each must be something that the scope can reach.' })
  subjects: SubjectName[]

  @Field(() => [String], {
    nullable: true,
    description: 'With READ the fields of the object, with CREATE and UPDATE those of the input; absent: all.',
  })
  fields?: string[] | null

  @Field(() => AccessScopeEnum, { description: 'Which of those objects.' })
  scope: Scope

  @Field(() => [ID], { nullable: true, description: 'With the scope DOMAIN.' })
  domainIds?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Afterwards the rule is as if it were not there.' })
  expiresAt?: Date | null
}
