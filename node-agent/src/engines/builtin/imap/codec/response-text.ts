/** Elements of responses as wire text (RFC 3501 section 9). All of it is ASCII. */

const quotable = /^[\x20-\x7e]*$/

/** A quoted string; for text that cannot be quoted, a literal. */
export function formatString(text: string): string {
  if (quotable.test(text) && text.length < 1024) return `"${text.replace(/["\\]/g, '\\$&')}"`
  // One character per octet, as all response text.
  const octets = Buffer.from(text, 'utf8').toString('latin1')
  return `{${octets.length}}\r\n${octets}`
}

/** Any octets: as a quoted string, a literal, or where there is a NUL a literal of RFC 3516. */
export function formatOctets(octets: Buffer): string {
  const text = octets.toString('latin1')
  if (quotable.test(text) && text.length < 1024) return formatString(text)
  return `${octets.includes(0) ? '~' : ''}{${octets.length}}\r\n${text}`
}

export const formatList = (elements: readonly string[]): string => `(${elements.join(' ')})`

/** Human-readable text of a response: what could end the line or is not ASCII is replaced. */
export const formatResponseText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500) || '.'
