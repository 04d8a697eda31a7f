/** APPEND (RFC 3501 section 6.3.11) with APPENDUID (RFC 4315) and the size limit of RFC 7889. */
import { ArgumentCursor } from '../codec/argument-cursor.js'
import type { Command } from '../codec/command.js'
import { parseDateTime } from '../codec/date-time.js'
import { bad, no, withTryCreate } from '../errors.js'
import { checkFlags } from '../flags.js'
import type { Session } from '../session.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const append: CommandEntry = {
  name: 'APPEND',
  states: signedIn,
  async handler(session, args) {
    const { name, flags, receivedAt } = readUntilMessage(args)
    const content = args.message()
    args.end()
    const info = await session.findMailbox(name).catch(rethrowWithTryCreate)
    const { uidValidity, uids } = await session.context.store
      .append(info.id, [{ content, flags, receivedAt }])
      .catch(rethrowWithTryCreate)
    // RFC 3501 section 6.3.11: the new message is told at once where its mailbox is selected.
    if (session.selected?.info.id === info.id) session.selected.touch()
    return { code: `APPENDUID ${uidValidity} ${uids.join(',')}` }
  },
}

/** The first literal is the mailbox name where nothing stands before it. */
export const isMessageLiteral = (command: Command): boolean =>
  command.name === 'APPEND' && !(command.segments.length === 1 && /^ \{\d+\+?\}$/.test(String(command.segments[0])))

/** Checks what can be checked before the client sends the message. The store checks the quota again, exactly. */
export async function admitMessage(session: Session, command: Command, size: number): Promise<void> {
  if (command.segments.some((segment) => typeof segment !== 'string' && segment.type === 'message'))
    throw bad('APPEND takes one message')
  const { name } = readUntilMessage(new ArgumentCursor(command.segments))
  if (size === 0) throw no('CANNOT', 'The message is empty')
  if (size > session.maxMessageBytes) throw no('TOOBIG', 'The message is too large')
  const info = await session.findMailbox(name).catch(rethrowWithTryCreate)
  if (info.noSelect) throw no('CANNOT', 'That name holds other mailboxes only')
  const { quotaBytes } = session.account
  if (quotaBytes !== null && (await session.context.store.usage(session.account.id)).bytes + size > quotaBytes)
    throw no('OVERQUOTA', 'The account is over its quota')
}

function readUntilMessage(args: ArgumentCursor): { name: string; flags: string[]; receivedAt: number | undefined } {
  args.space()
  const name = args.mailbox()
  args.space()
  let flags: string[] = []
  if (args.peek() === '(') {
    flags = checkFlags(args.flagList())
    args.space()
  }
  const date = args.match(/"([^"]*)" /y)
  const receivedAt = date ? parseDateTime(date[1]!) : undefined
  if (receivedAt === null) throw bad('Malformed date and time')
  return { name, flags, receivedAt }
}

function rethrowWithTryCreate(error: unknown): never {
  throw withTryCreate(error)
}
