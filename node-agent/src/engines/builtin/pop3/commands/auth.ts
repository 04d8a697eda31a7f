/** AUTH by PLAIN (RFC 5034, RFC 4616) or what else is offered. */
import { findMechanism, saslOctets, SaslSyntaxError } from '../../accounts/index.js'
import { Pop3Error, type Reply } from '../reply.js'
import type { Session } from '../session.js'

export async function authenticate(session: Session, [mechanism = '', initial]: string[]): Promise<Reply> {
  const name = mechanism.toUpperCase()
  const first = initial === undefined ? null : decode(initial)
  const ask = async (challenge: string) => decode(await session.askForResponse(challenge))
  const signInBy = findMechanism(name, session.directory)
  if (signInBy) {
    const result = await signInBy(session.authenticator, session.about, first, { ask }, session.directory).catch(
      (error: unknown) => {
        throw error instanceof SaslSyntaxError ? new Pop3Error(`The response is not one of ${name}`) : error
      },
    )
    return session.enter(result)
  }
  if (name !== 'PLAIN') throw new Pop3Error('This mechanism is not offered')
  const [authorization, login, password, ...more] = (first ?? (await ask(''))).toString('utf8').split('\0')
  if (login === undefined || password === undefined || more.length > 0 || login === '')
    throw new Pop3Error('The response is not one of PLAIN')
  // To act as somebody else is not offered.
  if (authorization !== '' && authorization !== login) throw new Pop3Error('Sign-in failed', 'AUTH')
  return session.signIn(login, password)
}

/** A lone `=` is an initial response of no octets. */
function decode(response: string): Buffer {
  if (response === '*') throw new Pop3Error('Cancelled')
  const octets = response === '=' ? Buffer.alloc(0) : saslOctets(response)
  if (!octets) throw new Pop3Error('The response is not base64')
  return octets
}
