/**
 * Checks access tokens in the form of JWTs (RFC 7519, RFC 8725, RFC 9068) against the issuers that the node's settings trust: signature by
 * an asymmetric algorithm, `iss`, `aud`, `exp`, `nbf`, scope, and the claim that holds the address.
 */
import { domainOf, normalizeAddress, type NodeSettingsResource, type OauthIssuer } from '@mailfleet/schema'
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose'
import { IssuerKeys, KeysUnavailableError } from './issuer-keys.js'

/** Asymmetric ones alone: with HS256 a public key would do as the secret, with `none` nothing. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const clockToleranceSeconds = 30

/** `STALE`: was valid, and its bearer is no attacker. `INVALID`: anything else. The reason is for the domain's administrators. */
export type TokenCheck =
  { ok: true; address: string } | { ok: false; fault: 'INVALID' | 'STALE' | 'UNAVAILABLE'; reason: string }

const refused = (reason: string): TokenCheck => ({ ok: false, fault: 'INVALID', reason })

export class AccessTokens {
  private keys = new Map<string, IssuerKeys>()
  private issuers: readonly OauthIssuer[] = []

  constructor(
    private readonly settings: () => NodeSettingsResource,
    private readonly clock: () => number,
  ) {}

  async check(token: string): Promise<TokenCheck> {
    const issuer = this.issuerOf(token)
    if (!issuer) return refused('the token is of no issuer that is trusted here')
    try {
      const { payload } = await jwtVerify(token, this.keysOf(issuer).find, {
        algorithms,
        issuer: issuer.issuer,
        audience: issuer.audience,
        requiredClaims: ['exp'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.clock()),
      })
      return addressIn(payload, issuer)
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        return { ok: false, fault: 'UNAVAILABLE', reason: `the keys of ${issuer.issuer} could not be fetched` }
      if (error instanceof errors.JWTExpired) return { ok: false, fault: 'STALE', reason: 'the token has expired' }
      if (error instanceof errors.JWTClaimValidationFailed) return refused(`the token's ${error.claim} does not fit`)
      if (error instanceof errors.JOSEError) return refused('the token is not signed by its issuer')
      // A key that does not fit the algorithm, among others: whatever the token made of it, it is not valid.
      if (error instanceof TypeError || error instanceof DOMException) return refused('the token cannot be verified')
      throw error
    }
  }

  /** By what the token says of itself, which is checked with it afterwards. */
  private issuerOf(token: string): OauthIssuer | undefined {
    try {
      const { iss } = decodeJwt(token)
      return this.settings().oauthIssuers.find(({ issuer }) => issuer === iss)
    } catch {
      return undefined
    }
  }

  /** Fetched keys are kept until the settings of issuers change. */
  private keysOf(issuer: OauthIssuer): IssuerKeys {
    const { oauthIssuers } = this.settings()
    if (oauthIssuers !== this.issuers) {
      const kept = new Map<string, IssuerKeys>()
      for (const one of oauthIssuers) {
        const name = JSON.stringify(one)
        kept.set(name, this.keys.get(name) ?? new IssuerKeys(one, this.clock))
      }
      this.keys = kept
      this.issuers = oauthIssuers
    }
    return this.keys.get(JSON.stringify(issuer))!
  }
}

function addressIn(payload: JWTPayload, issuer: OauthIssuer): TokenCheck {
  const { addressClaim, requiredScope, domains } = issuer
  if (requiredScope && !scopesOf(payload).includes(requiredScope)) return refused(`the token lacks ${requiredScope}`)
  const claim = payload[addressClaim]
  const address = typeof claim === 'string' ? normalizeAddress(claim) : null
  if (address === null) return refused(`the token has no address in ${addressClaim}`)
  // OpenID Connect Core section 5.1: whoever may write any address into their profile has it unverified.
  if (addressClaim === 'email' && payload['email_verified'] === false) return refused('the address is not verified')
  if (domains.length > 0 && !domains.includes(domainOf(address)))
    return refused('the issuer does not speak for that domain')
  return { ok: true, address }
}

/** RFC 9068 section 2.2.3: one text. Some issuers have a list, or `scp`. */
function scopesOf(payload: JWTPayload): string[] {
  const scope = payload['scope'] ?? payload['scp']
  if (typeof scope === 'string') return scope.split(' ')
  return Array.isArray(scope) ? scope.filter((one): one is string => typeof one === 'string') : []
}
