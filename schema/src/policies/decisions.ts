/**
 * What policies decide about a message, as pure functions. Nodes decide by them when a message comes in, and the control plane when it
 * simulates a change on messages of before: the two cannot disagree.
 */
import type { EffectivePolicy, PolicyOrigin } from './effective-policy.js'
import { policyLevels } from './policy-kinds.js'
import { senderMatcher, type SenderMatcher } from './sender-pattern.js'

export const exceedsSize = (limit: number | null, octets: number): boolean => limit !== null && octets > limit

/** `others`: how many the message has before one more. */
export const exceedsRecipients = (limit: number | null, others: number): boolean => limit !== null && others >= limit

export const lacksTls = (isRequired: boolean, tls: string | null): boolean => isRequired && tls === null

/** Lists are replaced, never altered: what is made of one lasts as long as it does. */
const matchers = new WeakMap<string[], SenderMatcher>()

function matcherOf(list: string[]): SenderMatcher {
  let matcher = matchers.get(list)
  if (!matcher) matchers.set(list, (matcher = senderMatcher(list)))
  return matcher
}

/**
 * Who blocks the sender; null where nobody does, or where an allow list lets it pass. What is locked on a block list, only an allow
 * list at the same level or above outweighs.
 */
export function blockedBy(
  blocked: EffectivePolicy<'BLOCKED_SENDERS'>,
  allowed: () => EffectivePolicy<'ALLOWED_SENDERS'>,
  sender: { reversePath: string; remoteIp: string },
): PolicyOrigin | null {
  const meets = (list: string[]): boolean => matcherOf(list).match(sender.reversePath, sender.remoteIp) !== null
  const blocks = blocked.parts.filter(({ value }) => meets(value))
  if (blocks.length === 0) return null
  const allows = allowed().parts.filter(({ value }) => meets(value))
  const height = ({ level }: PolicyOrigin): number => policyLevels.indexOf(level)
  const outweighed = (block: (typeof blocks)[number]): boolean =>
    allows.some(({ origin }) => !block.locked || height(origin) <= height(block.origin))
  return blocks.find((block) => !outweighed(block))?.origin ?? null
}

export type DmarcAction = 'DELIVER' | 'JUNK' | 'REFUSE'

/**
 * What the policies of all recipients make of a message whose author's domain wants something of those that fail: for one of them.
 * A message has one answer: it is refused only where each of them would refuse it.
 */
export function dmarcAction(
  wanted: 'none' | 'quarantine' | 'reject',
  own: 'NOTE' | 'JUNK' | 'ENFORCE',
  all: readonly ('NOTE' | 'JUNK' | 'ENFORCE')[],
): DmarcAction {
  if (wanted === 'none') return 'DELIVER'
  if (wanted === 'reject' && all.length > 0 && all.every((value) => value === 'ENFORCE')) return 'REFUSE'
  return own === 'NOTE' ? 'DELIVER' : 'JUNK'
}
