/** QUIT: in TRANSACTION the way into the UPDATE state (RFC 1939 section 6), the only one in which messages go. */
import { ok, type Reply } from '../reply.js'
import type { Session } from '../session.js'

export async function quit(session: Session): Promise<Reply> {
  session.endAfterReply()
  const removed = session.signedIn ? await session.maildrop.commit() : 0
  return ok(removed === 0 ? 'Goodbye' : `Goodbye, ${removed} messages deleted`)
}
