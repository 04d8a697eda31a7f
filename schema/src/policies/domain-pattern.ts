/** Names of domains in lists of destinations, in one normal form: a domain, or one with all below it (`*.example.org`). */
import { normalizeDomain } from '../addresses.js'

/** The entry in normal form, or null where it is none. */
export function normalizeDomainPattern(input: string): string | null {
  const text = input.trim().toLowerCase()
  const below = text.startsWith('*.')
  const domain = normalizeDomain(below ? text.slice(2) : text)
  return domain === null ? null : below ? `*.${domain}` : domain
}

/** Whether an entry names the domain, which is in normal form. `*.example.org` names `example.org`, too. */
export function namesDomain(patterns: readonly string[], domain: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === domain ||
      (pattern.startsWith('*.') && (domain === pattern.slice(2) || domain.endsWith(pattern.slice(1)))),
  )
}
