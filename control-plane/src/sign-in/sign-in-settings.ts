/** What all of sign-in stands on, made once for a replica. */
import type { AdminContext, Reached } from '../access/index.js'
import type { EntityManager } from 'typeorm'
import type { AttemptLimits } from './attempt-limits.js'

export interface SignInSettings {
  limits: AttemptLimits
  reached: Reached
  /** Null where none was set: then any name by which browsers reach this host is its own. */
  publicUrl: string | null
  /** Null: the e-mail domain leads to no directory. */
  directoryOf(context: AdminContext, email: string): Promise<PasswordDirectory | null>
}

/** Where passwords are looked at that are not kept here. */
export interface PasswordDirectory {
  sourceId: string
  /**
   * Null: wrong, or nobody. With `password` null it takes as long and asks nothing that would count as a try: nobody learns from the
   * time whose password is kept where.
   */
  check(password: string | null): Promise<ProvenPerson | null>
}

export interface ProvenPerson {
  /** The administrator who it is, made or linked where need be, and locked; null: nobody here. */
  admit(manager: EntityManager): Promise<string | null>
}

export function requireHttp(context: AdminContext) {
  if (!context.http) throw new Error('sessions begin and end over HTTP')
  return context.http
}
