/** i;unicode-casemap (RFC 5051), which RFC 5256 asks for: strings in this form compare as the texts do by that collation. */

/** One character an octet of the UTF-8 form, since JavaScript's own comparison is by UTF-16 units. */
export function collationKey(text: string): string {
  let upper = ''
  for (const character of text) {
    const capital = character.toUpperCase()
    // A simple mapping: one character to one.
    upper += capital.length === character.length ? capital : character
  }
  return Buffer.from(upper.normalize('NFKD'), 'utf8').toString('latin1')
}
