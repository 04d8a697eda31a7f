/**
 * What an API token may that was made for less than everything: what its rules say, and never more than its administrator may at
 * that moment. Its rules are written as those of roles are, and hold at a tenant.
 */
import { intersect, type Rule } from './rules.js'
import { rulesFrom, type RuleTemplate } from './rule-template.js'
import type { Rights } from './rights.js'
import { actionNames, subjectNames } from './subjects.js'

export interface TokenScope {
  /** Null: all that its administrator may at that tenant and below. */
  rules: RuleTemplate[] | null
  tenantPath: string
}

const everything: RuleTemplate = { effect: 'ALLOW', actions: actionNames, subjects: subjectNames, scope: 'SUBTREE' }

type Maker = Pick<Rights, 'administratorId' | 'tenantPath'>

export function tokenRules(own: readonly Rule[], { rules, tenantPath }: TokenScope, maker: Maker): Rule[] {
  const target = { administratorId: maker.administratorId, administratorPath: maker.tenantPath, tenantPath }
  return intersect(
    own,
    (rules ?? [everything]).flatMap((template) => rulesFrom(template, target, { kind: 'TOKEN' })),
  )
}
