/**
 * Who may call a field of Query, Mutation or Subscription: each carries exactly one of these, or the schema is not built.
 * `@Allow` asks whether the rules could ever allow it; that they allow it on the object at hand is checked where the object is
 * loaded (`authorize`), since a rule with conditions says yes to the bare type.
 */
import { ExpectedError } from '../platform/errors.js'
import { declarePermission, type Guard } from '../platform/graphql/guarded-fields.js'
import type { Action, SubjectName } from './ability.js'
import type { AdminContext } from './context.js'

type Permission = 'public' | 'signedIn' | { action: Action; subject: SubjectName }

export const Allow = (action: Action, subject: SubjectName): MethodDecorator => declarePermission({ action, subject })
export const SignedIn = (): MethodDecorator => declarePermission('signedIn')
export const Public = (): MethodDecorator => declarePermission('public')

export const adminGuard: Guard<AdminContext> = (declared, context) => {
  const permission = declared as Permission
  if (permission === 'public') return
  const { viewer } = context
  if (!viewer) throw new ExpectedError('UNAUTHENTICATED')
  if (permission === 'signedIn') return
  // Who cannot even read such objects learns nothing here but that: reads answer as for missing objects.
  if (permission.action === 'read') return
  if (!viewer.ability.can(permission.action, permission.subject)) throw new ExpectedError('FORBIDDEN')
}
