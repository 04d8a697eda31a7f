/** What the header section of an incoming message must be, and what we change in it. */
import { randomUUID } from 'node:crypto'
import addressparser from 'nodemailer/lib/addressparser'
import { domainOf, normalizeAddress } from '@mailfleet/schema'
import { isForged } from '../authentication/index.js'
import { isListField, listIdOf } from '../groups/index.js'
import { dateTime } from '../message/date-time.js'
import { parseAddressList } from '../message/index.js'
import { fieldBody, fieldsNamed, fieldText, parseHeader } from '../message/header-section.js'
import type { HeaderField } from '../message/header-section.js'
import type { RewriteHeader } from './receive-message.js'
import type { Sending } from './sender-policy.js'
import { SmtpError } from './smtp-error.js'
import { receivedField } from './trace-fields.js'
import type { Transaction } from './transaction.js'

/** RFC 5321 section 6.3: more hops than any real path has. */
const maxReceived = 50
/** Longer lists of authors are no one's mail. */
const maxOriginator = 4_096

type SendingFrom = (address: string) => Sending | null

export function rewriteHeaderFor(
  transaction: Transaction,
  hostName: string,
  sendingFrom: SendingFrom,
  now: () => Date,
): RewriteHeader {
  return (fields, rest) => {
    if (fieldsNamed(fields, 'received').length > maxReceived) {
      throw new SmtpError(554, '4.6', 'Too many hops, this message loops')
    }
    const onBehalf = transaction.submitter !== null && checkOriginators(fields, sendingFrom) === 'ON_BEHALF'
    const lists = requirePostable(transaction, fields)
    const at = now()
    const received = Buffer.from(receivedField(transaction, hostName, at))
    const added = transaction.submitter ? missingFields(fields, hostName, at) : []
    // RFC 5322 section 3.6.2: who writes for another is named.
    if (onBehalf) added.push(Buffer.from(`Sender: <${transaction.submitter!.mailbox.address}>\r\n`))
    // Return-Path is added at final delivery alone (RFC 5321 section 4.4): one that is there already is a stranger's.
    // A message that all get from a list names that list, and no other that it came through before.
    const dropped = ({ name }: HeaderField): boolean => name === 'return-path' || (lists === 'all' && isListField(name))
    const kept = fields.filter((field) => !dropped(field) && !isForged(field, hostName)).map((field) => field.raw)
    return [received, ...kept, ...added, rest]
  }
}

/** That it may go to the groups among its recipients; and whether it goes to them alone. */
function requirePostable(transaction: Transaction, fields: HeaderField[]): 'all' | 'some' | 'none' {
  const destinations = [...transaction.recipients.values()].flatMap((recipient) => recipient.destinations)
  const lists = new Set(destinations.flatMap(({ list }) => list ?? []))
  if (lists.size === 0) return 'none'
  const passed = fieldsNamed(fields, 'list-id').map((field) => /<([^<>]*)>$/.exec(fieldBody(field))?.[1]?.toLowerCase())
  if ([...lists].some((list) => passed.includes(listIdOf(list).toLowerCase()))) {
    throw new SmtpError(554, '4.6', 'This message came through this group before')
  }
  // RFC 3834: an answer that no person wrote is for one person.
  if (fieldsNamed(fields, 'auto-submitted').some((field) => /^auto-replied\b/i.test(fieldBody(field)))) {
    throw new SmtpError(550, '7.1', 'A group takes no automatic replies')
  }
  return destinations.every(({ list }) => list) ? 'all' : 'some'
}

/** RFC 6409 section 6.1: who signed in is who the message may say it is from. `ON_BEHALF`: a Sender field must be added. */
function checkOriginators(fields: HeaderField[], sendingFrom: SendingFrom): 'ON_BEHALF' | null {
  const from = fieldsNamed(fields, 'from')
  if (from.length !== 1) throw new SmtpError(550, '6.0', 'A message has exactly one From field')
  const senders = fieldsNamed(fields, 'sender')
  const froms = from.flatMap((field) => sendingsOf(field, sendingFrom))
  const named = senders.flatMap((field) => sendingsOf(field, sendingFrom))
  if (!froms.includes('ON_BEHALF')) return null
  if (senders.length === 0) return 'ON_BEHALF'
  if (named.every((sending) => sending === 'OWN')) return null
  throw new SmtpError(553, '7.1', 'The Sender field must name you')
}

function sendingsOf(field: HeaderField, sendingFrom: SendingFrom): Sending[] {
  if (field.raw.length > maxOriginator) throw new SmtpError(550, '6.0', `The ${field.name} field is too long`)
  const sendings = originators(field).map((author) => (author === null ? null : sendingFrom(author)))
  const known = sendings.filter((sending) => sending !== null)
  if (known.length > 0 && known.length === sendings.length) return known
  throw new SmtpError(553, '7.1', `The ${field.name} field names an address that is not yours`)
}

/**
 * Every address that either of two parsers finds, so that text which mail programs read in different ways must be allowed in each
 * reading; null for what is no address.
 */
function originators(field: HeaderField): (string | null)[] {
  const ours = parseAddressList(fieldBody(field)).flatMap((one) =>
    one.type === 'mailbox' ? [Buffer.from(`${one.localPart}@${one.domain}`, 'latin1').toString()] : [],
  )
  const theirs = addressparser(fieldText(field), { flatten: true }).map(({ address }) => address)
  if (ours.length === 0 || theirs.length === 0) return []
  return [...ours, ...theirs].map((address) => normalizeAddress(address))
}

/** Every address in From fields, in every reading; null for what is no address. */
export const authorsOf = (fields: HeaderField[]): (string | null)[] =>
  fieldsNamed(fields, 'from').flatMap((field) => (field.raw.length > maxOriginator ? [null] : originators(field)))

/** Of the first author, in normal form. */
export function authorDomain(header: Buffer): string | null {
  const [author] = authorsOf(parseHeader(header).fields)
  return author ? domainOf(author) : null
}

/** RFC 6409 section 8. They go to the end of the fields, where they disturb no signature's order. */
function missingFields(fields: HeaderField[], hostName: string, at: Date): Buffer[] {
  const added: Buffer[] = []
  if (fieldsNamed(fields, 'date').length === 0) added.push(Buffer.from(`Date: ${dateTime(at)}\r\n`))
  if (fieldsNamed(fields, 'message-id').length === 0) {
    added.push(Buffer.from(`Message-ID: <${randomUUID()}@${hostName}>\r\n`))
  }
  return added
}
