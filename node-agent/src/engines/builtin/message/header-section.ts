/**
 * The header section of a message as octets: found in a stream, cut into fields, with what mail transport asks of it. Octets that
 * are not ours to change stay as they are.
 */
import { decodeHeaderText } from './encoded-words.js'

export interface HeaderField {
  /** Lower case. */
  name: string
  /** With its line ends. */
  raw: Buffer
}

const CRLF2 = Buffer.from('\r\n\r\n')

/** The length of the header section with its empty line, or -1 while its end has not been seen; looks from `from` on. */
export function headerEnd(octets: Buffer, from = 0): number {
  if (octets[0] === 0x0d && octets[1] === 0x0a) return 2
  const end = octets.indexOf(CRLF2, from)
  return end < 0 ? -1 : end + 4
}

/** A field name, RFC 5322 section 2.2, with the space before the colon of the obsolete syntax. */
const fieldStart = /^([!-9;-~]{1,200})[ \t]*:/

/** The fields; what follows the last of them (the empty line, or text that is no field) is `rest`. */
export function parseHeader(section: Buffer): { fields: HeaderField[]; rest: Buffer } {
  const fields: HeaderField[] = []
  let position = 0
  while (position < section.length) {
    const name = fieldStart.exec(section.toString('latin1', position, Math.min(section.length, position + 256)))?.[1]
    if (name === undefined) break
    let end = lineEnd(section, position)
    while (section[end] === 0x20 || section[end] === 0x09) end = lineEnd(section, end)
    fields.push({ name: name.toLowerCase(), raw: section.subarray(position, end) })
    position = end
  }
  return { fields, rest: section.subarray(position) }
}

function lineEnd(octets: Buffer, from: number): number {
  const lf = octets.indexOf(0x0a, from)
  return lf < 0 ? octets.length : lf + 1
}

/** A field's body as octets in latin1, unfolded, at most `max` octets of it. */
export function fieldBody(field: HeaderField, max = 8_192): string {
  const colon = field.raw.indexOf(0x3a)
  return field.raw
    .toString('latin1', colon + 1, Math.min(field.raw.length, colon + 1 + max))
    .replace(/\r\n(?=[ \t])/g, '')
    .trim()
}

/** The same as text: UTF-8 (RFC 6532), else Latin-1. */
export function fieldText(field: HeaderField, max?: number): string {
  const octets = fieldBody(field, max)
  const utf8 = Buffer.from(octets, 'latin1').toString('utf8')
  return utf8.includes('\ufffd') ? octets : utf8
}

export const fieldsNamed = (fields: HeaderField[], name: string): HeaderField[] =>
  fields.filter((field) => field.name === name)

/** For the log: Message-ID without brackets and the decoded subject, both shortened. */
export function logFields(fields: HeaderField[]): { messageId: string | null; subject: string } {
  const id = fieldsNamed(fields, 'message-id')[0]
  const subject = fieldsNamed(fields, 'subject')[0]
  return {
    messageId: id ? clean(fieldText(id, 1_100).replace(/^<|>$/g, '')).slice(0, 998) || null : null,
    subject: subject ? clean(decodeHeaderText(fieldBody(subject, 2_048))).slice(0, 256) : '',
  }
}

const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').trim()
