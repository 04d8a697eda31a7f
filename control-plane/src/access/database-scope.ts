/** What PostgreSQL is told of the caller with each statement: who acts, for the audit's triggers. */
import type { ScopeSettings } from '../platform/database-scope.js'
import type { AdminContext } from './context.js'

export type Caller = Pick<AdminContext, 'viewer' | 'operation' | 'origin'>

export function scopeOf({ viewer, operation, origin }: Caller): ScopeSettings {
  // The guard has not let it through yet: these are look-ups of ours.
  if (!operation) return {}
  const actor = {
    ...(viewer && { administratorId: viewer.administratorId, email: viewer.email, credential: viewer.credential }),
    ...(viewer?.impersonator && {
      impersonatorId: viewer.impersonator.administratorId,
      impersonatorEmail: viewer.impersonator.email,
    }),
    ip: origin.ip,
    ...(origin.userAgent && { userAgent: origin.userAgent }),
  }
  return {
    'mailfleet.actor': JSON.stringify(actor),
    'mailfleet.operation': operation.name,
    'mailfleet.operation_id': operation.id,
  }
}
