/** STLS (RFC 2595 section 4). */
import { ok, Pop3Error, type Reply } from '../reply.js'
import type { Session } from '../session.js'

/** The session turns to TLS with the reply, and forgets what it was told before. */
export function startTls(session: Session): Reply {
  if (session.secure) throw new Pop3Error('TLS is active already')
  session.turnToTlsAfterReply()
  return ok('Begin TLS')
}
