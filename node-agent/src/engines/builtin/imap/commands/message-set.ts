/** The messages that a command names: sequence numbers, or UIDs in its UID form, or `$` (RFC 5182). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { resolveStar, type Range } from '../codec/sequence-set.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import { bad, no } from '../errors.js'
import type { Completion } from './command-entry.js'
import type { Session } from '../session.js'
import type { Right } from '../sharing/rights.js'

export interface MessageSet {
  /** Into the session's view, ascending. */
  indexes(selected: SelectedMailbox): number[]
  /** Of a set of UIDs: those that are not there (any more) included, `*` as the highest that ever was. */
  uidRanges(selected: SelectedMailbox): readonly Range[]
}

export function readMessageSet(args: ArgumentCursor, uid: boolean): MessageSet {
  args.space()
  if (args.take('$')) return savedResult
  const set = args.sequenceSet()
  return {
    indexes: (selected) => (uid ? selected.byUid(set) : selected.bySequence(set)),
    uidRanges: (selected) => resolveStar(set, Math.max(selected.uidNext - 1, 1)),
  }
}

const savedResult: MessageSet = {
  indexes: (selected) => selected.byUid(selected.saved),
  uidRanges: (selected) => selected.saved,
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

/** With all of the rights. */
export function writableMailbox(session: Session, ...needed: Right[]): SelectedMailbox {
  const selected = selectedMailbox(session)
  if (selected.readOnly) throw no('READ-ONLY', 'The mailbox is selected read-only')
  if (!needed.every((right) => selected.rights.includes(right)))
    throw no('NOPERM', 'That takes a right which you do not have')
  return selected
}
