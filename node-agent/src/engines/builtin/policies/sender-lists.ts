/** Allow and block lists of a mailbox or domain, over all levels. */
import type { DomainResource, MailboxResource, PolicyOrigin } from '@mailfleet/schema'
import { senderMatcher, type SenderMatcher } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'

/** Lists are replaced, never altered: what is made of one lasts as long as it does. */
const matchers = new WeakMap<string[], SenderMatcher>()

function matcherOf(list: string[]): SenderMatcher {
  let matcher = matchers.get(list)
  if (!matcher) matchers.set(list, (matcher = senderMatcher(list)))
  return matcher
}

const levels = { PLATFORM: 0, RESELLER: 1, CUSTOMER: 2, DOMAIN: 3, MAILBOX: 4 }

/**
 * Who blocks the sender; null where nobody does, or where an allow list lets it pass. What is locked on a block list, only an allow
 * list at the same level or above outweighs.
 */
export function blockedBy(
  directory: Directory,
  of: DomainResource | MailboxResource,
  sender: { reversePath: string; remoteIp: string },
): PolicyOrigin | null {
  const meets = (list: string[]): boolean => matcherOf(list).match(sender.reversePath, sender.remoteIp) !== null
  const blocks = directory.policy('BLOCKED_SENDERS', of).parts.filter(({ value }) => meets(value))
  if (blocks.length === 0) return null
  const allows = directory.policy('ALLOWED_SENDERS', of).parts.filter(({ value }) => meets(value))
  const allowed = (block: (typeof blocks)[number]): boolean =>
    allows.some(({ origin }) => !block.locked || levels[origin.level] <= levels[block.origin.level])
  return blocks.find((block) => !allowed(block))?.origin ?? null
}
