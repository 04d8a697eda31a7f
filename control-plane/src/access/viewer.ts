/** Who calls, as far as permissions go. Made anew for each request, from the database: nothing of it is cached. */
import type { AppAbility } from './ability.js'
import type { Rule } from './rules.js'

export const RoleEnum = {
  PLATFORM_ADMIN: 'PLATFORM_ADMIN',
  RESELLER: 'RESELLER',
  CUSTOMER_ADMIN: 'CUSTOMER_ADMIN',
  SUPPORT: 'SUPPORT',
  CUSTOM: 'CUSTOM',
} as const
export type Role = keyof typeof RoleEnum

export interface ViewerIdentity {
  administratorId: string
  email: string
  role: Role
  tenantId: string
  /** ltree path of that tenant. */
  tenantPath: string
  /** What the caller showed: the session of a browser, the API token of a script; or the identity source that acts for itself. */
  credential: { kind: 'session' | 'token' | 'source'; id: string }
  /** When it was last shown that the owner of this session sits there; null with a token. */
  confirmedAt: Date | null
  /** Must have a second factor and has none yet: may set one up, and nothing else. */
  mustEnrol: boolean
  /** A token that may less than its administrator. */
  scoped: boolean
  /** Who really sits there, where an administrator acts as another one; all the rest here is the other's. */
  impersonator: { administratorId: string; email: string; endsAt: Date } | null
}

export interface Viewer extends ViewerIdentity {
  rules: readonly Rule[]
  /** Made of `rules`. */
  ability: AppAbility
}
