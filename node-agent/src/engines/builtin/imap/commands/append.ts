/**
 * APPEND (RFC 3501 section 6.3.11) of one message or several, all of which are stored or none (MULTIAPPEND, RFC 3502), with
 * APPENDUID (RFC 4315), the size limit of RFC 7889 and UTF8 (RFC 6855).
 */
import { ArgumentCursor } from '../codec/argument-cursor.js'
import type { Command } from '../codec/command.js'
import { parseDateTime } from '../codec/date-time.js'
import { formatSequenceSet } from '../codec/sequence-set.js'
import { bad, no, withTryCreate, type ImapError } from '../errors.js'
import { checkFlags } from '../flags.js'
import { permittedFlags } from '../sharing/rights.js'
import type { Session } from '../session.js'
import type { AppendMessage } from '../../store/mail-store.js'
import { signedIn, type CommandEntry } from './command-entry.js'
import { quotaOf } from './quota.js'

/** Bounds one command: all its messages are held until the last has come. */
const maxMessages = 200
const maxTotal = 4

export const append: CommandEntry = {
  name: 'APPEND',
  states: signedIn,
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    const messages: AppendMessage[] = []
    do messages.push(readMessage(session, args))
    while (args.peek() === ' ')
    args.end()
    const { info, rights } = await session.findMailbox(name, 'i').catch(rethrowWithTryCreate)
    const permitted = messages.map((message) => ({ ...message, flags: permittedFlags(message.flags, rights) }))
    const { uidValidity, uids } = await session.context.store.append(info.id, permitted).catch(rethrowWithTryCreate)
    // RFC 3501 section 6.3.11: the new message is told at once where its mailbox is selected.
    if (session.selected?.info.id === info.id) session.selected.touch()
    return { code: `APPENDUID ${uidValidity} ${formatSequenceSet(uids)}` }
  },
}

/** The first literal is the mailbox name where nothing, or the message to replace, stands before it. */
export const isMessageLiteral = ({ name, segments }: Command): boolean =>
  /^(?:APPEND|(?:UID )?REPLACE)$/.test(name) &&
  !(segments.length === 1 && /^(?: [\d*]+)? \{\d+\+?\}$/.test(String(segments[0])))

/** Checks what can be checked before the client sends the message. The store checks the quota again, exactly. */
export async function admitMessage(session: Session, command: Command, size: number): Promise<void> {
  const args = new ArgumentCursor(command.segments, session.names)
  args.space()
  if (command.name !== 'APPEND') {
    args.sequenceSet()
    args.space()
  }
  const name = args.mailbox()
  let [messages, total] = [1, size]
  for (;;) {
    const options = readOptions(session, args)
    if (!args.hasLiteral) break
    messages++
    total += endMessage(args, options).content.size
  }
  if (size === 0) throw no('CANNOT', 'The message is empty')
  const { maxMessageBytes } = session
  if (size > maxMessageBytes) throw no('TOOBIG', 'The message is too large')
  if (messages > maxMessages || total > maxTotal * maxMessageBytes) throw no('LIMIT', 'Too many messages at once')
  const { info, owner } = await session.findMailbox(name, 'i').catch(rethrowWithTryCreate)
  if (info.noSelect) throw no('CANNOT', 'That name holds other mailboxes only')
  // What is replaced makes room: the store knows how much.
  if (command.name !== 'APPEND') return
  const quotaBytes = quotaOf(session, owner)
  if (quotaBytes !== null && (await session.context.store.usage(owner.id)).bytes + total > quotaBytes)
    throw no('OVERQUOTA', 'The account is over its quota')
}

interface MessageOptions {
  flags: string[]
  receivedAt: number | undefined
  /** `UTF8 (literal8)`, RFC 6855 section 4. */
  utf8: boolean
}

export const readMessage = (session: Session, args: ArgumentCursor): AppendMessage =>
  endMessage(args, readOptions(session, args))

function endMessage(args: ArgumentCursor, { flags, receivedAt, utf8 }: MessageOptions): AppendMessage {
  const content = args.message()
  if (utf8) args.expect(')')
  return { content, flags, receivedAt }
}

/** Flags and date, with the space on either side, and the mark of a literal8 (RFC 3516 section 4.4). */
function readOptions(session: Session, args: ArgumentCursor): MessageOptions {
  args.space()
  let flags: string[] = []
  if (args.peek() === '(') {
    flags = checkFlags(args.flagList())
    args.space()
  }
  const date = args.match(/"([^"]*)" /y)
  const receivedAt = date ? parseDateTime(date[1]!) : undefined
  if (receivedAt === null) throw bad('Malformed date and time')
  const utf8 = args.match(/UTF8 \((?=~)/iy) !== null
  if (utf8 && !session.utf8) throw bad('UTF8=ACCEPT is not enabled')
  args.take('~')
  return { flags, receivedAt, utf8 }
}

/** NUL has no place in a message, and there is no re-encoding of binary parts here (RFC 3516 section 4.3). */
export function refuseNul({ segments }: Command): ImapError {
  const binary = /~\{\d+\+?\}$/.test(String(segments.at(-1)))
  return no(binary ? 'UNKNOWN-CTE' : 'CANNOT', 'The message holds NUL octets')
}

export function rethrowWithTryCreate(error: unknown): never {
  throw withTryCreate(error)
}
