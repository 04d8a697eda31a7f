/**
 * SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314). Identifiers are addresses of the owner's customer; the owner has
 * all rights, and members what the control plane gave them: those are required rights, which no list here takes away.
 */
import { normalizeAddress, type MailboxResource } from '@mailfleet/schema'
import { formatString } from '../codec/response-text.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { no } from '../errors.js'
import type { Session } from '../session.js'
import type { Accessible } from '../sharing/accessible-mailboxes.js'
import { allRights, formatRights, parseRights, revealing, sortRights } from '../sharing/rights.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const setAcl: CommandEntry = {
  name: 'SETACL',
  states: signedIn,
  capability: 'ACL',
  async handler(session, args) {
    const { name, identifier } = readNameAndIdentifier(args)
    args.space()
    const given = args.astringText()
    args.end()
    const [, sign, letters] = /^([+-]?)(.*)$/s.exec(given)!
    const rights = parseRights(letters!)
    const mailbox = await session.findMailbox(name, 'a')
    const member = memberNamed(session, mailbox, identifier)
    const mode = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'replace'
    await session.context.store.setAccess(mailbox.info.id, member.id, mode, rights)
  },
}

export const deleteAcl: CommandEntry = {
  name: 'DELETEACL',
  states: signedIn,
  capability: 'ACL',
  async handler(session, args) {
    const { name, identifier } = readNameAndIdentifier(args)
    args.end()
    const mailbox = await session.findMailbox(name, 'a')
    const member = memberNamed(session, mailbox, identifier)
    await session.context.store.setAccess(mailbox.info.id, member.id, 'replace', '')
  },
}

export const getAcl: CommandEntry = {
  name: 'GETACL',
  states: signedIn,
  capability: 'ACL',
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    args.end()
    const { info, owner } = await session.findMailbox(name, 'a')
    const { directory, store } = session.context
    const rights = new Map(owner.members.map(({ mailboxId, rights }) => [mailboxId, rights]))
    for (const { member, rights: own } of await store.access(info.id))
      rights.set(member, sortRights((rights.get(member) ?? '') + own))
    const entries = [...rights].flatMap(([member, letters]) => {
      const address = directory.mailboxById(member)?.address
      return address === undefined ? [] : [`${formatString(address)} ${formatRights(letters)}`]
    })
    const list = [`${formatString(owner.address)} ${formatRights(allRights)}`, ...entries]
    session.out.line(`* ACL ${session.names.format(name)} ${list.join(' ')}`)
  },
}

export const listRights: CommandEntry = {
  name: 'LISTRIGHTS',
  states: signedIn,
  capability: 'ACL',
  async handler(session, args) {
    const { name, identifier } = readNameAndIdentifier(args)
    args.end()
    const { owner } = await session.findMailbox(name, 'a')
    const address = normalizeAddress(identifier)
    const member = owner.members.find(
      ({ mailboxId }) => session.context.directory.mailboxById(mailboxId)?.address === address,
    )
    const required = address === owner.address ? allRights : sortRights(member?.rights ?? '')
    const optional = [...allRights].filter((right) => !required.includes(right))
    const told = [session.names.format(name), formatString(identifier), required || '""', ...optional]
    session.out.line(`* LISTRIGHTS ${told.join(' ')}`)
  },
}

export const myRights: CommandEntry = {
  name: 'MYRIGHTS',
  states: signedIn,
  capability: 'ACL',
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    args.end()
    const { rights } = await session.findMailbox(name, ...revealing)
    session.out.line(`* MYRIGHTS ${session.names.format(name)} ${formatRights(rights)}`)
  },
}

function readNameAndIdentifier(args: ArgumentCursor): { name: string; identifier: string } {
  args.space()
  const name = args.mailbox()
  args.space()
  return { name, identifier: args.astringText() }
}

/** The same answer for who is not there and who is of another customer. */
function memberNamed({ context }: Session, { owner }: Accessible, identifier: string): MailboxResource {
  const { directory } = context
  const address = normalizeAddress(identifier)
  const member = address === null ? undefined : directory.mailbox(address)
  const tenantOf = ({ domainId }: MailboxResource) => directory.domainById(domainId)?.tenantId
  if (member?.id === owner.id) throw no('CANNOT', 'The owner keeps all rights')
  if (!member || tenantOf(member) !== tenantOf(owner)) throw no('CANNOT', 'No such user to share with')
  return member
}
