/** CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 3501 section 6.3), CREATE with USE (RFC 6154). */
import type { SpecialUse } from '../../store/mail-store.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'
import { mailboxObjectId } from '../object-id.js'
import type { Session } from '../session.js'
import { isForeignName, rootOf } from '../sharing/accessible-mailboxes.js'
import { signedIn, type CommandEntry } from './command-entry.js'

const specialUses: readonly SpecialUse[] = ['\\Archive', '\\Drafts', '\\Flagged', '\\Junk', '\\Sent', '\\Trash']

/** A final separator says that children will follow (RFC 3501 section 6.3.3): it is not part of the name. */
const withoutFinalSeparator = (name: string): string => (name.length > 1 ? name.replace(/\/$/, '') : name)

export const create: CommandEntry = {
  name: 'CREATE',
  states: signedIn,
  async handler(session, args) {
    args.space()
    const name = withoutFinalSeparator(args.mailbox())
    const use = args.take(' ') ? readUse(args) : undefined
    args.end()
    if (use && (await session.mailboxes()).some((mailbox) => mailbox.specialUse === use))
      throw no('USEATTR', 'Another mailbox has that use')
    const place = await placeOf(session, name)
    const info = await session.context.store.createMailbox(place.accountId, place.name, use)
    return { code: `MAILBOXID (${mailboxObjectId(info)})` }
  },
}

/** Where a new mailbox goes. Among others' mailboxes one answer stands for all that is missing: the place, or the right. */
async function placeOf(session: Session, name: string): Promise<{ accountId: string; name: string }> {
  if (!isForeignName(name)) return { accountId: session.account.id, name }
  const { accessible } = session
  for (const owner of accessible.sharedAccounts()) {
    const root = `${rootOf(owner)}/`
    if (name.startsWith(root) && accessible.memberRights(owner).includes('k'))
      return { accountId: owner.id, name: name.slice(root.length) }
  }
  const above = await accessible.find(name.slice(0, Math.max(name.lastIndexOf('/'), 0)))
  if (!above?.rights.includes('k')) throw no('NOPERM', 'That place is not yours')
  return { accountId: above.owner.id, name: `${above.localName}${name.slice(name.lastIndexOf('/'))}` }
}

/** `(USE (\Sent))`; one use a mailbox is what the store holds. */
function readUse(args: ArgumentCursor): SpecialUse | undefined {
  args.expect('(')
  if (args.keyword() !== 'USE') throw bad('Unknown parameter')
  args.space()
  const uses = args.flagList().map((given) => {
    const use = specialUses.find((known) => known.toLowerCase() === given.toLowerCase())
    if (!use) throw no('USEATTR', 'That use is not known here')
    return use
  })
  args.expect(')')
  if (uses.length > 1) throw no('USEATTR', 'A mailbox has one use at most')
  return uses[0]
}

export const remove: CommandEntry = {
  name: 'DELETE',
  states: signedIn,
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    args.end()
    if (name === 'INBOX') throw no('CANNOT', 'INBOX cannot be deleted')
    const { info, owner, localName } = await session.findMailbox(name, 'x')
    if (localName === 'INBOX') throw no('CANNOT', 'INBOX cannot be deleted')
    await session.context.store.deleteMailbox(owner.id, localName)
    if (session.selected?.info.id !== info.id) return
    session.unselect()
    session.out.line('* OK [CLOSED] The selected mailbox is deleted')
  },
}

export const rename: CommandEntry = {
  name: 'RENAME',
  states: signedIn,
  async handler(session, args) {
    args.space()
    const from = args.mailbox()
    args.space()
    const to = withoutFinalSeparator(args.mailbox())
    args.end()
    // INBOX stays where it is and only its messages move (RFC 3501 section 6.3.5), so they may go below it.
    if (from !== 'INBOX' && to.startsWith(`${from}/`)) throw no('CANNOT', 'A mailbox cannot move into itself')
    const old = await session.findMailbox(from, 'x')
    const place = await placeOf(session, to)
    if (place.accountId !== old.owner.id) throw no('CANNOT', 'A mailbox stays with its owner')
    if (old.localName === 'INBOX' && old.owner.id !== session.accountId) throw no('CANNOT', 'INBOX stays where it is')
    await session.context.store.renameMailbox(place.accountId, old.localName, place.name)
  },
}

export const subscribe: CommandEntry = subscription('SUBSCRIBE', true)
export const unsubscribe: CommandEntry = subscription('UNSUBSCRIBE', false)

function subscription(name: string, subscribed: boolean): CommandEntry {
  return {
    name,
    states: signedIn,
    async handler(session, args) {
      args.space()
      const mailbox = withoutFinalSeparator(args.mailbox())
      args.end()
      const foreign = subscribed && isForeignName(mailbox) ? await session.accessible.find(mailbox) : null
      const elsewhere = foreign !== null && foreign.owner.id !== session.accountId && foreign.rights.includes('l')
      await session.context.store.subscribe(session.account.id, mailbox, subscribed, elsewhere)
    },
  }
}
