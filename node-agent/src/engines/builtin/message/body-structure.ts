/** BODYSTRUCTURE and BODY of RFC 3501 section 7.4.2, as latin1 text whose characters are the octets sent. */
import { envelopeOf } from './envelope.js'
import { imapNString, imapString } from './imap-strings.js'
import { isMultipart, type MimePart, type Parameters } from './mime-part.js'

/** `extensible`: BODYSTRUCTURE; else BODY. */
export function bodyStructureOf(part: MimePart, extensible: boolean): string {
  return `(${(isMultipart(part) ? multipart : singlePart)(part, extensible)})`
}

function multipart(part: MimePart, extensible: boolean): string {
  const children = part.children.map((child) => bodyStructureOf(child, extensible)).join('')
  const base = `${children} ${imapString(part.subtype)}`
  return extensible ? `${base} ${parameterList(part.parameters)} ${extensions(part)}` : base
}

function singlePart(part: MimePart, extensible: boolean): string {
  const type = part.type.toLowerCase()
  const members = [
    imapString(part.type),
    imapString(part.subtype),
    parameterList(part.parameters),
    imapNString(part.id),
    imapNString(part.description),
    imapString(part.encoding),
    part.body.end - part.body.start,
  ]
  if (part.message) {
    // The nested message's own description, as if it stood alone.
    members.push(envelopeOf(part.message.fields), bodyStructureOf(part.message, extensible), part.lines)
  } else if (type === 'text') members.push(part.lines)
  if (extensible) members.push(imapNString(part.md5), extensions(part))
  return members.join(' ')
}

const extensions = (part: MimePart): string =>
  `${disposition(part)} ${languages(part.languages)} ${imapNString(part.location)}`

const disposition = ({ disposition }: MimePart): string =>
  disposition ? `(${imapString(disposition.type)} ${parameterList(disposition.parameters)})` : 'NIL'

const languages = (tags: string[]): string => (tags.length === 0 ? 'NIL' : `(${tags.map(imapString).join(' ')})`)

/** Names and values as in the message; RFC 2231's continuations and charsets are the client's to read. */
const parameterList = (parameters: Parameters): string =>
  parameters.length === 0
    ? 'NIL'
    : `(${parameters.map(([name, value]) => `${imapString(name)} ${imapString(value)}`).join(' ')})`
