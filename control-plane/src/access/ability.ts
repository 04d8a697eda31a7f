/**
 * Rules as CASL's: the only authority on who may do what. The same rules decide about one object, become SQL for lists, and
 * are sent to the console. What no rule allows is denied; whatever one rule denies is denied.
 */
import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability'
import { packRules } from '@casl/ability/extra'
import type { Rule } from './rules.js'
import type { Action, PermissionSubject, SubjectName } from './subjects.js'

export type AppAbility = MongoAbility<[Action | 'manage', SubjectName | 'all' | PermissionSubject]>
type CaslRule = RawRuleOf<AppAbility>

const caslRule = ({ effect, actions, subject, fields, conditions }: Rule): CaslRule =>
  ({
    action: actions,
    subject,
    ...(fields && { fields }),
    ...(Object.keys(conditions).length > 0 && { conditions }),
    ...(effect === 'DENY' && { inverted: true }),
  }) as unknown as CaslRule

/** In CASL the last rule that matches decides, and so what denies comes last. */
const inOrder = (rules: readonly Rule[]): Rule[] => [
  ...rules.filter((rule) => rule.effect === 'ALLOW'),
  ...rules.filter((rule) => rule.effect === 'DENY'),
]

export const abilityOf = (rules: readonly Rule[]): AppAbility => createMongoAbility(inOrder(rules).map(caslRule))

/** The rule that decides; null where none speaks of it, which is a no. */
export function decidingRule(
  rules: readonly Rule[],
  action: Action,
  object: PermissionSubject,
  field?: string,
): Rule | null {
  const ordered = inOrder(rules)
  const raw = ordered.map(caslRule)
  const relevant = createMongoAbility(raw).relevantRuleFor(action, object as never, field)
  return relevant ? ordered[raw.indexOf(relevant.origin as CaslRule)]! : null
}

export const packedRulesOf = (ability: AppAbility): string => JSON.stringify(packRules(ability.rules))
