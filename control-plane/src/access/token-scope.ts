/**
 * What an API token may that was made for less than everything: what its rules say, and never more than its administrator may at
 * that moment. Its rules are written as those of roles are, and hold at a tenant.
 */
import { intersect, type Rule } from './rules.js'
import { rulesFrom, type RuleTemplate } from './rule-template.js'
import type { Rights } from './rights.js'

export interface TokenScope {
  rules: RuleTemplate[]
  tenantPath: string
}

type Maker = Pick<Rights, 'administratorId' | 'tenantPath'>

export function tokenRules(own: readonly Rule[], { rules, tenantPath }: TokenScope, maker: Maker): Rule[] {
  const target = { administratorId: maker.administratorId, administratorPath: maker.tenantPath, tenantPath }
  return intersect(
    own,
    rules.flatMap((template) => rulesFrom(template, target, { kind: 'TOKEN' })),
  )
}
