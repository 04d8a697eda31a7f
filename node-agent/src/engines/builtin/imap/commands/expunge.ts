/** EXPUNGE, UID EXPUNGE (RFC 4315) and CLOSE. */
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { selectedMailbox, readMessageSet, writableMailbox } from './message-set.js'
import type { Session } from '../session.js'

export const expunge: CommandEntry = {
  name: 'EXPUNGE',
  states: selectedOnly,
  async handler(session, args) {
    args.end()
    return expungeDeleted(session)
  },
}

export const uidExpunge: CommandEntry = {
  name: 'UID EXPUNGE',
  states: selectedOnly,
  capability: 'UIDPLUS',
  async handler(session, args) {
    const messages = readMessageSet(args, true)
    args.end()
    const selected = writableMailbox(session, 'e')
    return expungeDeleted(
      session,
      messages.indexes(selected).map((index) => selected.uids[index]!),
    )
  },
}

async function expungeDeleted(session: Session, among?: number[]): Promise<Completion> {
  const selected = writableMailbox(session, 'e')
  const candidates = among?.filter((uid) => !selected.isGone(uid))
  if (candidates?.length === 0) return {}
  const { vanished } = await session.context.store.expunge(selected.info.id, candidates)
  selected.touch()
  if (vanished.length === 0) return {}
  await session.writeExpunged(selected.remove(vanished))
  return session.completeExpunge()
}

export const close: CommandEntry = {
  name: 'CLOSE',
  states: selectedOnly,
  async handler(session, args) {
    args.end()
    const selected = selectedMailbox(session)
    if (!selected.readOnly && selected.rights.includes('e')) await session.context.store.expunge(selected.info.id)
    session.unselect()
  },
}
