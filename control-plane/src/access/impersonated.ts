/**
 * What somebody may who acts as another administrator: what both may, and so no more than they could alone; and nothing by
 * which one gets in, or lets others in, afterwards.
 */
import { intersect, type Rule } from './rules.js'
import { actionNames, subjectKinds, subjectNames } from './subjects.js'

const changes = actionNames.filter((action) => action !== 'read')

export function impersonatedRules(other: readonly Rule[], own: readonly Rule[], impersonatorId: string): Rule[] {
  const origin = { kind: 'IMPERSONATION', impersonatorId } as const
  const deny = { effect: 'DENY', actions: changes, conditions: {}, origin } as const
  return [
    ...intersect(other, own),
    ...subjectNames.filter((name) => subjectKinds[name].credential).map((subject) => ({ ...deny, subject })),
    { ...deny, subject: 'Mailbox', fields: ['password'] },
  ]
}
