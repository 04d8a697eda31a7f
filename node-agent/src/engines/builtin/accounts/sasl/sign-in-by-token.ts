/** Sign-in with an access token: OAUTHBEARER (RFC 7628), and XOAUTH2, its forerunner, which many mail programs have alone. */
import type { Directory } from '../../../../config/directory.js'
import type { Authenticator, ScramAttempt, SignInResult } from '../authenticator.js'
import { saslText, SaslSyntaxError, type SaslDialogue } from './sasl-dialogue.js'

/** `login` is empty where the client leaves it to the token; `token` is empty where it only asks what to get one from. */
export interface BearerMessage {
  login: string
  token: string
}

/** RFC 7628 section 3.1: a GS2 header, and pairs of key and value, each ended by 0x01. */
export function parseOauthBearer(message: string): BearerMessage {
  const match = /^[ny],(?:a=([^,\u0000\u0001]+))?,\u0001((?:[A-Za-z]+=[^\u0000\u0001]*\u0001)+)\u0001$/u.exec(message)
  if (!match) throw new SaslSyntaxError('not an OAUTHBEARER message')
  const [, name = '', pairs] = match
  if (/=(?!2C|3D)/.test(name)) throw new SaslSyntaxError('a name with a wrong escape')
  return { login: name.replaceAll('=2C', ',').replaceAll('=3D', '='), token: bearerTokenIn(pairs!) }
}

export function parseXoauth2(message: string): BearerMessage {
  const match = /^user=([^\u0000\u0001]+)\u0001((?:[A-Za-z]+=[^\u0000\u0001]*\u0001)+)\u0001$/u.exec(message)
  if (!match) throw new SaslSyntaxError('not an XOAUTH2 message')
  return { login: match[1]!, token: bearerTokenIn(match[2]!) }
}

/** RFC 6750 section 2.1; the scheme compares without case. */
function bearerTokenIn(pairs: string): string {
  const values = pairs.split('\u0001').flatMap((pair) => (/^auth=/i.test(pair) ? pair.slice('auth='.length) : []))
  if (values.length !== 1) throw new SaslSyntaxError('not one auth')
  if (values[0] === '') return ''
  const match = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(values[0]!)
  if (!match) throw new SaslSyntaxError('not a bearer token')
  return match[1]!
}

export const signInByToken =
  (parse: (message: string) => BearerMessage) =>
  async (
    authenticator: Authenticator,
    about: Omit<ScramAttempt, 'login'>,
    initial: Buffer | null,
    dialogue: SaslDialogue,
    directory: Directory,
  ): Promise<SignInResult> => {
    const message = parse(saslText(initial ?? (await dialogue.ask(''))))
    const result = await authenticator.authenticateByToken({ ...about, ...message })
    // RFC 7628 section 3.2.3: the client answers what it was told of the failure, with anything, before it hears the outcome.
    if (!result.ok && result.reason === 'REFUSED') await dialogue.ask(failure(directory))
    return result
  }

/** RFC 7628 section 3.2.2. The same for every refused token; where there are several issuers, none can be named. */
function failure(directory: Directory): string {
  const [issuer, ...others] = directory.settings().oauthIssuers
  if (!issuer || others.length > 0) return JSON.stringify({ status: 'invalid_token' })
  const base = issuer.issuer.replace(/\/$/, '')
  return JSON.stringify({
    status: 'invalid_token',
    ...(issuer.requiredScope && { scope: issuer.requiredScope }),
    ...(/^https?:\/\//.test(base) && { 'openid-configuration': `${base}/.well-known/openid-configuration` }),
  })
}
