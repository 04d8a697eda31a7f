/** Sign-in against the directory. The order of the checks is what keeps accounts from being told apart: see each step. */
import { randomBytes } from 'node:crypto'
import { normalizeAddress, type MailboxResource } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { EventSink } from '../../../events/event-sink.js'
import type { Authenticator, ScramAttempt, SignInAttempt, SignInResult } from './authenticator.js'
import { DecoyVerifiers } from './decoy-verifier.js'
import { PasswordVerifier, VerifierBusyError } from './password-verifier.js'
import { SignInEvents } from './sign-in-events.js'
import { createTokenSignIn } from './token-sign-in.js'
import { Throttle, type ThrottlePolicy } from './throttle.js'

export interface AuthenticatorOptions {
  directory: Directory
  events: EventSink
  /** Milliseconds since 1970. */
  clock?: () => number
  throttle?: ThrottlePolicy
  /** Kept over restarts: what logins that do not exist are challenged with must not change then. */
  decoySecret?: Buffer
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { directory, events, clock = Date.now } = options
  const throttle = new Throttle(clock, directory, options.throttle)
  const verifier = new PasswordVerifier(clock)
  const decoys = new DecoyVerifiers(options.decoySecret ?? randomBytes(32))
  const log = new SignInEvents(directory, events, clock)

  async function authenticate(attempt: SignInAttempt): Promise<SignInResult> {
    // The whole node: says nothing of an account, and no client shall ask its user for another password.
    if (directory.settings().status !== 'ACTIVE') return { ok: false, reason: 'UNAVAILABLE' }
    const address = normalizeAddress(attempt.login)
    const key = address ?? attempt.login.slice(0, 320)
    if (throttled(key, attempt, address)) return { ok: false, reason: 'THROTTLED' }
    const before = address === null ? undefined : directory.mailbox(address)
    let matches: boolean
    try {
      // A shared mailbox has no password, and is told apart from an unknown one by nothing.
      matches = await verifier.verify(key, before?.passwordHash || null, attempt.password)
    } catch (error) {
      if (error instanceof VerifierBusyError) return { ok: false, reason: 'UNAVAILABLE' }
      throw error
    }
    // Read again: the check took a while, and a password or account that ended meanwhile must not open a session.
    const mailbox = address === null ? undefined : directory.mailbox(address)
    if (matches && mailbox !== undefined && mailbox.passwordHash === before?.passwordHash && active(mailbox)) {
      throttle.succeeded(key, attempt.remoteIp)
      log.succeeded(attempt, mailbox)
      return { ok: true, mailbox }
    }
    throttle.failed(key, attempt.remoteIp)
    // The reason is for the domain's administrators; the client is never told.
    log.failed(
      attempt,
      address,
      mailbox,
      mailbox === undefined ? 'no such mailbox' : matches ? 'suspended' : 'wrong password',
    )
    return { ok: false, reason: 'REFUSED' }
  }

  function throttled(key: string, attempt: ScramAttempt, address: string | null): boolean {
    if (throttle.bannedEverywhere(attempt.remoteIp)) log.banned(attempt, address)
    else if (throttle.banned(key, attempt.remoteIp)) log.failed(attempt, address, undefined, 'too many failures')
    else return false
    return true
  }

  const active = (mailbox: MailboxResource): boolean =>
    mailbox.status === 'ACTIVE' && directory.domainById(mailbox.domainId)?.status === 'ACTIVE'

  async function scramVerifier(attempt: ScramAttempt): ReturnType<Authenticator['scramVerifier']> {
    if (directory.settings().status !== 'ACTIVE') return { ok: false, reason: 'UNAVAILABLE' }
    const address = normalizeAddress(attempt.login)
    const key = address ?? attempt.login.slice(0, 320)
    if (throttled(key, attempt, address)) return { ok: false, reason: 'THROTTLED' }
    const known = address === null ? null : directory.mailbox(address)?.scram
    return { ok: true, verifier: decoys.unless(known, key) }
  }

  async function concludeScram(
    attempt: Parameters<Authenticator['concludeScram']>[0],
  ): ReturnType<Authenticator['concludeScram']> {
    const address = normalizeAddress(attempt.login)
    const key = address ?? attempt.login.slice(0, 320)
    const mailbox = address === null ? undefined : directory.mailbox(address)
    // The password may have changed while the exchange went on.
    const matches = attempt.proved && mailbox?.scram?.storedKey === attempt.verifier.storedKey
    if (matches && active(mailbox)) {
      throttle.succeeded(key, attempt.remoteIp)
      log.succeeded(attempt, mailbox)
      return { ok: true, mailbox }
    }
    throttle.failed(key, attempt.remoteIp)
    const reason = mailbox === undefined ? 'no such mailbox' : matches ? 'suspended' : 'wrong password'
    log.failed(attempt, address, mailbox, reason)
    return { ok: false, reason: 'REFUSED' }
  }

  const authenticateByToken = createTokenSignIn({ directory, throttle, log, clock, active, throttled })

  return { authenticate, scramVerifier, concludeScram, authenticateByToken }
}
