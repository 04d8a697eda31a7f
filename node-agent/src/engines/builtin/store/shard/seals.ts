/**
 * Seals: sums kept in a row over those of its columns that say whose message this is and which octets it has. Plain integer
 * arithmetic, so that SQLite checks 100,000 rows while it reads them; odd factors, so that no flipped bit keeps the sum.
 */
/** A number from JavaScript arrives as a float, whose arithmetic is not exact here. */
const whole = (expression: string): string =>
  expression.startsWith('@') ? `CAST(${expression} AS INTEGER)` : expression

const mask = 281_474_976_710_655

export function messageSeal(
  expressions: Partial<Record<'mailbox' | 'uid' | 'tag' | 'size' | 'prefixTag', string>> = {},
): string {
  const {
    mailbox = 'messages.mailbox',
    uid = 'messages.uid',
    tag = 'messages.tag',
    size = 'messages.size',
    prefixTag = 'messages.prefix_tag',
  } = expressions
  return `((${whole(tag)} + ${whole(mailbox)} * 536870909 + ${whole(uid)} * 268435399 + ${whole(size)} * 134217689 + coalesce(${whole(prefixTag)}, 0)) & ${mask})`
}

export const mailboxSeal = ({
  id = 'id',
  account = 'account',
  uidValidity = 'uid_validity',
  uidNext = 'uid_next',
} = {}) =>
  `((${id} * 536870909 + coalesce(${account}, 0) * 402653189 + ${uidValidity} * 268435399 + ${whole(uidNext)} * 134217689) & ${mask})`

/** Of a message joined with its content: its own row, or the way to the content, is damaged. */
export const isDamagedMessage = `(messages.seal IS NOT ${messageSeal()} OR messages.tag IS NOT contents.tag)`
