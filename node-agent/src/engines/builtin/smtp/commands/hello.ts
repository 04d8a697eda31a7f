/** EHLO and HELO (RFC 5321 section 4.1.1.1): who the client says it is, and what this server can do for it. */
import { SmtpError } from '../smtp-error.js'
import type { Session } from '../session.js'

/** Whatever the client calls itself: nothing depends on it, and it is made harmless where it is written. */
const name = /^[^\s\u0000-\u001f\u007f]{1,255}$/

export function ehlo(session: Session, argument: string): void {
  greet(session, argument, true)
  const { context } = session
  session.reply(250, [
    context.hostName(),
    'PIPELINING',
    '8BITMIME',
    'SMTPUTF8',
    'ENHANCEDSTATUSCODES',
    'CHUNKING',
    'DSN',
    `SIZE ${context.maxMessageBytes()}`,
    // RFC 9422.
    `LIMITS RCPTMAX=${context.maxRecipients()}`,
    // RFC 8689 section 2: only where the client's own part of the way is secure.
    session.secure ? 'REQUIRETLS' : 'STARTTLS',
    // RFC 4954 section 4: PLAIN and LOGIN must not be offered where they would go in the clear.
    ...(session.secure && context.role === 'submission'
      ? [['AUTH PLAIN LOGIN', ...session.handlers.mechanisms()].join(' ')]
      : []),
  ])
}

export function helo(session: Session, argument: string): void {
  greet(session, argument, false)
  session.reply(250, session.context.hostName())
}

/** Both also do what RSET does. */
function greet(session: Session, argument: string, extended: boolean): void {
  const given = argument.trim()
  if (!name.test(given)) throw new SmtpError(501, '5.4', 'Expected the name of the client')
  session.resetEnvelope()
  session.heloName = given
  session.extended = extended
}
