/**
 * Which addresses an account may send from: its own, with any tag; those of mailboxes that let it send, whose member it is; and the
 * active aliases that lead to one of these.
 */
import type { AliasResource, MailboxResource } from '@mailfleet/schema'
import { domainOf, localPartOf } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'

const maxAliasDepth = 8

/** `ON_BEHALF`: where the Sender field says who it is. */
export type Sending = 'OWN' | 'AS' | 'ON_BEHALF'

export const maySendAs = (directory: Directory, mailbox: MailboxResource, address: string): boolean =>
  sendingFrom(directory, mailbox, address) !== null

/** How an account may write from an address; null: not at all. */
export function sendingFrom(directory: Directory, mailbox: MailboxResource, address: string): Sending | null {
  // As mail to it is routed: a tag is one only where nobody has the address as it is.
  const given = directory.domain(domainOf(address))
  const domain = given && directory.holderOf(given)
  const separator = domain ? directory.policy('SUBADDRESS_SEPARATOR', domain).value : null
  const tag = separator === null ? -1 : localPartOf(address).indexOf(separator)
  const name = tag > 0 && !isTaken(directory, address) ? `${address.slice(0, tag)}@${domainOf(address)}` : address
  return sendingByName(directory, mailbox, name)
}

const isTaken = (directory: Directory, address: string): boolean =>
  (directory.mailbox(address) ?? directory.alias(address) ?? directory.group(address)) !== undefined ||
  directory.groupOwnedAt(address) !== undefined

function sendingByName(directory: Directory, mailbox: MailboxResource, address: string): Sending | null {
  const domain = directory.domain(domainOf(address))
  if (domain?.status !== 'ACTIVE' || directory.holderOf(domain)?.status !== 'ACTIVE') return null
  const holder = directory.mailbox(address)
  if (holder) return sendingOf(directory, mailbox, holder)
  const alias = directory.alias(address)
  return alias ? sendingBy(directory, mailbox, alias, new Set(), 0) : null
}

/** Of a mailbox's own address. Members are of the same tenant: the control plane sees to it, and so do we. */
function sendingOf(directory: Directory, mailbox: MailboxResource, holder: MailboxResource): Sending | null {
  if (holder.id === mailbox.id) return 'OWN'
  const tenantOf = ({ domainId }: MailboxResource) => directory.domainById(domainId)?.tenantId
  if (holder.status !== 'ACTIVE' || tenantOf(holder) !== tenantOf(mailbox)) return null
  return holder.members.find(({ mailboxId }) => mailboxId === mailbox.id)?.sending ?? null
}

/** Forwards, groups and catch-alls do not count: who receives another's mail may not write in the other's name. */
function sendingBy(
  directory: Directory,
  sender: MailboxResource,
  alias: AliasResource,
  seen: Set<string>,
  depth: number,
): Sending | null {
  if (alias.status !== 'ACTIVE' || seen.has(alias.id) || depth > maxAliasDepth) return null
  seen.add(alias.id)
  let found: Sending | null = null
  for (const target of alias.targets) {
    const mailbox = directory.mailbox(target)
    const next = mailbox ? undefined : directory.alias(target)
    const sending = mailbox
      ? sendingOf(directory, sender, mailbox)
      : next
        ? sendingBy(directory, sender, next, seen, depth + 1)
        : null
    // What asks for least holds: an own address needs nobody's leave.
    if (sending === 'OWN') return sending
    if (found !== 'AS') found = sending ?? found
  }
  return found
}
