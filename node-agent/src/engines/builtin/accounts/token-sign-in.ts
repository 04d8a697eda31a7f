/** Sign-in with an access token of an issuer that the node trusts: for the mailbox whose address the token has, and no other. */
import { clientNetwork, normalizeAddress, type MailboxResource } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { ScramAttempt, SignInResult, TokenAttempt } from './authenticator.js'
import { AccessTokens } from './oauth/access-tokens.js'
import type { SignInEvents } from './sign-in-events.js'
import type { Throttle } from './throttle.js'

export interface TokenSignInDeps {
  directory: Directory
  throttle: Throttle
  log: SignInEvents
  clock: () => number
  active(mailbox: MailboxResource): boolean
  /** By this node's limits, or by a ban of the fleet; tells of it. */
  throttled(key: string, attempt: ScramAttempt, address: string | null): boolean
}

export function createTokenSignIn({ directory, throttle, log, clock, active, throttled }: TokenSignInDeps) {
  const tokens = new AccessTokens(() => directory.settings(), clock)

  return async function authenticateByToken(attempt: TokenAttempt): Promise<SignInResult> {
    if (directory.settings().status !== 'ACTIVE') return { ok: false, reason: 'UNAVAILABLE' }
    // Nobody can guess a token of another: bad ones count for the network that sends them, never for the login they name.
    const key = `tokens of ${clientNetwork(attempt.remoteIp)}`
    if (throttled(key, attempt, normalizeAddress(attempt.login))) return { ok: false, reason: 'THROTTLED' }
    // Asks what to get a token from (RFC 7628 section 3.2.2).
    if (attempt.token === '') return { ok: false, reason: 'REFUSED' }
    const checked = await tokens.check(attempt.token)
    if (!checked.ok) {
      log.failed(attempt, normalizeAddress(attempt.login), undefined, checked.reason)
      if (checked.fault === 'UNAVAILABLE') return { ok: false, reason: 'UNAVAILABLE' }
      if (checked.fault === 'INVALID') throttle.failed(key, attempt.remoteIp)
      return { ok: false, reason: 'REFUSED' }
    }
    const { address } = checked
    const named = { ...attempt, login: attempt.login || address }
    const mailbox = directory.mailbox(address)
    const own = normalizeAddress(named.login) === address
    // Nobody signs in to a shared mailbox, which is one without a password.
    if (own && mailbox && mailbox.passwordHash !== '' && active(mailbox)) {
      throttle.succeeded(address, attempt.remoteIp)
      const credential = { kind: 'token', hash: mailbox.passwordHash } as const
      log.succeeded(named, mailbox, credential)
      return { ok: true, mailbox, credential }
    }
    throttle.failed(key, attempt.remoteIp)
    const reason = !own ? `the token is for ${address}` : mailbox ? 'suspended or shared' : 'no such mailbox'
    log.failed(named, address, own ? mailbox : undefined, reason)
    return { ok: false, reason: 'REFUSED' }
  }
}
