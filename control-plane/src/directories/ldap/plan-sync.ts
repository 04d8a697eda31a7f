/** What a directory and what is here say of the same people, and what makes them agree. Decides, and changes nothing. */
import { normalizeAddress } from '@mailfleet/schema'
import type { IdentitySource } from '../identity-source.entity.js'
import { displayName } from '../provisioning.js'
import { rolesFor } from '../role-mapping.js'
import type { DirectoryEntry } from './directory.js'

/** Somebody of the directory who is known here. */
export interface Known {
  identityId: string
  subject: string
  email: string
  name: string
  role: string | null
  /** Not deactivated by the source. */
  active: boolean
}

export type SyncStep =
  | { action: 'CREATE'; entry: DirectoryEntry; email: string; name: string }
  | { action: 'UPDATE'; entry: DirectoryEntry; known: Known; email: string; name: string }
  | { action: 'REACTIVATE'; entry: DirectoryEntry; known: Known; email: string; name: string }
  | { action: 'DEACTIVATE'; known: Known; email: string; name: string }
  | { action: 'SKIP'; email: string; name: string; reason: string }

export function planSync(
  source: IdentitySource,
  entries: readonly DirectoryEntry[],
  known: readonly Known[],
  keepsMailboxes: boolean,
): { steps: SyncStep[]; unchanged: number } {
  const bySubject = new Map(known.map((one) => [one.subject, one]))
  const steps: SyncStep[] = []
  const seen = new Set<string>()
  let unchanged = 0
  for (const entry of entries) {
    const here = bySubject.get(entry.subject)
    const address = entry.email === null ? null : (normalizeAddress(entry.email.trim()) ?? null)
    const email = here?.email ?? address ?? entry.email ?? ''
    const name = displayName(entry.name ?? '', email)
    const skip = (reason: string) => steps.push({ action: 'SKIP', email: email || entry.dn, name, reason })
    if (seen.has(entry.subject)) {
      skip('Its id is that of another entry.')
      continue
    }
    const roles = keepsMailboxes || entry.groups === null ? undefined : rolesFor(source, entry.groups)
    // Who is in no group that lets them in is, for us, gone.
    if (roles === null) {
      if (!here) skip('No role is mapped to any of the groups.')
      continue
    }
    seen.add(entry.subject)
    if (!here && address === null) skip('It has no e-mail address.')
    else if (!here) steps.push({ action: 'CREATE', entry, email, name })
    else if (!here.active) steps.push({ action: 'REACTIVATE', entry, known: here, email, name })
    else if (here.name !== name || (roles && roles.role !== here.role)) {
      steps.push({ action: 'UPDATE', entry, known: here, email, name })
    } else unchanged++
  }
  for (const here of known) {
    if (here.active && !seen.has(here.subject)) {
      steps.push({ action: 'DEACTIVATE', known: here, email: here.email, name: here.name })
    }
  }
  return { steps, unchanged }
}
