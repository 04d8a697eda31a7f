/**
 * Whether a field may be read of each object of a kind that one sees at all. Where it may not, what is found by that field, or put into
 * order by it, or named by it, would tell of it.
 */
import { hasFieldRules } from './authorize.js'
import { covers } from './rules.js'
import type { SubjectName } from './subjects.js'
import type { Viewer } from './viewer.js'

export function isReadableOfEach(viewer: Viewer, subject: SubjectName, field: string): boolean {
  if (!hasFieldRules(viewer, 'read', subject)) return true
  const { rules } = viewer
  const shown = rules.filter(
    (rule) =>
      [subject, 'all'].includes(rule.subject) && rule.actions.some((action) => ['read', 'manage'].includes(action)),
  )
  const wanted = shown.flatMap((rule) => {
    if (rule.effect === 'DENY') return rule.fields ? [] : [rule]
    return [{ ...rule, actions: ['read' as const], subject, fields: [field] }]
  })
  return covers(rules, wanted)
}
