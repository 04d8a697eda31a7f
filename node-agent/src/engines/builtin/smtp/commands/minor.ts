/** Commands of a line or two: RSET, NOOP, VRFY, HELP, QUIT (RFC 5321 sections 4.1.1.5 to 4.1.1.10). */
import type { Session } from '../session.js'

export function rset(session: Session): void {
  session.resetEnvelope()
  session.reply(250, '2.0.0 Forgotten')
}

export const noop = (session: Session): void => session.reply(250, '2.0.0 Nothing done')

/** Which addresses exist is told to nobody (section 7.3). */
export const vrfy = (session: Session): void => session.reply(252, '2.1.5 Send to it and see')

export const help = (session: Session): void => session.reply(214, '2.0.0 See RFC 5321')

export function quit(session: Session): void {
  session.reply(221, '2.0.0 Goodbye')
  session.endAfterReply()
}
