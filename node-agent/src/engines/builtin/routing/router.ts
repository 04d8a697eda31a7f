/** From a recipient to where its mail goes: the one place that knows aliases, groups, forwards and catch-alls. */
import type { DomainResource, GroupResource, MailboxResource } from '@mailfleet/schema'
import type { MayPost } from '../groups/index.js'

/** `list`: the group through which it comes here; of nested ones the outermost, to which people wrote. */
export type Destination =
  | { type: 'mailbox'; mailbox: MailboxResource; list?: GroupResource }
  /** To another host; `onBehalfOf` is the domain here that makes us send it. */
  | { type: 'relay'; address: string; onBehalfOf: DomainResource; list?: GroupResource }

/**
 * `local`: final destinations without doubles; `domain` is the one of the recipient.
 * `unknown`: the domain is ours, the address is not (550 5.1.1). `suspended`: 4xx or 5xx of a suspended domain or mailbox.
 * `refused`: a group that does not take it from this sender (550 5.7.1). `foreign`: not a domain of ours. `loop`: aliases lead back to themselves or run too deep (5.4.6).
 */
export type Resolution =
  | { type: 'local'; domain: DomainResource; destinations: Destination[] }
  | { type: 'unknown'; domain: DomainResource }
  | { type: 'suspended'; domain: DomainResource }
  | { type: 'loop'; domain: DomainResource }
  | { type: 'refused'; domain: DomainResource }
  | { type: 'foreign' }

export interface Router {
  /** `address` in normal form. Sub-addresses (`user+tag@`) fall back to the address without the tag. */
  resolve(address: string, mayPost?: MayPost): Resolution
}
