/**
 * The public keys of one issuer of access tokens: pushed with the settings, or fetched from its JWKS (RFC 7517).
 *
 * Bounded whatever tokens say: one fetch at a time, a time and a size for it, and a pause after each, so that tokens with key ids
 * that do not exist cannot make the node ask the issuer all the time. Keys that were fetched stay in use while the issuer is away.
 */
import type { OauthIssuer } from '@mailfleet/schema'
import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose'

/** The issuer cannot be asked now: says nothing of the token. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError'
}

const fetchTimeoutMs = 5_000
const maxOctets = 262_144
const maxKeys = 100
const pauseMs = 30_000
const freshMs = 10 * 60_000
/** A key that the issuer has withdrawn is refused after this at the latest, though it cannot be asked. */
const usableMs = 24 * 3_600_000

type KeySet = ReturnType<typeof createLocalJWKSet>

export class IssuerKeys {
  private held: { keys: KeySet; at: number } | null = null
  private fetching: Promise<void> | null = null
  private askedAt = -Infinity

  constructor(
    private readonly issuer: Pick<OauthIssuer, 'jwksUrl' | 'keys'>,
    private readonly clock: () => number,
  ) {
    if (!issuer.jwksUrl) this.held = { keys: keySet({ keys: issuer.keys }), at: Infinity }
  }

  /** For `jwtVerify`. */
  readonly find = async (header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> => {
    if (this.ageOfKeys() > freshMs) await this.refresh()
    if (this.ageOfKeys() > usableMs || !this.held) throw new KeysUnavailableError('no keys of the issuer are at hand')
    try {
      return await this.held.keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.issuer.jwksUrl) throw error
      // Perhaps a new one.
      await this.refresh()
      return this.held.keys(header, token)
    }
  }

  private ageOfKeys = (): number => (this.held ? this.clock() - this.held.at : Infinity)

  /** Does nothing within the pause, and on failure leaves what is held. */
  private async refresh(): Promise<void> {
    if (this.fetching === null) {
      if (this.clock() - this.askedAt < pauseMs) return
      this.askedAt = this.clock()
      this.fetching = this.fetchKeys().finally(() => (this.fetching = null))
    }
    await this.fetching.catch(() => undefined)
  }

  private async fetchKeys(): Promise<void> {
    const response = await fetch(this.issuer.jwksUrl!, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(fetchTimeoutMs),
    })
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      throw new KeysUnavailableError(`the issuer answered ${response.status}`)
    }
    const pieces: Uint8Array[] = []
    let octets = 0
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      octets += piece.length
      // Leaving the loop ends the transfer.
      if (octets > maxOctets) throw new KeysUnavailableError('the key set is too long')
      pieces.push(piece)
    }
    this.held = { keys: keySet(JSON.parse(Buffer.concat(pieces).toString('utf8')) as JSONWebKeySet), at: this.clock() }
  }
}

/** Symmetric keys are not in it: whoever knows one could sign. */
function keySet(given: JSONWebKeySet): KeySet {
  const keys = given.keys.filter(({ kty }) => kty === 'RSA' || kty === 'EC' || kty === 'OKP').slice(0, maxKeys)
  return createLocalJWKSet({ keys })
}
