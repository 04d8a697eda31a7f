/**
 * Rules and sets of rules. A set allows what any of its rules allows, and of that nothing that one of them denies: the order of
 * rules, and from which role they come, does not matter. In this form the intersection of two sets is again a set.
 */
import { conjunction, isPartOf, type Conditions } from './conditions.js'
import type { Action, SubjectName } from './subjects.js'

export interface Rule {
  effect: 'ALLOW' | 'DENY'
  actions: readonly (Action | 'manage')[]
  subject: SubjectName | 'all'
  /** Absent: the object as a whole, all its fields. */
  fields?: readonly string[]
  conditions: Conditions
  /** When it ends by itself, in milliseconds since 1970. What is given of it ends no later; a denial that ends withholds nothing for good. */
  until?: number
  /** Where it comes from, to be explained. */
  origin: RuleOrigin
}

export type RuleOrigin =
  /** What everybody has for themselves. */
  | { kind: 'BASELINE' }
  | { kind: 'BUILT_IN_ROLE'; role: string; tenantId: string; assignmentId: string | null }
  | { kind: 'CUSTOM_ROLE'; accessRoleId: string; assignmentId: string; ownerId: string; tenantId: string; rule: number }
  | { kind: 'GRANT'; grantId: string; tenantId: string; rule: number }
  | { kind: 'IMPERSONATION'; impersonatorId: string }
  | { kind: 'TOKEN' }

type Span = Pick<Rule, 'actions' | 'subject' | 'fields' | 'conditions' | 'until'>

/** What both speak of; null where that is nothing. */
function overlap(a: Span, b: Span): Span | null {
  const actions = a.actions.includes('manage')
    ? b.actions
    : b.actions.includes('manage')
      ? a.actions
      : a.actions.filter((action) => b.actions.includes(action))
  const subject = a.subject === 'all' ? b.subject : b.subject === 'all' || b.subject === a.subject ? a.subject : null
  const fields = a.fields && b.fields ? a.fields.filter((field) => b.fields!.includes(field)) : (a.fields ?? b.fields)
  const conditions = conjunction(a.conditions, b.conditions)
  if (actions.length === 0 || subject === null || fields?.length === 0 || conditions === null) return null
  const until = a.until === undefined || b.until === undefined ? (a.until ?? b.until) : Math.min(a.until, b.until)
  return { actions, subject, ...(fields && { fields }), conditions, ...(until !== undefined && { until }) }
}

const contains = (outer: Span, inner: Span): boolean =>
  (outer.actions.includes('manage') || inner.actions.every((action) => outer.actions.includes(action))) &&
  (outer.subject === 'all' || outer.subject === inner.subject) &&
  (!outer.fields || (inner.fields?.every((field) => outer.fields!.includes(field)) ?? false)) &&
  isPartOf(inner.conditions, outer.conditions) &&
  (outer.until === undefined || (inner.until !== undefined && inner.until <= outer.until))

const allowed = (rules: readonly Rule[]): Rule[] => rules.filter((rule) => rule.effect === 'ALLOW')
const denied = (rules: readonly Rule[]): Rule[] => rules.filter((rule) => rule.effect === 'DENY')

/** What both sets allow. The rules keep the origin that they have in `rules`. */
export function intersect(rules: readonly Rule[], ceiling: readonly Rule[]): Rule[] {
  const both = allowed(rules).flatMap((rule) =>
    allowed(ceiling).flatMap((limit) => {
      const common = overlap(rule, limit)
      return common ? [{ effect: 'ALLOW' as const, origin: rule.origin, ...common }] : []
    }),
  )
  // Most pairs of a broad rule and a broad ceiling say the same again.
  const distinct = both.filter(
    (rule, index) =>
      !both.some((other, at) => at !== index && contains(other, rule) && (at < index || !contains(rule, other))),
  )
  return [...distinct, ...denied(rules), ...denied(ceiling)]
}

/** Of what the set allows, the parts that no denial touches; these need no denial any more. */
export function withoutDenials(rules: readonly Rule[]): Rule[] {
  return allowed(rules).flatMap((rule) => {
    const kept = rule.actions.filter(
      (action) => !denied(rules).some((denial) => overlap(denial, { ...rule, actions: [action] })),
    )
    return kept.length > 0 ? [{ ...rule, actions: kept }] : []
  })
}

/**
 * Whether everything that `wanted` allows, `held` allows. Errs on the side of no: what is held in several pieces only, none of
 * which contains the rule, does not count.
 */
export function covers(held: readonly Rule[], wanted: readonly Rule[]): boolean {
  const withheld = denied(wanted).filter(({ until }) => until === undefined)
  return allowed(wanted)
    .filter((rule) => !isOwnAffair(rule))
    .flatMap(pieces)
    .every(
      (piece) =>
        allowed(held).some((rule) => contains(rule, piece)) &&
        denied(held).every((rule) => {
          const common = overlap(rule, piece)
          return !common || withheld.some((denial) => contains(denial, common))
        }),
    )
}

/** The same rules, none of which lasts longer. Denials stay: what ends is what is given. */
export const endingBy = (rules: readonly Rule[], until: number | null): Rule[] =>
  until === null
    ? [...rules]
    : rules.map((rule) => (rule.effect === 'DENY' ? rule : { ...rule, until: Math.min(rule.until ?? until, until) }))

/** Everybody has it for themselves, and so nobody gives it away. */
const isOwnAffair = ({ origin }: Rule): boolean => origin.kind === 'BASELINE'

/** Action by action and field by field, since `held` may have each of them by another rule. */
const pieces = (rule: Rule): Span[] =>
  rule.actions.flatMap((action) =>
    (rule.fields ?? [null]).map((field) => ({
      actions: [action],
      subject: rule.subject,
      ...(field !== null && { fields: [field] }),
      conditions: rule.conditions,
      ...(rule.until !== undefined && { until: rule.until }),
    })),
  )
