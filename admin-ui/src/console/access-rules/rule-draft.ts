/** Rules while they are written: what the form holds, and what of it is sent. */
import type { AccessAction, AccessEffect, AccessScope, AccessSubject } from '../../graphql/graphql.ts'
import { isoToLocal, localToIso } from '../../format/time.ts'
import type { AccessRule } from './rule-fields.ts'

export const actions: readonly AccessAction[] = [
  'READ',
  'CREATE',
  'UPDATE',
  'SUSPEND',
  'DELETE',
  'IMPERSONATE',
  'WAIVE',
]
export const scopes: readonly AccessScope[] = ['SUBTREE', 'TENANT', 'DOMAIN', 'SELF']
export const subjects: readonly AccessSubject[] = [
  ...(['Tenant', 'Budget', 'Domain', 'Mailbox', 'Alias', 'Group', 'Forward', 'AppPassword', 'Policy'] as const),
  ...(['DkimKey', 'Administrator', 'AccessRole', 'RoleAssignment', 'Grant', 'Session', 'ApiToken'] as const),
  ...([
    'IdentitySource',
    'AuditEntry',
    'MailEvent',
    'Webhook',
    'Job',
    'MailNode',
    'Ban',
    'Rollout',
    'SavedSearch',
    'QueuedMessage',
    'QueueHold',
  ] as const),
]

export interface RuleDraft {
  key: number
  effect: AccessEffect
  actions: AccessAction[]
  subjects: AccessSubject[]
  /** One name, or several with spaces or commas between; empty: the whole object. */
  fields: string
  scope: AccessScope
  domainIds: string[]
  /** As of a `datetime-local` field. */
  expiresAt: string
}

let lastKey = 0
export const newRule = (): RuleDraft => ({
  key: (lastKey += 1),
  effect: 'ALLOW',
  actions: ['READ'],
  subjects: [],
  fields: '',
  scope: 'SUBTREE',
  domainIds: [],
  expiresAt: '',
})

export const toDraft = (rule: AccessRule): RuleDraft => ({
  key: (lastKey += 1),
  effect: rule.effect,
  actions: [...rule.actions],
  subjects: [...rule.subjects],
  fields: rule.fields?.join(', ') ?? '',
  scope: rule.scope,
  domainIds: [...(rule.domainIds ?? [])],
  expiresAt: rule.expiresAt ? isoToLocal(rule.expiresAt) : '',
})

export function fromDraft(draft: RuleDraft): AccessRule {
  const fields = draft.fields.split(/[\s,;]+/).filter(Boolean)
  return {
    effect: draft.effect,
    actions: actions.filter((action) => draft.actions.includes(action)),
    subjects: subjects.filter((subject) => draft.subjects.includes(subject)),
    fields: fields.length > 0 ? fields : null,
    scope: draft.scope,
    domainIds: draft.scope === 'DOMAIN' ? draft.domainIds : null,
    expiresAt: localToIso(draft.expiresAt) ?? null,
  }
}

/** Where something is missing; the rest the server says. */
export const faultOf = (draft: RuleDraft): 'actions' | 'subjects' | 'domainIds' | undefined =>
  draft.actions.length === 0
    ? 'actions'
    : draft.subjects.length === 0
      ? 'subjects'
      : draft.scope === 'DOMAIN' && draft.domainIds.length === 0
        ? 'domainIds'
        : undefined

/** Rules whose end lies behind say nothing any more. */
export const isOver = (rule: Pick<AccessRule, 'expiresAt'>, now = Date.now()): boolean =>
  rule.expiresAt !== null && Date.parse(rule.expiresAt) <= now
