/** What the header section of an incoming message must be, and what we change in it. */
import { randomUUID } from 'node:crypto'
import addressparser from 'nodemailer/lib/addressparser'
import { normalizeAddress } from '@mailfleet/schema'
import { dateTime } from '../message/date-time.js'
import { parseAddressList } from '../message/index.js'
import { fieldBody, fieldsNamed, fieldText } from '../message/header-section.js'
import type { HeaderField } from '../message/header-section.js'
import type { RewriteHeader } from './receive-message.js'
import { SmtpError } from './smtp-error.js'
import { receivedField } from './trace-fields.js'
import type { Transaction } from './transaction.js'

/** RFC 5321 section 6.3: more hops than any real path has. */
const maxReceived = 50
/** Longer lists of authors are no one's mail. */
const maxOriginator = 4_096

export function rewriteHeaderFor(
  transaction: Transaction,
  hostName: string,
  mayAuthor: (address: string) => boolean,
  now: () => Date,
): RewriteHeader {
  return (fields, rest) => {
    if (fieldsNamed(fields, 'received').length > maxReceived) {
      throw new SmtpError(554, '4.6', 'Too many hops, this message loops')
    }
    if (transaction.submitter) checkOriginators(fields, mayAuthor)
    const at = now()
    const received = Buffer.from(receivedField(transaction, hostName, at))
    const added = transaction.submitter ? missingFields(fields, hostName, at) : []
    // Return-Path is added at final delivery alone (RFC 5321 section 4.4): one that is there already is a stranger's.
    const kept = fields.filter((field) => field.name !== 'return-path').map((field) => field.raw)
    return [received, ...kept, ...added, rest]
  }
}

/** RFC 6409 section 6.1: who signed in is who the message may say it is from. */
function checkOriginators(fields: HeaderField[], mayAuthor: (address: string) => boolean): void {
  const from = fieldsNamed(fields, 'from')
  if (from.length !== 1) throw new SmtpError(550, '6.0', 'A message has exactly one From field')
  for (const field of [...from, ...fieldsNamed(fields, 'sender')]) {
    if (field.raw.length > maxOriginator) throw new SmtpError(550, '6.0', `The ${field.name} field is too long`)
    const authors = originators(field)
    if (authors.length === 0 || !authors.every((author) => author !== null && mayAuthor(author))) {
      throw new SmtpError(553, '7.1', `The ${field.name} field names an address that is not yours`)
    }
  }
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

/** RFC 6409 section 8. They go to the end of the fields, where they disturb no signature's order. */
function missingFields(fields: HeaderField[], hostName: string, at: Date): Buffer[] {
  const added: Buffer[] = []
  if (fieldsNamed(fields, 'date').length === 0) added.push(Buffer.from(`Date: ${dateTime(at)}\r\n`))
  if (fieldsNamed(fields, 'message-id').length === 0) {
    added.push(Buffer.from(`Message-ID: <${randomUUID()}@${hostName}>\r\n`))
  }
  return added
}
