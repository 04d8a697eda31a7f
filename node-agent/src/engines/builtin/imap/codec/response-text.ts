/** Elements of responses as wire text (RFC 3501 section 9). All of it is ASCII. */
import { encodeModifiedUtf7 } from './modified-utf7.js'

const quotable = /^[\x20-\x7e]*$/

/** A quoted string; for text that cannot be quoted, a literal. */
export function formatString(text: string): string {
  if (quotable.test(text) && text.length < 1024) return `"${text.replace(/["\\]/g, '\\$&')}"`
  // One character per octet, as all response text.
  const octets = Buffer.from(text, 'utf8').toString('latin1')
  return `{${octets.length}}\r\n${octets}`
}

const atomic = /^[A-Za-z0-9._/&,+=-]+$/

/** A mailbox name in modified UTF-7, as an atom where that is possible. */
export function formatMailbox(name: string): string {
  const wire = encodeModifiedUtf7(name)
  // NIL as an atom would be read as the absent string.
  return atomic.test(wire) && wire.toUpperCase() !== 'NIL' ? wire : formatString(wire)
}

export const formatList = (elements: readonly string[]): string => `(${elements.join(' ')})`

/** Human-readable text of a response: what could end the line or is not ASCII is replaced. */
export const formatResponseText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500) || '.'
