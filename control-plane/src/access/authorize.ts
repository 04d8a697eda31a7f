/** Checks on the object at hand. What the caller may not read answers exactly as what does not exist. */
import { ExpectedError, notFound } from '../platform/errors.js'
import { rulesToSql, type SubjectColumns } from '../platform/casl-sql.js'
import type { SqlParameters } from '../platform/sql-parameters.js'
import { covers, type Rule } from './rules.js'
import type { Action, PermissionSubject, SubjectName } from './subjects.js'
import type { AdminContext } from './context.js'
import type { Viewer } from './viewer.js'

type WithViewer = Pick<AdminContext, 'viewer' | 'input'>

export function requireViewer(context: WithViewer): Viewer {
  if (!context.viewer) throw new ExpectedError('UNAUTHENTICATED')
  return context.viewer
}

/**
 * Whether the rules allow it. Where they tell fields apart, also whether they allow each field that the mutation at hand gives:
 * a change of an object is a change of these. Where nobody said which fields those are, none is allowed.
 */
export function may(context: WithViewer, action: Action, subject: PermissionSubject): boolean {
  const { viewer } = context
  if (!viewer?.ability.can(action, subject)) return false
  if (action !== 'create' && action !== 'update') return true
  const type = subject.__caslSubjectType__
  if (!hasFieldRules(viewer, action, type)) return true
  const { input } = context
  const isAtHand = input?.action === action && input.subject === type
  return isAtHand && input.fields.every((field) => viewer.ability.can(action, subject, field))
}

export const hasFieldRules = ({ ability }: Viewer, action: Action, subject: SubjectName): boolean =>
  ability.possibleRulesFor(action, subject).some((rule) => rule.fields !== undefined)

export function authorize(context: WithViewer, action: Action, subject: PermissionSubject | null, path = ['id']): void {
  if (!subject || !may(context, 'read', subject)) throw notFound(path)
  if (!may(context, action, subject)) throw new ExpectedError('FORBIDDEN')
}

/** For whoever gives rights to somebody, or gets hold of somebody's: nobody has more of them afterwards than the caller has now. */
export function requireCovering(context: WithViewer, rules: readonly Rule[], path?: string[]): void {
  if (covers(requireViewer(context).rules, rules)) return
  const message = 'This would be more than you may do yourself.'
  throw new ExpectedError('FORBIDDEN', { message, ...(path && { path }) })
}

/** The condition that narrows a list to what the caller may do `action` on. */
export function accessible(
  context: WithViewer,
  action: Action,
  subject: SubjectName,
  columns: SubjectColumns,
  parameters: SqlParameters,
): string {
  if (!context.viewer) return 'false'
  const { within } = columns
  const tenantPath: SubjectColumns = within ? { tenantPath: { sql: within.sql, type: 'exactPath' } } : {}
  return rulesToSql(context.viewer.ability, action, subject, { ...tenantPath, ...columns }, parameters)
}
