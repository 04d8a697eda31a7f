/** AUTH (RFC 4954): PLAIN (RFC 4616), LOGIN, and what else the node offers. */
import { saslOctets, SaslSyntaxError } from '../../accounts/index.js'
import { SmtpError } from '../smtp-error.js'
import type { Session } from '../session.js'

export async function auth(session: Session, argument: string): Promise<void> {
  const [mechanism = '', initial, ...rest] = argument.trim().split(/ +/)
  const name = mechanism.toUpperCase()
  if (!session.secure) throw new SmtpError(538, '7.11', 'Turn to TLS first, by STARTTLS')
  if (session.heloName === '' || session.envelope) throw new SmtpError(503, '5.1', 'Not now')
  if (session.user !== null) throw new SmtpError(503, '5.1', 'You are signed in already')
  if (name === '' || rest.length > 0) throw new SmtpError(501, '5.4', 'Expected a mechanism')
  session.user = await signIn(session, name, initial)
  session.reply(235, '2.7.0 Authentication successful')
}

async function signIn(session: Session, mechanism: string, initial: string | undefined): Promise<string> {
  const { handlers } = session
  const ask = async (challenge: string): Promise<Buffer> => decode(await session.ask(challenge))
  // RFC 4954 section 4: a lone `=` is an initial response of no octets.
  const first = initial === undefined ? null : initial === '=' ? Buffer.alloc(0) : decode(initial)
  if (mechanism === 'PLAIN') {
    const parts = (first ?? (await ask(''))).toString('utf8').split('\0')
    const [authzid = '', login = '', password = ''] = parts
    if (parts.length !== 3 || login === '') throw new SmtpError(501, '5.2', 'The response is not one of PLAIN')
    return handlers.signIn({ login, password, authzid })
  }
  if (mechanism === 'LOGIN') {
    const login = (first ?? (await ask('Username:'))).toString('utf8')
    const password = (await ask('Password:')).toString('utf8')
    return handlers.signIn({ login, password, authzid: '' })
  }
  try {
    return await handlers.signInBy(mechanism, first, { ask })
  } catch (error) {
    throw error instanceof SaslSyntaxError
      ? new SmtpError(501, '5.2', `The response is not one of ${mechanism.slice(0, 40)}`)
      : error
  }
}

function decode(line: string): Buffer {
  if (line === '*') throw new SmtpError(501, '7.0', 'Cancelled')
  const octets = saslOctets(line)
  if (!octets) throw new SmtpError(501, '5.2', 'The response is not base64')
  return octets
}
