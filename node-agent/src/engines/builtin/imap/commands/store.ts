/** STORE (RFC 3501 section 6.4.6) with UNCHANGEDSINCE (RFC 7162 section 3.1.3). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { formatSequenceSet } from '../codec/sequence-set.js'
import { bad, no } from '../errors.js'
import { checkFlags, isForeseen } from '../flags.js'
import { flagRights, permittedFlags } from '../sharing/rights.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { readMessageSet, someAreGone, writableMailbox } from './message-set.js'
import type { Session } from '../session.js'

const modes = { '+': 'add', '-': 'remove', '': 'replace' } as const

export const store: CommandEntry = {
  name: 'STORE',
  states: selectedOnly,
  keepsNumbering: true,
  handler: (session, args) => storeFlags(session, args, false),
}
export const uidStore: CommandEntry = {
  name: 'UID STORE',
  states: selectedOnly,
  handler: (session, args) => storeFlags(session, args, true),
}

async function storeFlags(session: Session, args: ArgumentCursor, uid: boolean): Promise<Completion | void> {
  const messages = readMessageSet(args, uid)
  args.space()
  const unchangedSince = readUnchangedSince(args)
  const item = args.match(/([+-]?)FLAGS(\.SILENT)?(?= )/iy)
  if (!item) throw bad('Expected FLAGS, +FLAGS or -FLAGS')
  args.space()
  const mode = modes[item[1] as keyof typeof modes]
  const flags = checkFlags(args.peek() === '(' ? args.flagList() : readBareFlags(args))
  args.end()

  const selected = writableMailbox(session)
  // RFC 4314 section 4: refused where none of the flags may be changed; else those that may be are.
  const rights = flagRights(selected.rights)
  const reachable =
    mode === 'replace'
      ? Object.values(rights).some(Boolean)
      : flags.length === 0 || permittedFlags(flags, selected.rights).length > 0
  if (!reachable) throw no('NOPERM', 'That takes a right which you do not have')
  if (unchangedSince !== undefined) session.enableCondStore()
  const uids = messages.indexes(selected).map((index) => selected.uids[index]!)
  if (uids.length === 0) return
  const { modified, failed } = await session.context.store.storeFlags(
    selected.info.id,
    uids,
    mode,
    flags,
    unchangedSince,
    Object.values(rights).every(Boolean) ? undefined : rights,
  )
  let newKeywords = false
  const silent = item[2] !== undefined
  const surprising = new Set<number>()
  for (const { uid: changed, flags: now, modSeq } of modified) {
    const index = selected.indexOf(changed)
    if (index < 0) continue
    if (silent && !isForeseen(selected.flags[index]!, mode, flags, now)) surprising.add(changed)
    newKeywords = selected.tell(index, now, modSeq) || newKeywords
  }
  if (newKeywords) session.writeFlags()
  const unchanged = new Set(failed)
  for (const stored of uids) {
    if (unchanged.has(stored)) continue
    // RFC 7162 section 3.1.3: the new modification sequence is told even where flags are not.
    if (!silent || surprising.has(stored)) session.writeFetchFlags(selected.indexOf(stored), uid)
    else if (session.condStore) session.writeFetchModSeq(selected.indexOf(stored), uid)
    await session.out.drain()
  }
  await session.sendUpdates(uid, true)
  if (failed.length > 0) {
    const named = uid ? failed : failed.map((stored) => selected.indexOf(stored) + 1)
    return { code: `MODIFIED ${formatSequenceSet(named)}`, text: 'Some messages were changed by others' }
  }
  if (!uid && uids.some((stored) => selected.isGone(stored))) return someAreGone
}

function readUnchangedSince(args: ArgumentCursor): number | undefined {
  if (!args.take('(')) return undefined
  if (args.keyword() !== 'UNCHANGEDSINCE') throw bad('Unknown modifier')
  args.space()
  const modSeq = args.modSeq()
  args.expect(')')
  args.space()
  return modSeq
}

function readBareFlags(args: ArgumentCursor): string[] {
  const flags = [args.flag()]
  while (args.take(' ')) flags.push(args.flag())
  return flags
}
