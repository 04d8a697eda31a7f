/** SELECT and EXAMINE (RFC 3501 section 6.3.1, RFC 8474), with the CONDSTORE parameter (RFC 7162 section 3.1.8). */
import { formatList } from '../codec/response-text.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'
import { mailboxObjectId } from '../object-id.js'
import { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import { signedIn, type CommandEntry, type Completion } from './command-entry.js'

export const select: CommandEntry = {
  name: 'SELECT',
  states: signedIn,
  handler: (session, args) => open(session, args, false),
}

export const examine: CommandEntry = {
  name: 'EXAMINE',
  states: signedIn,
  handler: (session, args) => open(session, args, true),
}

async function open(session: Session, args: ArgumentCursor, readOnly: boolean): Promise<Completion> {
  args.space()
  const name = args.mailbox()
  const parameters = args.take(' ') ? args.list(() => args.keyword()) : []
  args.end()
  if (parameters.some((parameter) => parameter !== 'CONDSTORE')) throw bad('Unknown parameter')

  // A failed SELECT leaves no mailbox selected.
  if (session.selected) {
    session.unselect()
    session.out.line('* OK [CLOSED] Previous mailbox closed')
  }
  const info = await session.findMailbox(name)
  if (info.noSelect) throw no('CANNOT', 'That name holds other mailboxes only')
  const selected = await SelectedMailbox.open(session.context.store, session.context.recentMessages, info, readOnly)
  // Before the mailbox counts as selected: its HIGHESTMODSEQ is told below in any case.
  if (parameters.length > 0) session.enableCondStore()
  session.select(selected)
  describe(session, selected)
  return { code: readOnly ? 'READ-ONLY' : 'READ-WRITE' }
}

function describe({ out }: Session, selected: SelectedMailbox): void {
  const flags = selected.knownFlags
  const firstUnseen = selected.flags.findIndex((set) => !set.includes('\\Seen'))
  out.line(`* FLAGS ${formatList(flags)}`)
  out.line(`* OK [PERMANENTFLAGS ${formatList(selected.readOnly ? [] : [...flags, '\\*'])}] Flags that are kept`)
  out.line(`* ${selected.count} EXISTS`)
  out.line(`* ${selected.recentCount} RECENT`)
  if (firstUnseen >= 0) out.line(`* OK [UNSEEN ${firstUnseen + 1}] First unseen message`)
  out.line(`* OK [UIDVALIDITY ${selected.uidValidity}] UIDs are valid`)
  out.line(`* OK [UIDNEXT ${selected.uidNext}] Predicted next UID`)
  out.line(`* OK [HIGHESTMODSEQ ${selected.highestModSeq}] Highest modification sequence`)
  out.line(`* OK [MAILBOXID (${mailboxObjectId(selected.info)})] Identifier of the mailbox`)
}
