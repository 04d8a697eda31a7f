/** CREATE, DELETE, RENAME, SUBSCRIBE and UNSUBSCRIBE (RFC 3501 section 6.3), CREATE with USE (RFC 6154). */
import type { SpecialUse } from '../../store/mail-store.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'
import { mailboxObjectId } from '../object-id.js'
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
    const info = await session.context.store.createMailbox(session.account.id, name, use)
    return { code: `MAILBOXID (${mailboxObjectId(info)})` }
  },
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
    const info = await session.findMailbox(name)
    await session.context.store.deleteMailbox(session.account.id, name)
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
    await session.context.store.renameMailbox(session.account.id, from, to)
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
      await session.context.store.subscribe(session.account.id, mailbox, subscribed)
    },
  }
}
