/** USER and PASS (RFC 1939 section 7). */
import { ok, Pop3Error, type Reply } from '../reply.js'
import type { Session } from '../session.js'

/** Every name is welcome: which of them exist is nobody's business. */
export function user(session: Session, [name]: string[]): Reply {
  session.userName = name!
  return ok('Send your password')
}

export function pass(session: Session, [password]: string[]): Promise<Reply> {
  const { userName } = session
  session.userName = null
  if (userName === null) throw new Pop3Error('Send USER first')
  return session.signIn(userName, password!)
}
