/**
 * Who may write to a group. Whoever signed in here counts for the addresses that they may send from; whoever comes from outside for
 * the reverse-path that they give, unless that is an address here: then they should have signed in, and anybody could say so.
 */
import type { GroupResource, MailboxResource } from '@mailfleet/schema'
import { domainOf } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'

export interface Poster {
  /** In normal form; empty for the null reverse-path and for what is no address. */
  reversePath: string
  /** Who signed in, or null. */
  mailbox: MailboxResource | null
}

export type MayPost = (group: GroupResource) => boolean

export function mayPost(
  directory: Directory,
  { reversePath, mailbox }: Poster,
  maySendAs: (directory: Directory, mailbox: MailboxResource, address: string) => boolean,
): MayPost {
  // Notifications go to nobody who has not sent (RFC 5321 section 4.5.5): a group that took them would pass on its own bounces.
  if (reversePath === '') return () => false
  const known = mailbox !== null || directory.domain(domainOf(reversePath)) === undefined
  const isOneOf = (addresses: readonly string[]): boolean =>
    mailbox ? addresses.some((address) => maySendAs(directory, mailbox, address)) : addresses.includes(reversePath)
  return ({ posting, members, owners, posters }) => {
    if (posting === 'ANYONE') return true
    if (!known) return false
    return isOneOf(owners) || (posting === 'MEMBERS' && isOneOf(members)) || (posting === 'NAMED' && isOneOf(posters))
  }
}
