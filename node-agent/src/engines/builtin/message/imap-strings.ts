/** Strings as IMAP sends them (RFC 3501 section 4.3, 9), from field text with its octets as latin1. */

/** As they stand in a quoted string. */
const quotable = /^[\x20-\x7e]*$/

/** Quoted where it can be, else a literal. What neither can hold (NUL), and line ends of folding, are taken out. */
export function imapString(value: string): string {
  const text = value.replace(/\r?\n/g, '').replace(/[\r\u0000]/g, '')
  if (quotable.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`
  return `{${text.length}}\r\n${text}`
}

export const imapNString = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'NIL' : imapString(value)
