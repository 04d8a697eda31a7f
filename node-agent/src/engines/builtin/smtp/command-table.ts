/** The commands (RFC 5321 section 4.1.1, RFC 3030, RFC 3207, RFC 4954) and where they are offered. */
import { auth } from './commands/auth.js'
import { bdat } from './commands/bdat.js'
import { data } from './commands/data.js'
import { mail, rcpt } from './commands/envelope.js'
import { ehlo, helo } from './commands/hello.js'
import { help, noop, quit, rset, vrfy } from './commands/minor.js'
import { startTls } from './commands/starttls.js'
import type { Role, Session } from './session.js'

/** Throws `SmtpError` for what the client is told. `argument` is what follows the verb and a space. */
export type CommandHandler = (session: Session, argument: string) => Promise<void> | void

interface CommandEntry {
  handler: CommandHandler
  role?: Role
}

const commands = new Map<string, CommandEntry>([
  ['EHLO', { handler: ehlo }],
  ['HELO', { handler: helo }],
  ['STARTTLS', { handler: startTls }],
  ['AUTH', { handler: auth, role: 'submission' }],
  ['MAIL', { handler: mail }],
  ['RCPT', { handler: rcpt }],
  ['DATA', { handler: data }],
  ['BDAT', { handler: bdat }],
  ['RSET', { handler: rset }],
  ['NOOP', { handler: noop }],
  ['VRFY', { handler: vrfy }],
  ['HELP', { handler: help }],
  ['QUIT', { handler: quit }],
])

export function findCommand(verb: string, role: Role): CommandEntry | null {
  const entry = commands.get(verb.toUpperCase())
  return entry && (entry.role ?? role) === role ? entry : null
}
