/** FETCH (RFC 3501 section 6.4.5) with CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4 and 3.2.6). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import { readFetchItems } from '../fetch/fetch-items.js'
import { fetchMessages } from '../fetch/fetch-messages.js'
import { formatVanished, vanishedSince } from '../quick-resync.js'
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
  const { changedSince, vanished } = args.take(' ') ? readModifiers(args) : noModifiers
  args.end()
  if (vanished && !(uid && session.quickResync && changedSince !== undefined))
    throw bad('VANISHED goes with UID FETCH, CHANGEDSINCE and QRESYNC')

  const has = (type: string): boolean => items.some((item) => item.type === type)
  if (uid && !has('UID')) items.unshift({ type: 'UID' })
  if (changedSince !== undefined && !has('MODSEQ')) items.push({ type: 'MODSEQ' })
  if (has('MODSEQ')) session.enableCondStore()
  const selected = selectedMailbox(session)
  let indexes = messages.indexes(selected)
  if (changedSince !== undefined) indexes = indexes.filter((index) => selected.modSeqs[index]! > changedSince)
  if (vanished && changedSince !== undefined) {
    const gone = await vanishedSince(session.context.store, selected, changedSince, messages.uidRanges(selected))
    if (gone.length > 0) session.out.line(formatVanished(gone))
  }
  const complete = await fetchMessages(session, selected, indexes, items)
  if (!complete && !uid) return someAreGone
}

interface Modifiers {
  changedSince: number | undefined
  /** RFC 7162 section 3.2.6. */
  vanished: boolean
}

const noModifiers: Modifiers = { changedSince: undefined, vanished: false }

function readModifiers(args: ArgumentCursor): Modifiers {
  const modifiers = { ...noModifiers }
  const read = args.list(() => {
    const name = args.keyword()
    if (name === 'VANISHED') modifiers.vanished = true
    else if (name !== 'CHANGEDSINCE') throw bad('Unknown modifier')
    else {
      args.space()
      modifiers.changedSince = args.modSeq()
    }
  })
  if (read.length === 0) throw bad('Expected a modifier')
  return modifiers
}
