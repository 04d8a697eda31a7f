/** Checks on the object at hand. What the caller may not read answers exactly as what does not exist. */
import { ExpectedError, notFound } from '../platform/errors.js'
import { rulesToSql, type SubjectColumns } from '../platform/casl-sql.js'
import type { SqlParameters } from '../platform/sql-parameters.js'
import type { Action, PermissionSubject, SubjectName } from './ability.js'
import type { AdminContext } from './context.js'
import type { Viewer } from './viewer.js'

type WithViewer = Pick<AdminContext, 'viewer'>

export function requireViewer(context: WithViewer): Viewer {
  if (!context.viewer) throw new ExpectedError('UNAUTHENTICATED')
  return context.viewer
}

export const may = (context: WithViewer, action: Action, subject: PermissionSubject): boolean =>
  context.viewer?.ability.can(action, subject) ?? false

export function authorize(context: WithViewer, action: Action, subject: PermissionSubject | null, path = ['id']): void {
  if (!subject || !may(context, 'read', subject)) throw notFound(path)
  if (!may(context, action, subject)) throw new ExpectedError('FORBIDDEN')
}

/** The condition that narrows a list to what the caller may do `action` on. */
export function accessible(
  context: WithViewer,
  action: Action,
  subject: SubjectName,
  columns: SubjectColumns,
  parameters: SqlParameters,
): string {
  return context.viewer ? rulesToSql(context.viewer.ability, action, subject, columns, parameters) : 'false'
}
