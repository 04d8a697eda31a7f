/**
 * What PostgreSQL is told with each statement of a request: who acts, for the audit's triggers, and how far the caller reaches, for
 * row-level security.
 */
import type { ScopeSettings } from '../platform/database-scope.js'
import type { AdminContext } from './context.js'
import { reachSettings } from './reach.js'

export type Caller = Pick<AdminContext, 'viewer' | 'operation' | 'origin'>

/** As the audit trail keeps it. */
export function actorOf({ viewer, origin }: Omit<Caller, 'operation'>): object {
  return {
    ...(viewer && { administratorId: viewer.administratorId, email: viewer.email, credential: viewer.credential }),
    ...(viewer?.impersonator && {
      impersonatorId: viewer.impersonator.administratorId,
      impersonatorEmail: viewer.impersonator.email,
    }),
    // Empty: what acts by itself comes from nowhere.
    ...(origin.ip && { ip: origin.ip }),
    ...(origin.userAgent && { userAgent: origin.userAgent }),
    ...(origin.reason && { reason: origin.reason }),
  }
}

/** Only what writes is told of: it would cost each read a statement more. */
export function actorSettings(caller: Caller): ScopeSettings {
  const { operation } = caller
  if (operation?.kind !== 'mutation') return {}
  return {
    'mailfleet.actor': JSON.stringify(actorOf(caller)),
    'mailfleet.operation': operation.name,
    'mailfleet.operation_id': operation.id,
  }
}

export const scopeOf = (caller: Caller): ScopeSettings => ({
  ...reachSettings(caller.viewer),
  ...actorSettings(caller),
})
