/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4, RFC 4731). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { no } from '../errors.js'
import { mentions, readSearchKeys } from '../search/search-keys.js'
import { searchMessages } from '../search/search-messages.js'
import { formatSearch, readReturn } from '../search/search-return.js'
import type { Session } from '../session.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { selectedMailbox, someAreGone } from './message-set.js'

export const search: CommandEntry = {
  name: 'SEARCH',
  states: selectedOnly,
  keepsNumbering: true,
  handler: (session, args) => run(session, args, false),
}
export const uidSearch: CommandEntry = {
  name: 'UID SEARCH',
  states: selectedOnly,
  handler: (session, args) => run(session, args, true),
}

async function run(session: Session, args: ArgumentCursor, uid: boolean): Promise<Completion | void> {
  args.space()
  const wanted = readReturn(args)
  readCharset(args)
  const key = readSearchKeys(args)
  const withModSeq = mentions(key, 'MODSEQ')
  if (withModSeq) session.enableCondStore()
  const selected = selectedMailbox(session)
  const indexes = await searchMessages(session, selected, key)
  session.out.line(formatSearch({ tag: session.tag, uid, selected, indexes, withModSeq }, wanted))
  // Messages that vanished while it ran were not found: the client may wonder why.
  await session.sendUpdates(false, false)
  if (selected.hasGone) return someAreGone
}

/** US-ASCII is a part of UTF-8, so both are read alike. */
function readCharset(args: ArgumentCursor): void {
  if (!args.match(/CHARSET /iy)) return
  const charset = args.astring().toString('latin1').toUpperCase()
  if (charset !== 'UTF-8' && charset !== 'US-ASCII') throw no('BADCHARSET (UTF-8 US-ASCII)', 'Use UTF-8')
  args.space()
}
