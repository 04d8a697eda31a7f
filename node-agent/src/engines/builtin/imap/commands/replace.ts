/**
 * REPLACE (RFC 8508): a message takes the place of another, as drafts do, in one transaction: no moment has both or neither,
 * and the old one's octets make room for the new.
 */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'
import type { Session } from '../session.js'
import { permittedFlags } from '../sharing/rights.js'
import { readMessage, rethrowWithTryCreate } from './append.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { writableMailbox } from './message-set.js'

export const replace: CommandEntry = {
  name: 'REPLACE',
  states: selectedOnly,
  capability: 'REPLACE',
  handler: (session, args) => run(session, args, false),
}
export const uidReplace: CommandEntry = {
  name: 'UID REPLACE',
  states: selectedOnly,
  capability: 'REPLACE',
  handler: (session, args) => run(session, args, true),
}

async function run(session: Session, args: ArgumentCursor, uid: boolean): Promise<Completion> {
  args.space()
  const set = args.sequenceSet()
  args.space()
  const name = args.mailbox()
  const message = readMessage(session, args)
  args.end()
  const selected = writableMailbox(session, 't', 'e')
  const [index, ...others] = uid ? selected.byUid(set) : selected.bySequence(set)
  if (set.length !== 1 || others.length > 0) throw bad('One message is replaced by one')
  if (index === undefined) throw no('NONEXISTENT', 'No such message')
  const replaced = selected.uids[index]!
  const { info, rights } = await session.findMailbox(name, 'i').catch(rethrowWithTryCreate)
  const { uidValidity, uids } = await session.context.store
    .append(info.id, [{ ...message, flags: permittedFlags(message.flags, rights) }], {
      mailboxId: selected.info.id,
      uid: replaced,
    })
    .catch(rethrowWithTryCreate)
  selected.touch()
  // RFC 8508 section 3.3: the code goes before the EXPUNGE.
  session.out.line(`* OK [APPENDUID ${uidValidity} ${uids[0]}] Replacement message stored`)
  await session.writeExpunged(selected.remove([replaced]))
  return session.completeExpunge()
}
