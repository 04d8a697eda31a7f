/**
 * Who may call a field of Query, Mutation or Subscription: each carries exactly one of these, or the schema is not built.
 * `@Allow` asks whether the rules could ever allow it; that they allow it on the object at hand is checked where the object is
 * loaded (`authorize`), since a rule with conditions says yes to the bare type.
 */
import { ExpectedError } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { declarePermission, type Guard } from '../platform/graphql/guarded-fields.js'
import type { AdminContext } from './context.js'
import type { Action, SubjectName } from './subjects.js'

interface OwnAffair {
  /** Also in the name of somebody as whom one acts. It must not touch their credentials. */
  impersonating?: true
  /** Also before one has set up the second factor that one must have. */
  enrolling?: true
}
type Permission = 'public' | { own: OwnAffair } | { action: Action; subject: SubjectName }

export const Allow = (action: Action, subject: SubjectName): MethodDecorator => declarePermission({ action, subject })
/** What concerns nobody but oneself; not in somebody else's name. */
export const SignedIn = (own: OwnAffair = {}): MethodDecorator => declarePermission({ own })
export const Public = (): MethodDecorator => declarePermission('public')

export const adminGuard: Guard<AdminContext> = (declared, context, field, args) => {
  const permission = declared as Permission
  // Of the queries in one request, which run side by side, the audit names the last one.
  context.operation = { ...field, id: newId() }
  context.input = null
  if (permission === 'public') return
  const { viewer } = context
  if (!viewer) throw new ExpectedError('UNAUTHENTICATED')
  if (viewer.mustEnrol && !(typeof permission === 'object' && 'own' in permission && permission.own.enrolling)) {
    throw new ExpectedError('TWO_FACTOR_REQUIRED')
  }
  if ('own' in permission) {
    if (viewer.scoped) throw new ExpectedError('FORBIDDEN', { message: 'Not with a token of limited scope.' })
    if (!viewer.impersonator || permission.own.impersonating) return
    throw new ExpectedError('FORBIDDEN', { message: 'Not while you act as somebody else.' })
  }
  // Who cannot even read such objects learns nothing here but that: reads answer as for missing objects.
  if (permission.action === 'read') return
  if (!viewer.ability.can(permission.action, permission.subject)) throw new ExpectedError('FORBIDDEN')
  context.input = { ...permission, fields: givenFields(args.input) }
}

/** Which object it is, and the version that was seen, is no change of it. */
const givenFields = (input: unknown): string[] =>
  Object.entries(input ?? {})
    .filter(([name, value]) => value !== undefined && name !== 'id' && name !== 'version')
    .map(([name]) => name)
