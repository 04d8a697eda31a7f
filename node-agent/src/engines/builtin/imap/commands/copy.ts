/** COPY (RFC 3501 section 6.4.7) and MOVE (RFC 6851), with COPYUID (RFC 4315). Each is one transaction of the store. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { formatSequenceSet } from '../codec/sequence-set.js'
import { no, withTryCreate } from '../errors.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import type { Accessible } from '../sharing/accessible-mailboxes.js'
import { copyAcross } from '../sharing/copy-across.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { readMessageSet, selectedMailbox, writableMailbox } from './message-set.js'

export const copy: CommandEntry = {
  name: 'COPY',
  states: selectedOnly,
  handler: (session, args) => transfer(session, args, false, false),
}
export const uidCopy: CommandEntry = {
  name: 'UID COPY',
  states: selectedOnly,
  handler: (session, args) => transfer(session, args, true, false),
}
export const move: CommandEntry = {
  name: 'MOVE',
  states: selectedOnly,
  capability: 'MOVE',
  handler: (session, args) => transfer(session, args, false, true),
}
export const uidMove: CommandEntry = {
  name: 'UID MOVE',
  states: selectedOnly,
  capability: 'MOVE',
  handler: (session, args) => transfer(session, args, true, true),
}

/** Within an account by reference; else, and where rights leave flags out, anew. */
function copyTo(session: Session, selected: SelectedMailbox, uids: number[], target: Accessible, isMove: boolean) {
  if (target.info.accountId !== selected.info.accountId || !hasAll(target.rights, 'stw'))
    return copyAcross(session, selected, uids, target, isMove)
  return session.context.store.copy(selected.info.id, uids, target.info.id, isMove)
}

const hasAll = (rights: string, needed: string): boolean => [...needed].every((right) => rights.includes(right))

async function transfer(
  session: Session,
  args: ArgumentCursor,
  uid: boolean,
  isMove: boolean,
): Promise<Completion | void> {
  const messages = readMessageSet(args, uid)
  args.space()
  const name = args.mailbox()
  args.end()
  const selected = isMove ? writableMailbox(session, 't', 'e') : selectedMailbox(session)
  const uids = messages.indexes(selected).map((index) => selected.uids[index]!)
  const target = await session.findMailbox(name, 'i').catch((error: unknown) => {
    throw withTryCreate(error)
  })
  if (target.info.noSelect) throw no('CANNOT', 'That name holds other mailboxes only')
  if (uids.length === 0) return
  const { uidValidity, from, to } = await copyTo(session, selected, uids, target, isMove).catch((error: unknown) => {
    throw withTryCreate(error)
  })
  selected.touch()
  // All of them were expunged by another session meanwhile.
  if (from.length === 0) return { text: 'None of the messages is there any more' }
  const code = `COPYUID ${uidValidity} ${formatSequenceSet(from)} ${formatSequenceSet(to)}`
  if (!isMove) return { code }
  // RFC 6851 section 4.3: the code goes before the EXPUNGE responses.
  session.out.line(`* OK [${code}] Moved`)
  await session.writeExpunged(selected.remove(from))
  return session.completeExpunge()
}
