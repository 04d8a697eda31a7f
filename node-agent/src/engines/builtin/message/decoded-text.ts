/** Text of parts for SEARCH: transfer encoding and charset undone, bounded. */
import { decodeCharset } from './charset.js'
import { isMultipart, parameter, type MimePart } from './mime-part.js'
import type { OctetSource } from './parse-message.js'
import { decodeTransfer } from './transfer-encoding.js'

/** Octets of a part, before decoding, that are looked at. */
const defaultMaxOctets = 1024 * 1024

/** Of a part that is no text, the empty string. */
export async function decodedText(
  source: OctetSource,
  part: MimePart,
  maxOctets: number = defaultMaxOctets,
): Promise<string> {
  if (part.type.toLowerCase() !== 'text' || isMultipart(part)) return ''
  const length = Math.min(part.body.end - part.body.start, maxOctets)
  if (length <= 0) return ''
  const octets = decodeTransfer(await source.read(part.body.start, length), part.encoding)
  return decodeCharset(octets, parameter(part.parameters, 'charset') ?? '')
}

/** All text parts of a message, in order, those of messages within it included. */
export function textParts(message: MimePart): MimePart[] {
  const found: MimePart[] = []
  const visit = (part: MimePart): void => {
    if (part.message) visit(part.message)
    else if (isMultipart(part)) part.children.forEach(visit)
    else if (part.type.toLowerCase() === 'text') found.push(part)
  }
  visit(message)
  return found
}
