/** The messages that a command names: sequence numbers, or UIDs in its UID form, or `$` (RFC 5182). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import { bad, no } from '../errors.js'
import type { Completion } from './command-entry.js'
import type { Session } from '../session.js'

/** Indexes into the session's view, ascending. */
export type MessageSet = (selected: SelectedMailbox) => number[]

export function readMessageSet(args: ArgumentCursor, uid: boolean): MessageSet {
  args.space()
  if (args.take('$')) return (selected) => selected.byUid(selected.saved)
  const set = args.sequenceSet()
  return (selected) => (uid ? selected.byUid(set) : selected.bySequence(set))
}

/**
 * What is told of messages that another session expunged while this client still numbers them: the rest was done, so it is no
 * failure (RFC 5530, EXPUNGEISSUED).
 */
export const someAreGone: Completion = { code: 'EXPUNGEISSUED', text: 'Some of the messages are gone' }

export function selectedMailbox(session: Session): SelectedMailbox {
  if (!session.selected) throw bad('No mailbox is selected')
  return session.selected
}

export function writableMailbox(session: Session): SelectedMailbox {
  const selected = selectedMailbox(session)
  if (selected.readOnly) throw no('READ-ONLY', 'The mailbox is selected read-only')
  return selected
}
