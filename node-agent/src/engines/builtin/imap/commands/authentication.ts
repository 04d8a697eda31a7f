/** STARTTLS, LOGIN and AUTHENTICATE (RFC 3501 section 6.2, RFC 4616, RFC 4959). Passwords and proofs travel over TLS alone. */
import { findMechanism, saslOctets, SaslSyntaxError, type SignInResult } from '../../accounts/index.js'
import { decodeUtf8, type ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, Goodbye, no } from '../errors.js'
import type { Session } from '../session.js'
import { signedOut, type Completion, type CommandEntry } from './command-entry.js'

/** Octets of a SASL response in base64; access tokens are long (RFC 4954 section 4.3 has the number). */
const maxResponse = 12_288

export const starttls: CommandEntry = {
  name: 'STARTTLS',
  states: signedOut,
  capability: 'STARTTLS',
  async handler(session, args) {
    args.end()
    if (session.secure) throw bad('TLS is active already')
    // The session answers and turns to TLS in one step: what came in plain text behind the command is dropped.
    session.turningToTls = true
    return { text: 'Begin TLS negotiation now' }
  },
}

export const login: CommandEntry = {
  name: 'LOGIN',
  states: signedOut,
  async handler(session, args) {
    requireTls(session)
    args.space()
    const user = args.astringText()
    args.space()
    const password = args.astringText()
    args.end()
    return signIn(session, user, password)
  },
}

export const authenticate: CommandEntry = {
  name: 'AUTHENTICATE',
  states: signedOut,
  async handler(session, args) {
    args.space()
    const mechanism = args.keyword()
    const initial = args.take(' ') ? readInitialResponse(args) : null
    args.end()
    requireTls(session)
    const { directory, authenticator } = session.context
    const signInBy = findMechanism(mechanism, directory)
    if (signInBy) {
      const about = { protocol: 'IMAP' as const, remoteIp: session.remoteIp }
      const ask = (challenge: string) => askForResponse(session, challenge)
      const result = await signInBy(authenticator, about, initial, { ask }, directory).catch((error: unknown) => {
        throw error instanceof SaslSyntaxError ? bad(`Malformed ${mechanism} message`) : error
      })
      return conclude(session, result)
    }
    if (mechanism !== 'PLAIN') throw no('CANNOT', 'That mechanism is not offered')
    const response = initial ?? (await askForResponse(session))
    const [authorization, user, password, ...rest] = decodeUtf8(response).split('\0')
    if (!user || password === undefined || rest.length > 0) throw bad('Malformed PLAIN response')
    if (authorization !== '' && authorization !== user)
      throw no('AUTHORIZATIONFAILED', 'Signing in for another user is not offered')
    return signIn(session, user, password)
  },
}

/** RFC 4959: `=` is the empty response. */
function readInitialResponse(args: ArgumentCursor): Buffer {
  const match = args.match(/=(?=$)|[A-Za-z0-9+/]+={0,2}/y)
  if (!match) throw bad('Expected a response in base64')
  return match[0] === '=' ? Buffer.alloc(0) : decodeBase64(match[0])
}

async function askForResponse(session: Session, challenge = ''): Promise<Buffer> {
  session.out.line(`+ ${Buffer.from(challenge).toString('base64')}`)
  await session.out.flush()
  const line = await session.readLine(maxResponse)
  if (line === null) throw new Goodbye('Connection ended')
  const text = line.toString('latin1')
  if (text === '*') throw bad('Authentication cancelled')
  return decodeBase64(text)
}

function decodeBase64(text: string): Buffer {
  const octets = text.length > maxResponse ? null : saslOctets(text)
  if (!octets) throw bad('Malformed base64')
  return octets
}

function requireTls(session: Session): void {
  if (!session.secure) throw no('PRIVACYREQUIRED', 'Use STARTTLS first')
}

async function signIn(session: Session, user: string, password: string): Promise<Completion> {
  const result = await session.context.authenticator.authenticate({
    login: user,
    password,
    protocol: 'IMAP',
    remoteIp: session.remoteIp,
  })
  return conclude(session, result)
}

function conclude(session: Session, result: SignInResult): Completion {
  if (result.ok) {
    session.signIn(result.mailbox, result.credential)
    return { code: `CAPABILITY ${session.capabilities}`, text: 'Logged in' }
  }
  session.failedSignIns++
  if (result.reason === 'UNAVAILABLE') throw no('UNAVAILABLE', 'Signing in is not possible now, try again later')
  if (result.reason === 'THROTTLED') throw no('LIMIT', 'Too many failed attempts, try again later')
  throw no('AUTHENTICATIONFAILED', 'Wrong user name or password')
}
