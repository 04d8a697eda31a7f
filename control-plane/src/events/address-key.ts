/**
 * The form in which addresses of events are searched: normal, and reversed, so that a domain is a prefix.
 *
 * What comes in from the network need not be a valid address; it still gets a key, in lower case.
 */
import { normalizeAddress, normalizeDomain } from '@mailfleet/schema'

const reverse = (text: string): string => [...text].reverse().join('')

export const addressKey = (address: string): string => reverse(normalizeAddress(address) ?? address.toLowerCase())

/** `@domain` asks for a whole domain: the key is then a prefix. */
export function addressSearch(text: string): { key: string; prefix: boolean } {
  const wanted = text.trim()
  if (!wanted.startsWith('@')) return { key: addressKey(wanted), prefix: false }
  const domain = wanted.slice(1)
  return { key: reverse(`@${normalizeDomain(domain) ?? domain.toLowerCase()}`), prefix: true }
}

/** The least text above all that begin with `prefix`, by code point, as COLLATE "C" compares. */
export function prefixEnd(prefix: string): string | null {
  const points = [...prefix].map((point) => point.codePointAt(0)!)
  while (points.length > 0) {
    const last = points.pop()!
    const next = last === 0xd7ff ? 0xe000 : last + 1
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next)
  }
  return null
}
