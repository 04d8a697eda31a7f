/** What PostgreSQL is told of the caller with each statement: who acts, for the audit's triggers. */
import type { ScopeSettings } from '../platform/database-scope.js'
import type { AdminContext } from './context.js'

export type Caller = Pick<AdminContext, 'viewer' | 'operation' | 'origin'>

/** As the audit trail keeps it. */
export function actorOf({ viewer, origin }: Omit<Caller, 'operation'>): object {
  return {
    ...(viewer && { administratorId: viewer.administratorId, email: viewer.email, credential: viewer.credential }),
    ...(viewer?.impersonator && {
      impersonatorId: viewer.impersonator.administratorId,
      impersonatorEmail: viewer.impersonator.email,
    }),
    ip: origin.ip,
    ...(origin.userAgent && { userAgent: origin.userAgent }),
  }
}

/** Only what writes is told of: it would cost each read a statement more. */
export function scopeOf(caller: Caller): ScopeSettings {
  const { operation } = caller
  if (operation?.kind !== 'mutation') return {}
  return {
    'mailfleet.actor': JSON.stringify(actorOf(caller)),
    'mailfleet.operation': operation.name,
    'mailfleet.operation_id': operation.id,
  }
}
