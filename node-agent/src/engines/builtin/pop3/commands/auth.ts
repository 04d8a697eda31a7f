/** AUTH PLAIN (RFC 5034, RFC 4616). */
import { Pop3Error, type Reply } from '../reply.js'
import type { Session } from '../session.js'

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export async function authenticate(session: Session, [mechanism, initial]: string[]): Promise<Reply> {
  if (mechanism!.toUpperCase() !== 'PLAIN') throw new Pop3Error('This mechanism is not offered')
  const response = initial ?? (await session.askForResponse())
  if (response === '*') throw new Pop3Error('Cancelled')
  // A lone `=` is an initial response of no octets.
  if (response !== '=' && !base64.test(response)) throw new Pop3Error('The response is not base64')
  const [authorization, login, password, ...more] = Buffer.from(response, 'base64').toString('utf8').split('\0')
  if (login === undefined || password === undefined || more.length > 0 || login === '')
    throw new Pop3Error('The response is not one of PLAIN')
  // To act as somebody else is not offered.
  if (authorization !== '' && authorization !== login) throw new Pop3Error('Sign-in failed', 'AUTH')
  return session.signIn(login, password)
}
