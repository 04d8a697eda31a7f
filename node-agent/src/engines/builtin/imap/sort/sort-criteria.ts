/** The criteria of SORT (RFC 5256 section 3, RFC 5957): parsed, and what each takes of a message. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import type { ListedMessage } from '../stored-messages.js'
import { baseSubject } from './base-subject.js'
import { collationKey } from './collation.js'
import { firstAddress, type AddressField } from './envelope-addresses.js'

export type SortValue = string | number

export interface SortCriterion {
  valueOf(message: ListedMessage): SortValue
  reverse: boolean
  /** Whether it looks into the ENVELOPE. */
  readsEnvelope: boolean
}

/** RFC 5256 section 2.2: without a Date that can be read, the moment of receipt. */
export const sentDate = ({ sentAt, receivedAt }: Pick<ListedMessage, 'sentAt' | 'receivedAt'>): number =>
  sentAt ?? receivedAt

const address =
  (field: AddressField, part: 'mailbox' | 'display') =>
  ({ envelope }: ListedMessage): SortValue =>
    collationKey(firstAddress(envelope, field)[part])

const values: Record<string, (message: ListedMessage) => SortValue> = {
  ARRIVAL: ({ receivedAt }) => receivedAt,
  CC: address('cc', 'mailbox'),
  DATE: sentDate,
  DISPLAYFROM: address('from', 'display'),
  DISPLAYTO: address('to', 'display'),
  FROM: address('from', 'mailbox'),
  SIZE: ({ size }) => size,
  SUBJECT: ({ subject }) => collationKey(baseSubject(subject).text),
  TO: address('to', 'mailbox'),
}

const addressCriteria: ReadonlySet<string> = new Set(['CC', 'DISPLAYFROM', 'DISPLAYTO', 'FROM', 'TO'])

const maxCriteria = 20

export function readSortCriteria(args: ArgumentCursor): SortCriterion[] {
  const criteria = args.list(() => {
    let name = args.keyword()
    const reverse = name === 'REVERSE'
    if (reverse) {
      args.space()
      name = args.keyword()
    }
    if (!Object.hasOwn(values, name)) throw bad('Unknown sort criterion')
    return { valueOf: values[name]!, reverse, readsEnvelope: addressCriteria.has(name) }
  })
  if (criteria.length === 0 || criteria.length > maxCriteria) throw bad('Expected one to 20 sort criteria')
  return criteria
}

export interface SortedMessage {
  index: number
  values: SortValue[]
}

/** The place in the mailbox decides between equals, in the same direction whatever is reversed. */
export function compareBy(criteria: readonly SortCriterion[]): (a: SortedMessage, b: SortedMessage) => number {
  return (a, b) => {
    for (const [position, { reverse }] of criteria.entries()) {
      const [one, other] = [a.values[position]!, b.values[position]!]
      if (one !== other) return one < other === reverse ? 1 : -1
    }
    return a.index - b.index
  }
}
