/** Which addresses an account may send from: its own, with any tag, and the active aliases that lead to it. */
import type { AliasResource, MailboxResource } from '@mailfleet/schema'
import { domainOf, localPartOf } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'

const maxAliasDepth = 8

export function maySendAs(directory: Directory, mailbox: MailboxResource, address: string): boolean {
  // As mail to it is routed: a tag is one only where nobody has the address as it is.
  const given = directory.domain(domainOf(address))
  const domain = given && directory.holderOf(given)
  const separator = domain ? directory.policy('SUBADDRESS_SEPARATOR', domain).value : null
  const tag = separator === null ? -1 : localPartOf(address).indexOf(separator)
  const taken = isTaken(directory, address)
  const name = tag > 0 && !taken ? `${address.slice(0, tag)}@${domainOf(address)}` : address
  return isOwn(directory, mailbox, name)
}

const isTaken = (directory: Directory, address: string): boolean =>
  (directory.mailbox(address) ?? directory.alias(address) ?? directory.group(address)) !== undefined ||
  directory.groupOwnedAt(address) !== undefined

function isOwn(directory: Directory, mailbox: MailboxResource, address: string): boolean {
  const domain = directory.domain(domainOf(address))
  if (domain?.status !== 'ACTIVE' || directory.holderOf(domain)?.status !== 'ACTIVE') return false
  const holder = directory.mailbox(address)
  if (holder) return holder.id === mailbox.id
  const alias = directory.alias(address)
  return alias !== undefined && leadsTo(directory, alias, mailbox.id, new Set(), 0)
}

/** Forwards, groups and catch-alls do not count: who receives another's mail may not write in the other's name. */
function leadsTo(directory: Directory, alias: AliasResource, to: string, seen: Set<string>, depth: number): boolean {
  if (alias.status !== 'ACTIVE' || seen.has(alias.id) || depth > maxAliasDepth) return false
  seen.add(alias.id)
  return alias.targets.some((target) => {
    const mailbox = directory.mailbox(target)
    if (mailbox) return mailbox.id === to
    const next = directory.alias(target)
    return next !== undefined && leadsTo(directory, next, to, seen, depth + 1)
  })
}
