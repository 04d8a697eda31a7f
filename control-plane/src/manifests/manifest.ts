/**
 * A manifest: what a tenant shall have, as people write it. Within a domain things are called by their local parts. What is not
 * mentioned is left as it is, or, with `prune`, taken away.
 */
import { actionNames, scopeNames, subjectNames } from '../access/index.js'
import { groupPosting, policyKindNames, policyLock, type PolicyKind } from '@mailfleet/schema'
import { z } from 'zod'

const status = z.enum(['ACTIVE', 'SUSPENDED']).optional()
const addresses = z.array(z.string().max(320)).max(1_000)
const policy = z.strictObject({ value: z.json(), lock: policyLock.nullish() })
const policies = z.partialRecord(z.enum(policyKindNames as [PolicyKind, ...PolicyKind[]]), policy).optional()
const named = <T extends z.ZodType>(value: T) => z.record(z.string().min(1).max(253), value).optional()

const mailbox = z.strictObject({
  name: z.string().optional(),
  quota: z.union([z.number(), z.string().max(40)]).nullish(),
  status,
  /** Used when the mailbox is made; one that there is keeps its own. */
  password: z.string().optional(),
  passwordHash: z.string().optional(),
  forward: z.strictObject({ targets: addresses.min(1), keepCopy: z.boolean().optional(), status }).optional(),
  policies,
})
const alias = z.strictObject({ targets: addresses.min(1), status })
const group = z.strictObject({
  name: z.string().optional(),
  members: addresses.optional(),
  owners: addresses.min(1),
  posting: groupPosting.optional(),
  posters: addresses.optional(),
  status,
})
const domain = z.strictObject({
  catchAll: z.string().max(320).nullish(),
  status,
  policies,
  mailboxes: named(mailbox),
  aliases: named(alias),
  groups: named(group),
})

const rule = z.strictObject({
  effect: z.enum(['ALLOW', 'DENY']),
  actions: z.array(z.enum(actionNames.map((action) => action.toUpperCase()))).min(1),
  subjects: z.array(z.enum(subjectNames)).min(1),
  fields: z.array(z.string().max(100)).min(1).max(200).nullish(),
  scope: z.enum(scopeNames),
  domains: z.array(z.string().max(253)).min(1).max(100).nullish(),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
})
const role = z.strictObject({ description: z.string().optional(), rules: z.array(rule).max(30) })

export const manifestSchema = z.strictObject({
  manifest: z.literal(1),
  policies,
  /** Where they are not mentioned at all they stay, also with `prune`. */
  roles: named(role),
  domains: named(domain.nullable()),
})
export type Manifest = z.infer<typeof manifestSchema>
export type ManifestRule = z.infer<typeof rule>
export type ManifestDomain = z.infer<typeof domain>
