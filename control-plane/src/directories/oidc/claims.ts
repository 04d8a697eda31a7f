/** Claims of an ID token (OpenID Connect Core 1.0 section 5.1), whose signature, issuer, audience and nonce were found right. */
import { normalizeAddress } from '@mailfleet/schema'
import type { Arriving } from '../admit.js'
import type { OidcSettings } from '../identity-source.settings.js'

export type Claims = Readonly<Record<string, unknown>> & { iss: string; sub: string }

const maxGroups = 1_000

/** An address counts if the issuer says that it has verified it, and says so as a boolean. */
export function arrivingOf(claims: Claims, { groupsClaim }: OidcSettings): Arriving {
  const { iss: issuer, sub: subject, email, email_verified: verified, name, preferred_username: username } = claims
  const address = typeof email === 'string' ? normalizeAddress(email) : null
  const called = [name, username, email].find((one): one is string => typeof one === 'string' && one.trim() !== '')
  return {
    issuer,
    subject,
    email: verified === true ? (address ?? null) : null,
    name: called ?? subject,
    groups: groupsClaim === null ? null : textsOf(claims[groupsClaim]).slice(0, maxGroups),
  }
}

export function showsTwoFactors({ acr, amr }: Claims, { trustedAcr, trustedAmr }: OidcSettings): boolean {
  return (typeof acr === 'string' && trustedAcr.includes(acr)) || textsOf(amr).some((one) => trustedAmr.includes(one))
}

/** One group alone comes as text from some. */
const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string')
