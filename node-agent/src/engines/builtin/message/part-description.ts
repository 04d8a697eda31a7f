/** What a part's header says of its body, with the defaults of RFC 2045 section 5.2 and RFC 2046 section 5.1.5. */
import type { Fields, MimePart } from './mime-part.js'
import { parseContentType, parseLanguages, parseTokenWithParameters } from './structured-field.js'

export function emptyPart(at: number, inDigest: boolean): MimePart {
  return {
    header: { start: at, end: at },
    body: { start: at, end: at },
    lines: 0,
    type: inDigest ? 'message' : 'text',
    subtype: inDigest ? 'rfc822' : 'plain',
    parameters: inDigest ? [] : [['charset', 'us-ascii']],
    encoding: '7bit',
    id: null,
    description: null,
    md5: null,
    disposition: null,
    languages: [],
    location: null,
    children: [],
    message: null,
    fields: new Map(),
  }
}

export function describePart(part: MimePart, fields: Fields): void {
  const contentType = parseContentType(fields.get('content-type') ?? '')
  if (contentType) Object.assign(part, contentType)
  const encoding = fields
    .get('content-transfer-encoding')
    ?.replace(/\([^()]*\)/g, '')
    .trim()
  if (encoding) part.encoding = encoding
  part.id = fields.get('content-id') || null
  part.description = fields.get('content-description') || null
  part.md5 = fields.get('content-md5') || null
  part.location = fields.get('content-location') || null
  part.languages = parseLanguages(fields.get('content-language') ?? '')
  const disposition = parseTokenWithParameters(fields.get('content-disposition') ?? '')
  part.disposition = disposition && { type: disposition.value, parameters: disposition.parameters }
}
