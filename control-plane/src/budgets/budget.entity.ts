import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { SafeIntScalar } from '../platform/graphql/scalars.js'
import type { Tenant } from '../tenants/index.js'

export const resources = ['DOMAINS', 'MAILBOXES', 'STORAGE', 'SENDS_PER_DAY'] as const
export type Resource = (typeof resources)[number]
export const ResourceEnum = {
  DOMAINS: 'DOMAINS',
  MAILBOXES: 'MAILBOXES',
  STORAGE: 'STORAGE',
  SENDS_PER_DAY: 'SENDS_PER_DAY',
} as const
registerEnumType(ResourceEnum, {
  name: 'BudgetResource',
  description: 'What budgets count.',
  valuesConfig: {
    DOMAINS: { description: 'Domains, by number.' },
    MAILBOXES: { description: 'Mailboxes, by number.' },
    STORAGE: { description: 'Quotas of mailboxes, in bytes.' },
    SENDS_PER_DAY: { description: 'Messages submitted in a day (UTC).' },
  },
})

export const OversellEnum = { BLOCK: 'BLOCK', NOTIFY: 'NOTIFY', ALLOW: 'ALLOW' } as const
export type Oversell = keyof typeof OversellEnum
registerEnumType(OversellEnum, {
  name: 'Oversell',
  description: 'Whether a tenant may hand down more than it was allotted. It can never use more.',
  valuesConfig: {
    BLOCK: { description: 'No: what is handed down is set aside.' },
    NOTIFY: { description: 'Yes, and a notice is kept.' },
    ALLOW: { description: 'Yes.' },
  },
})

@ObjectType({ description: 'Of one resource.' })
export class BudgetLine {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Null: bounded by the tenants above alone.' })
  allotted: number | null

  @Field(() => SafeIntScalar, { description: 'By the tenant and all below it.' })
  used: number

  @Field(() => SafeIntScalar, { description: 'Allotted to tenants below.' })
  handedDown: number

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'What can still be used here or handed down; never below 0. Null where nothing is allotted.',
  })
  remaining: number | null
}

@ObjectType({ description: 'What a tenant was allotted, and what became of it.' })
export class Budget {
  @Field(() => Int, { description: 'Rises with each change of what is allotted; send it back with the next one.' })
  version: number

  @Field(() => OversellEnum, { description: 'What happens when more is handed down than was allotted.' })
  oversell: Oversell

  @Field(() => BudgetLine, { description: 'How many domains.' })
  domains: BudgetLine

  @Field(() => BudgetLine, { description: 'How many mailboxes.' })
  mailboxes: BudgetLine

  @Field(() => BudgetLine, { description: 'Bytes: the sum of the quotas of mailboxes.' })
  storage: BudgetLine

  @Field(() => BudgetLine, {
    description: 'Messages submitted, since midnight UTC; nodes refuse more.',
  })
  sendsPerDay: BudgetLine
}

export const budgetSubject = (tenant: Pick<Tenant, 'id' | 'path'>): PermissionSubject =>
  permissionSubject('Budget', { id: tenant.id, within: pathsAbove(tenant.path) })
