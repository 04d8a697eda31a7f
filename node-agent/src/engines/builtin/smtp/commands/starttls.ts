/** STARTTLS (RFC 3207). */
import { SmtpError } from '../smtp-error.js'
import type { Session } from '../session.js'

export async function startTls(session: Session, argument: string): Promise<void> {
  if (session.secure) throw new SmtpError(503, '5.1', 'TLS is active already')
  if (argument !== '') throw new SmtpError(501, '5.4', 'STARTTLS takes no parameter')
  await session.turnToTls('220 2.0.0 Begin TLS')
}
