/** MAIL and RCPT (RFC 5321 sections 4.1.1.2 and 4.1.1.3), as far as the protocol decides; the policy is in ../session-handlers.ts. */
import { parsePathCommand } from '../path-command.js'
import { SmtpError } from '../smtp-error.js'
import type { Session } from '../session.js'

export async function mail(session: Session, argument: string): Promise<void> {
  const { context } = session
  if (session.heloName === '') throw new SmtpError(503, '5.1', 'Say EHLO first')
  if (session.envelope) throw new SmtpError(503, '5.1', 'A transaction is under way already')
  if (context.role === 'submission' && session.user === null) throw new SmtpError(530, '7.0', 'Sign in first')
  const path = parsePathCommand('MAIL FROM', `MAIL ${argument}`)
  if (!path) throw new SmtpError(501, '1.7', 'Expected FROM:<address>')
  if (path.duplicate) throw new SmtpError(501, '5.4', `${path.duplicate.slice(0, 40)} was given twice`)
  const { SIZE: size, BODY: body } = path.args || {}
  if (size !== undefined && !/^\d{1,20}$/.test(String(size))) throw new SmtpError(501, '5.4', 'SIZE takes a number')
  if (Number(size ?? 0) > context.maxMessageBytes())
    throw new SmtpError(552, '3.4', `Message larger than ${context.maxMessageBytes()} octets`)
  if (body !== undefined && !/^(?:7BIT|8BITMIME)$/i.test(String(body)))
    throw new SmtpError(501, '5.4', 'BODY is 7BIT or 8BITMIME')
  await session.handlers.mail(session, path)
  session.envelope = { recipients: 0 }
  session.reply(250, '2.1.0 Accepted')
}

export async function rcpt(session: Session, argument: string): Promise<void> {
  const { envelope, context } = session
  if (!envelope || session.chunked) throw new SmtpError(503, '5.1', 'Say MAIL first')
  const path = parsePathCommand('RCPT TO', `RCPT ${argument}`)
  if (!path) throw new SmtpError(501, '1.3', 'Expected TO:<address>')
  if (path.duplicate) throw new SmtpError(501, '5.4', `${path.duplicate.slice(0, 40)} was given twice`)
  if (envelope.recipients >= context.maxRecipients()) throw new SmtpError(452, '5.3', 'Too many recipients')
  await session.handlers.recipient(path)
  envelope.recipients++
  session.reply(250, '2.1.5 Accepted')
}

/** Before a message may come, by DATA or BDAT. */
export function requireRecipients(session: Session): void {
  if (!session.envelope) throw new SmtpError(503, '5.1', 'Say MAIL first')
  if (session.envelope.recipients === 0) throw new SmtpError(503, '5.1', 'Say RCPT first')
}
