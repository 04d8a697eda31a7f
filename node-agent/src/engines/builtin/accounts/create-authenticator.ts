/** Sign-in against the directory. The order of the checks is what keeps accounts from being told apart: see each step. */
import { randomBytes } from 'node:crypto'
import { normalizeAddress, type MailboxResource, type ScramVerifier } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { EventSink } from '../../../events/event-sink.js'
import { faultOf, givenAppPassword } from './app-passwords.js'
import type { Credential } from './credentials.js'
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
    const given = before && givenAppPassword(directory, before, attempt.password)
    // No slow hash for a good one. Whatever is wrong takes the way of a wrong password, and its time.
    if (given && active(before) && faultOf(given, attempt, clock()) === null) {
      return entered(attempt, key, before, { kind: 'appPassword', id: given.id })
    }
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
    matches &&= mailbox !== undefined && mailbox.passwordHash === before?.passwordHash
    if (matches && mayByPassword(mailbox!)) {
      return entered(attempt, key, mailbox!, { kind: 'password', hash: mailbox!.passwordHash })
    }
    return refused(attempt, key, address, mailbox, matches, (given && faultOf(given, attempt, clock())) ?? null)
  }

  const mayByPassword = (mailbox: MailboxResource): boolean =>
    active(mailbox) && !directory.policy('APP_PASSWORDS_ONLY', mailbox).value

  function entered(attempt: ScramAttempt, key: string, mailbox: MailboxResource, credential: Credential): SignInResult {
    throttle.succeeded(key, attempt.remoteIp)
    log.succeeded(attempt, mailbox, credential)
    return { ok: true, mailbox, credential }
  }

  /** The reason is for the domain's administrators; the client is never told, nor by what is counted. */
  function refused(
    attempt: ScramAttempt,
    key: string,
    address: string | null,
    mailbox: MailboxResource | undefined,
    matches: boolean,
    fault: string | null,
  ): SignInResult {
    throttle.failed(key, attempt.remoteIp)
    const right = mailbox && active(mailbox) ? 'app passwords only' : 'suspended'
    const reason = mailbox === undefined ? 'no such mailbox' : matches ? right : (fault ?? 'wrong password')
    log.failed(attempt, address, mailbox, reason)
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

  async function scramVerifiers(attempt: ScramAttempt): ReturnType<Authenticator['scramVerifiers']> {
    if (directory.settings().status !== 'ACTIVE') return { ok: false, reason: 'UNAVAILABLE' }
    const address = normalizeAddress(attempt.login)
    const key = address ?? attempt.login.slice(0, 320)
    if (throttled(key, attempt, address)) return { ok: false, reason: 'THROTTLED' }
    const mailbox = address === null ? undefined : directory.mailbox(address)
    const first = decoys.unless(mailbox?.scram, key)
    const others = mailbox ? [...directory.appPasswordsOf(mailbox.id)].flatMap(({ scram }) => scram ?? []) : []
    const alike = others.filter(({ salt, iterations }) => salt === first.salt && iterations === first.iterations)
    return { ok: true, verifiers: [first, ...alike] }
  }

  async function concludeScram(
    attempt: Parameters<Authenticator['concludeScram']>[0],
  ): ReturnType<Authenticator['concludeScram']> {
    const address = normalizeAddress(attempt.login)
    const key = address ?? attempt.login.slice(0, 320)
    const mailbox = address === null ? undefined : directory.mailbox(address)
    // What the client has proved to have may have been changed or revoked while the exchange went on.
    const isProved = (scram: ScramVerifier | null | undefined): boolean =>
      scram !== null && scram !== undefined && scram.storedKey === attempt.proved?.storedKey
    const matches = isProved(mailbox?.scram)
    if (mailbox && matches && mayByPassword(mailbox)) {
      return entered(attempt, key, mailbox, { kind: 'password', hash: mailbox.passwordHash })
    }
    const given = mailbox && [...directory.appPasswordsOf(mailbox.id)].find(({ scram }) => isProved(scram))
    const fault = given ? faultOf(given, attempt, clock()) : null
    if (given && fault === null && active(mailbox)) {
      return entered(attempt, key, mailbox, { kind: 'appPassword', id: given.id })
    }
    return refused(attempt, key, address, mailbox, matches, fault)
  }

  const authenticateByToken = createTokenSignIn({ directory, throttle, log, clock, active, throttled })

  return { authenticate, scramVerifiers, concludeScram, authenticateByToken }
}
