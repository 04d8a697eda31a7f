/** DATA (RFC 5321 section 4.1.1.4). */
import { readDottedMessage } from '../dotted-message.js'
import type { Session } from '../session.js'
import { asSmtpError, Farewell, SmtpError } from '../smtp-error.js'
import { requireRecipients } from './envelope.js'

export async function data(session: Session, argument: string): Promise<void> {
  if (session.chunked) throw new SmtpError(503, '5.1', 'This message comes by BDAT')
  requireRecipients(session)
  if (argument !== '') throw new SmtpError(501, '5.4', 'DATA takes no parameter')
  session.reply(354, 'End the message with a dot on a line of its own')
  await session.flush()
  const message = readDottedMessage(session.connection, session.context.maxMessageBytes())
  try {
    session.reply(250, await session.handlers.message(message))
  } catch (error) {
    // What is left of it would be read as commands.
    if (!message.ended)
      throw error instanceof SmtpError ? new Farewell(421, '3.0', asSmtpError(error).publicText) : error
    throw error
  } finally {
    session.resetEnvelope()
  }
}
