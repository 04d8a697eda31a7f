/** Which addresses an account may send from: its own, with any tag, and the active aliases that lead to it. */
import type { AliasResource, MailboxResource } from '@mailfleet/schema'
import { domainOf, localPartOf } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'

const maxAliasDepth = 8

export function maySendAs(directory: Directory, mailbox: MailboxResource, address: string): boolean {
  // As mail to it is routed: a tag is one only where nobody has the address as it is.
  const domain = directory.domain(domainOf(address))
  const separator = domain ? directory.policy('SUBADDRESS_SEPARATOR', domain).value : null
  const tag = separator === null ? -1 : localPartOf(address).indexOf(separator)
  const taken = directory.mailbox(address) ?? directory.alias(address)
  const name = tag > 0 && taken === undefined ? `${address.slice(0, tag)}@${domainOf(address)}` : address
  return isOwn(directory, mailbox, name)
}

function isOwn(directory: Directory, mailbox: MailboxResource, address: string): boolean {
  if (directory.domain(domainOf(address))?.status !== 'ACTIVE') return false
  const holder = directory.mailbox(address)
  if (holder) return holder.id === mailbox.id
  const alias = directory.alias(address)
  return alias !== undefined && leadsTo(directory, alias, mailbox.address, new Set(), 0)
}

/** Forwards and catch-alls do not count: who receives another's mail may not write in the other's name. */
function leadsTo(directory: Directory, alias: AliasResource, to: string, seen: Set<string>, depth: number): boolean {
  if (alias.status !== 'ACTIVE' || seen.has(alias.id) || depth > maxAliasDepth) return false
  seen.add(alias.id)
  if (alias.targets.includes(to)) return true
  return alias.targets.some((target) => {
    const next = directory.mailbox(target) ? undefined : directory.alias(target)
    return next !== undefined && leadsTo(directory, next, to, seen, depth + 1)
  })
}
