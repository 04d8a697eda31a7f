/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4, RFC 4731, RFC 5182). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, ImapError } from '../errors.js'
import { readCharset } from '../search/search-charset.js'
import { mentions, readSearchKeys, type SearchKey } from '../search/search-keys.js'
import { searchMessages } from '../search/search-messages.js'
import { formatSearch, readReturn, savedBy } from '../search/search-return.js'
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
  // RFC 9051 section 6.4.4: ESEARCH is the answer to every search.
  const wanted = readReturn(args) ?? (session.rev2 ? ['ALL' as const] : null)
  const saves = wanted?.includes('SAVE') ?? false
  const selected = selectedMailbox(session)
  try {
    const key = readCriteria(session, args)
    const withModSeq = mentions(key, 'MODSEQ')
    if (withModSeq) session.enableCondStore()
    const indexes = await searchMessages(session, selected, key)
    const result = { tag: session.tag, uid, selected, indexes, withModSeq }
    const answer = formatSearch(result, wanted)
    if (answer !== null) session.out.line(answer)
    if (wanted && saves) selected.saved = savedBy(result, wanted)
  } catch (error) {
    // RFC 5182 section 2.1: after NO nothing is saved; after BAD, what was.
    if (saves && !(error instanceof ImapError && error.condition === 'BAD')) selected.saved = []
    throw error
  }
  // Messages that vanished while it ran were not found: the client may wonder why.
  await session.sendUpdates(false, false)
  if (selected.hasGone) return someAreGone
}

function readCriteria(session: Session, args: ArgumentCursor): SearchKey {
  if (args.match(/CHARSET /iy)) {
    // RFC 6855 section 3: then all text is UTF-8.
    if (session.utf8) throw bad('No CHARSET after ENABLE UTF8=ACCEPT')
    readCharset(args)
    args.space()
  }
  return readSearchKeys(args)
}
