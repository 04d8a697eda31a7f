/** FETCH (RFC 3501 section 6.4.5) with CHANGEDSINCE (RFC 7162 section 3.1.4). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import { readFetchItems } from '../fetch/fetch-items.js'
import { fetchMessages } from '../fetch/fetch-messages.js'
import type { Session } from '../session.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { readMessageSet, selectedMailbox, someAreGone } from './message-set.js'

export const fetch: CommandEntry = {
  name: 'FETCH',
  states: selectedOnly,
  keepsNumbering: true,
  handler: (session, args) => run(session, args, false),
}
export const uidFetch: CommandEntry = {
  name: 'UID FETCH',
  states: selectedOnly,
  handler: (session, args) => run(session, args, true),
}

async function run(session: Session, args: ArgumentCursor, uid: boolean): Promise<Completion | void> {
  const messages = readMessageSet(args, uid)
  args.space()
  const items = readFetchItems(args)
  const changedSince = args.take(' ') ? readChangedSince(args) : undefined
  args.end()

  const has = (type: string): boolean => items.some((item) => item.type === type)
  if (uid && !has('UID')) items.unshift({ type: 'UID' })
  if (changedSince !== undefined && !has('MODSEQ')) items.push({ type: 'MODSEQ' })
  if (has('MODSEQ')) session.enableCondStore()
  const selected = selectedMailbox(session)
  let indexes = messages(selected)
  if (changedSince !== undefined) indexes = indexes.filter((index) => selected.modSeqs[index]! > changedSince)
  const complete = await fetchMessages(session, selected, indexes, items)
  if (!complete && !uid) return someAreGone
}

function readChangedSince(args: ArgumentCursor): number {
  args.expect('(')
  if (args.keyword() !== 'CHANGEDSINCE') throw bad('Unknown modifier')
  args.space()
  const modSeq = args.modSeq()
  args.expect(')')
  return modSeq
}
