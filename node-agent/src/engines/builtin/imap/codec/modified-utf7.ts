/**
 * Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3).
 *
 * A name has exactly one encoding here: what `encode` would not have written, `decode` refuses, so that no two spellings
 * of one name pass checks differently.
 */

const isDirect = (code: number): boolean => code >= 0x20 && code <= 0x7e

export function encodeModifiedUtf7(name: string): string {
  let wire = ''
  let start = 0
  while (start < name.length) {
    let end = start
    if (isDirect(name.charCodeAt(start))) {
      while (end < name.length && isDirect(name.charCodeAt(end))) end++
      wire += name.slice(start, end).replaceAll('&', '&-')
    } else {
      while (end < name.length && !isDirect(name.charCodeAt(end))) end++
      const base64 = Buffer.from(name.slice(start, end), 'utf16le').swap16().toString('base64')
      wire += `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`
    }
    start = end
  }
  return wire
}

/** Null for what is not the encoding of any well-formed name. */
export function decodeModifiedUtf7(wire: string): string | null {
  let name = ''
  let position = 0
  while (position < wire.length) {
    const shift = wire.indexOf('&', position)
    if (shift < 0) {
      name += wire.slice(position)
      break
    }
    const unshift = wire.indexOf('-', shift)
    if (unshift < 0) return null
    name += wire.slice(position, shift) + (unshift === shift + 1 ? '&' : decodeShifted(wire.slice(shift + 1, unshift)))
    position = unshift + 1
  }
  // Lone surrogates have no UTF-8 form.
  if (/\p{Surrogate}/u.test(name)) return null
  return encodeModifiedUtf7(name) === wire ? name : null
}

function decodeShifted(base64: string): string {
  const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64')
  return octets
    .subarray(0, octets.length - (octets.length % 2))
    .swap16()
    .toString('utf16le')
}
