/**
 * A-labels to U-labels for people (RFC 5890). Mail events carry addresses as on the wire; the server's `displayName` covers
 * only domains that are hosted here.
 */
import punycode from 'punycode.js'

/** Bidirectional controls and invisible characters would let one name pass for another: such labels stay as A-labels. */
const deceptive =
  /[\u0000-\u0020\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]/u

function toUnicodeLabel(label: string): string {
  if (!label.toLowerCase().startsWith('xn--')) return label
  try {
    const decoded = punycode.decode(label.slice(4).toLowerCase())
    return deceptive.test(decoded) || !/[^\u0000-\u007f]/u.test(decoded) ? label : decoded
  } catch {
    return label
  }
}

export const toUnicodeDomain = (domain: string): string => domain.split('.').map(toUnicodeLabel).join('.')

export function toUnicodeAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at + 1) + toUnicodeDomain(address.slice(at + 1))
}
