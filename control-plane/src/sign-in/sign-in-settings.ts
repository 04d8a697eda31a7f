/** What all of sign-in stands on, made once for a replica. */
import type { AdminContext, Reached } from '../access/index.js'
import type { AttemptLimits } from './attempt-limits.js'

export interface SignInSettings {
  limits: AttemptLimits
  reached: Reached
  /** Null where none was set: then any name by which browsers reach this host is its own. */
  publicUrl: string | null
}

export function requireHttp(context: AdminContext) {
  if (!context.http) throw new Error('sessions begin and end over HTTP')
  return context.http
}
