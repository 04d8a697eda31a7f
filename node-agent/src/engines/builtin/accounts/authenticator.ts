/** Sign-in for every protocol of the node, in one place, so that throttling, timing and events are the same. */
import type { MailboxResource, ScramVerifier } from '@mailfleet/schema'
import type { Credential } from './credentials.js'

export interface SignInAttempt {
  login: string
  password: string
  protocol: 'SUBMISSION' | 'IMAP' | 'POP3'
  remoteIp: string
}

/**
 * `REFUSED`: wrong login, wrong password, suspended account: never told apart, in text or time.
 * `THROTTLED`: too many failures from this address or for this login; answered without checking the password.
 * `UNAVAILABLE`: the node cannot check now (RFC 5530 UNAVAILABLE, SMTP 454).
 */
export type SignInResult =
  | { ok: true; mailbox: MailboxResource; credential: Credential }
  | { ok: false; reason: 'REFUSED' | 'THROTTLED' | 'UNAVAILABLE' }

export type SignInFailure = Extract<SignInResult, { ok: false }>
/** A sign-in whose password stays with the client (SASL SCRAM). */
export type ScramAttempt = Omit<SignInAttempt, 'password'>
/** `login` is empty where the client leaves it to the token. */
export type TokenAttempt = ScramAttempt & { token: string }

export interface Authenticator {
  authenticate(attempt: SignInAttempt): Promise<SignInResult>
  /**
   * What to challenge the client with: for a login that does not exist a verifier that nothing matches, the same each time. A client
   * does not say which of its passwords it will use: all have the salt of the first.
   */
  scramVerifiers(
    attempt: ScramAttempt,
  ): Promise<{ ok: true; verifiers: [ScramVerifier, ...ScramVerifier[]] } | SignInFailure>
  /** The exchange is over. `proved`: the one whose password the client has, or null. */
  concludeScram(attempt: ScramAttempt & { proved: ScramVerifier | null }): Promise<SignInResult>
  /** By an access token of an issuer that the node's settings trust. */
  authenticateByToken(attempt: TokenAttempt): Promise<SignInResult>
}
