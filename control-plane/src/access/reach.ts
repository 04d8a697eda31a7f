/**
 * How far a caller's rules reach, as row-level security is told: the second wall, for the day when a check is forgotten. It is made of
 * the very rules that decide, roles given elsewhere, grants, the scope of a token and impersonation included. It knows whose
 * objects those are and nothing of what may be done with them: that is the rules' matter.
 *
 * Whoever reaches the whole platform works as the owner of the tables: there is nothing to keep from them, and policies would
 * keep PostgreSQL from using the indexes that searches need (an operator that is not leakproof is no index condition).
 */
import type { ScopeSettings } from '../platform/database-scope.js'
import type { Rule } from './rules.js'
import { subjectKinds } from './subjects.js'
import type { Viewer } from './viewer.js'

/** Has the privileges that requests need, and no way past the policies (row-level-security.migration.ts). */
export const viewerRole = 'mailfleet_viewer'

class Reach {
  everything = false
  /** Objects that belong to no tenant. */
  platform = false
  /** Paths: the tenants there and all below. */
  readonly subtrees = new Set<string>()
  /** Paths: these tenants alone. */
  readonly tenants = new Set<string>()
  /** Ids, and paths within which they must be: domains move. */
  readonly domains = new Set<string>()
  readonly domainPlaces = new Set<string>()

  constructor(private readonly administratorId: string) {}

  add({ subject, conditions }: Rule): void {
    const kind = subject === 'all' ? null : subjectKinds[subject]
    if (kind?.owner === 'platform') {
      this.platform ||= Object.keys(conditions).length === 0
      return
    }
    const place = (conditions.tenantPath ?? conditions.within) as string | undefined
    // One's own is reached by everybody.
    if (kind?.self && conditions[kind.self] === this.administratorId) return
    const domains = kind?.domain && conditions[kind.domain]
    if (domains) {
      for (const id of typeof domains === 'string' ? [domains] : domains.$in) this.domains.add(id)
      if (place !== undefined) this.domainPlaces.add(place)
    } else if (place === undefined) this.everything ||= Object.keys(conditions).length === 0
    else if (conditions.tenantPath !== undefined) this.tenants.add(place)
    else if (place.includes('.')) this.subtrees.add(place)
    else this.everything = true
  }

  settings(): ScopeSettings {
    if (this.everything) return {}
    return {
      role: viewerRole,
      'mailfleet.self': this.administratorId,
      ...given('mailfleet.platform', this.platform ? ['on'] : []),
      ...given('mailfleet.subtrees', this.subtrees),
      ...given('mailfleet.tenants', this.tenants),
      ...given('mailfleet.domains', this.domains),
      ...given('mailfleet.domain_places', this.domainPlaces),
    }
  }
}

const given = (name: string, values: Iterable<string>): ScopeSettings => {
  const text = [...values].sort().join(',')
  return text === '' ? {} : { [name]: text }
}

/** Nobody is signed in. */
const nothing: ScopeSettings = { role: viewerRole }

const known = new WeakMap<Viewer, ScopeSettings>()

export function reachSettings(viewer: Viewer | null): ScopeSettings {
  if (!viewer) return nothing
  let settings = known.get(viewer)
  if (!settings) {
    const reach = new Reach(viewer.administratorId)
    for (const rule of viewer.rules) if (rule.effect === 'ALLOW') reach.add(rule)
    known.set(viewer, (settings = reach.settings()))
  }
  return settings
}
