/** SELECT and EXAMINE (RFC 3501 section 6.3.1, RFC 8474), with CONDSTORE and QRESYNC (RFC 7162 sections 3.1.8 and 3.2.5). */
import { formatList } from '../codec/response-text.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { contains, resolveStar, type Range } from '../codec/sequence-set.js'
import { bad, no } from '../errors.js'
import { mailboxObjectId } from '../object-id.js'
import { formatVanished, vanishedSince } from '../quick-resync.js'
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
  const parameters = args.take(' ') ? args.list(() => readParameter(args)) : []
  args.end()
  const resync = parameters.find((parameter) => parameter !== null)
  if (resync && !session.quickResync) throw bad('QRESYNC is not enabled')

  // A failed SELECT leaves no mailbox selected.
  if (session.selected) {
    session.unselect()
    session.out.line('* OK [CLOSED] Previous mailbox closed')
  }
  const { info, rights } = await session.findMailbox(name, 'r')
  if (info.noSelect) throw no('CANNOT', 'That name holds other mailboxes only')
  const selected = await SelectedMailbox.open(
    session.context.store,
    session.context.recentMessages,
    info,
    // RFC 4314 section 4: without a right to change anything.
    readOnly || !/[istwe]/.test(rights),
  )
  selected.rights = rights
  // Before the mailbox counts as selected: its HIGHESTMODSEQ is told below in any case.
  if (parameters.length > 0) session.enableCondStore()
  session.select(selected)
  describe(session, selected)
  if (resync && resync.uidValidity === selected.uidValidity) await tellMissed(session, selected, resync)
  return { code: selected.readOnly ? 'READ-ONLY' : 'READ-WRITE' }
}

interface Resync {
  uidValidity: number
  modSeq: number
  /** Null: all. */
  known: Range[] | null
}

/** Null for CONDSTORE. */
function readParameter(args: ArgumentCursor): Resync | null {
  const name = args.keyword()
  if (name === 'CONDSTORE') return null
  if (name !== 'QRESYNC') throw bad('Unknown parameter')
  args.space()
  args.expect('(')
  const uidValidity = args.number()
  args.space()
  const modSeq = args.modSeq()
  let known: Range[] | null = null
  if (args.match(/ (?=[\d*])/y)) known = args.sequenceSet()
  if (args.take(' ')) {
    // What the client knows of its numbering would only shorten an answer (RFC 7162 section 3.2.5.2).
    args.expect('(')
    args.sequenceSet()
    args.space()
    args.sequenceSet()
    args.expect(')')
  }
  args.expect(')')
  return { uidValidity, modSeq, known }
}

/** RFC 7162 section 3.2.5: what changed and vanished while the client was away. */
async function tellMissed(session: Session, selected: SelectedMailbox, { modSeq, known }: Resync): Promise<void> {
  const highest = Math.max(selected.uidNext - 1, 1)
  const wanted = known ? resolveStar(known, highest) : [{ first: 1, last: highest }]
  const vanished = await vanishedSince(session.context.store, selected, modSeq, wanted)
  if (vanished.length > 0) session.out.line(formatVanished(vanished))
  for (const [index, changed] of selected.modSeqs.entries()) {
    if (changed <= modSeq || !contains(wanted, selected.uids[index]!)) continue
    session.writeFetchFlags(index, true)
    await session.out.drain()
  }
}

function describe({ out, names, rev2 }: Session, selected: SelectedMailbox): void {
  const flags = selected.knownFlags
  const firstUnseen = selected.flags.findIndex((set) => !set.includes('\\Seen'))
  out.line(`* FLAGS ${formatList(flags)}`)
  out.line(`* OK [PERMANENTFLAGS ${formatList(selected.permanentFlags)}] Flags that are kept`)
  out.line(`* ${selected.count} EXISTS`)
  if (!rev2) out.line(`* ${selected.recentCount} RECENT`)
  // RFC 9051 section 6.3.2 has LIST in the place of RECENT and UNSEEN.
  if (rev2) out.line(`* LIST () "/" ${names.format(selected.info.name)}`)
  else if (firstUnseen >= 0) out.line(`* OK [UNSEEN ${firstUnseen + 1}] First unseen message`)
  out.line(`* OK [UIDVALIDITY ${selected.uidValidity}] UIDs are valid`)
  out.line(`* OK [UIDNEXT ${selected.uidNext}] Predicted next UID`)
  out.line(`* OK [HIGHESTMODSEQ ${selected.highestModSeq}] Highest modification sequence`)
  out.line(`* OK [MAILBOXID (${mailboxObjectId(selected.info)})] Identifier of the mailbox`)
}
