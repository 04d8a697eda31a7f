/**
 * When a domain is looked at next. Somebody who sets up DNS waits for us, and so what is new or has just changed is looked at soon; what
 * stays as it is, ever more seldom. Times are spread, so that domains that were made at once are not checked at once for ever.
 */
import type { DomainState } from '../domains/index.js'

const minute = 60_000
const hour = 60 * minute

const bounds: Record<DomainState, { first: number; longest: number }> = {
  PENDING_OWNERSHIP: { first: minute, longest: 24 * hour },
  PENDING_DNS: { first: minute, longest: 6 * hour },
  ACTIVE: { first: 15 * minute, longest: 6 * hour },
  SUSPENDED: { first: hour, longest: 24 * hour },
  DELETED: { first: 24 * hour, longest: 24 * hour },
}

/** In ms, from a `chance` of 0 up to 1. `quiet`: checks in a row that found the same. */
export function nextCheckIn(state: DomainState, quiet: number, chance = Math.random()): number {
  const { first, longest } = bounds[state]
  return Math.round(Math.min(longest, first * 2 ** Math.min(quiet, 20)) * (0.8 + 0.4 * chance))
}
