/** From a recipient to where its mail goes: the one place that knows aliases, forwards and catch-alls. */
import type { DomainResource, MailboxResource } from '@mailfleet/schema'

export type Destination =
  | { type: 'mailbox'; mailbox: MailboxResource }
  /** To another host; `onBehalfOf` is the domain here that makes us send it. */
  | { type: 'relay'; address: string; onBehalfOf: DomainResource }

/**
 * `local`: final destinations without doubles; `domain` is the one of the recipient.
 * `unknown`: the domain is ours, the address is not (550 5.1.1). `suspended`: 4xx or 5xx of a suspended domain or mailbox.
 * `foreign`: not a domain of ours. `loop`: aliases lead back to themselves or run too deep (5.4.6).
 */
export type Resolution =
  | { type: 'local'; domain: DomainResource; destinations: Destination[] }
  | { type: 'unknown'; domain: DomainResource }
  | { type: 'suspended'; domain: DomainResource }
  | { type: 'loop'; domain: DomainResource }
  | { type: 'foreign' }

export interface Router {
  /** `address` in normal form. Sub-addresses (`user+tag@`) fall back to the address without the tag. */
  resolve(address: string): Resolution
}
