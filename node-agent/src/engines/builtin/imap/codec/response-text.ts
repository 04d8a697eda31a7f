/** Elements of responses as wire text (RFC 3501 section 9). All of it is ASCII. */

const quotable = /^[\x20-\x7e]*$/

/** A quoted string; for text that cannot be quoted, a literal. */
export function formatString(text: string): string {
  if (quotable.test(text) && text.length < 1024) return `"${text.replace(/["\\]/g, '\\$&')}"`
  // One character per octet, as all response text.
  const octets = Buffer.from(text, 'utf8').toString('latin1')
  return `{${octets.length}}\r\n${octets}`
}

export const formatList = (elements: readonly string[]): string => `(${elements.join(' ')})`

/** Human-readable text of a response: what could end the line or is not ASCII is replaced. */
export const formatResponseText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500) || '.'
