/** ENVELOPE of RFC 3501 section 7.4.2, as latin1 text whose characters are the octets sent. */
import { parseAddressList, type Address } from './address-list.js'
import { imapNString, imapString } from './imap-strings.js'
import type { Fields } from './mime-part.js'

export function envelopeOf(fields: Fields): string {
  const from = addresses(fields.get('from'))
  const members = [
    imapNString(fields.get('date')),
    imapNString(fields.get('subject')),
    from,
    // Missing or empty: the same as From.
    orElse(addresses(fields.get('sender')), from),
    orElse(addresses(fields.get('reply-to')), from),
    addresses(fields.get('to')),
    addresses(fields.get('cc')),
    addresses(fields.get('bcc')),
    imapNString(fields.get('in-reply-to')),
    imapNString(fields.get('message-id')),
  ]
  return `(${members.join(' ')})`
}

const orElse = (list: string, other: string): string => (list === 'NIL' ? other : list)

function addresses(field: string | undefined): string {
  const list = field === undefined ? [] : parseAddressList(field)
  return list.length === 0 ? 'NIL' : `(${list.map(address).join('')})`
}

function address(entry: Address): string {
  if (entry.type === 'group-end') return '(NIL NIL NIL NIL)'
  if (entry.type === 'group-start') return `(NIL NIL ${imapString(entry.name)} NIL)`
  // A missing domain is an empty string: NIL would say that a group begins.
  return `(${imapNString(entry.name)} ${imapNString(entry.route)} ${imapString(entry.localPart)} ${imapString(entry.domain)})`
}
