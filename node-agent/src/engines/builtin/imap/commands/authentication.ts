/** STARTTLS, LOGIN and AUTHENTICATE by PLAIN or SCRAM-SHA-256 (RFC 3501 section 6.2, RFC 4616, RFC 4959, RFC 7677). Passwords travel over TLS alone. */
import { isScram, SaslSyntaxError, signInByScram, type SignInResult } from '../../accounts/index.js'
import { decodeUtf8, type ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, Goodbye, no } from '../errors.js'
import type { Session } from '../session.js'
import { signedOut, type Completion, type CommandEntry } from './command-entry.js'

/** Octets of a SASL response in base64. */
const maxResponse = 4096

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
    if (isScram(mechanism) && directory.scramReady()) {
      const about = { protocol: 'IMAP' as const, remoteIp: session.remoteIp }
      const ask = (challenge: string) => askForResponse(session, challenge)
      const result = await signInByScram(authenticator, about, initial, { ask }).catch((error: unknown) => {
        throw error instanceof SaslSyntaxError ? bad('Malformed SCRAM message') : error
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
  if (text.length > maxResponse || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw bad('Malformed base64')
  return Buffer.from(text, 'base64')
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
    session.signIn(result.mailbox)
    return { code: `CAPABILITY ${session.capabilities}`, text: 'Logged in' }
  }
  session.failedSignIns++
  if (result.reason === 'UNAVAILABLE') throw no('UNAVAILABLE', 'Signing in is not possible now, try again later')
  if (result.reason === 'THROTTLED') throw no('LIMIT', 'Too many failed attempts, try again later')
  throw no('AUTHENTICATIONFAILED', 'Wrong user name or password')
}
