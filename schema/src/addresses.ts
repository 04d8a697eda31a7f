/**
 * The one normal form of domain names and addresses, for policy, routing and storage alike: domains as A-labels
 * (RFC 5891, by UTS 46 as in Node's URL parser) in lower case; local parts in NFC and lower case, since a host may treat its own
 * local parts as it likes (RFC 5321 section 2.4) and nobody wants two mailboxes that differ by case.
 */
import { domainToASCII, domainToUnicode } from 'node:url'

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/** The domain as lower-case A-labels, or null where it is not a valid domain name. A final dot is dropped. */
export function normalizeDomain(input: string): string | null {
  const name = input.trim().replace(/\.$/, '').normalize('NFC')
  if (name === '' || name.length > 253 || /[\s/@:?#\\%[\]]/.test(name)) return null
  const ascii = domainToASCII(name)
  if (ascii === '' || ascii.length > 253) return null
  const labels = ascii.split('.')
  if (!labels.every((part) => label.test(part))) return null
  // An all-numeric last label would be an IPv4 address to a URL parser and to many mail servers.
  return /^\d+$/.test(labels[labels.length - 1]!) ? null : ascii
}

/** The domain for people: U-labels. */
export const displayDomain = (ascii: string): string => domainToUnicode(ascii) || ascii

/** A dot-atom, ASCII or UTF-8 (RFC 5321 section 4.1.2, RFC 6531 section 3.3), at most 64 octets. */
const localPart =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10FFFF}-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u{80}-\u{10FFFF}-]+)*$/u

/** The local part in NFC and lower case, or null where it is not a dot-atom. Quoted strings are not offered to mailboxes. */
export function normalizeLocalPart(input: string): string | null {
  // Once more: lower case can have another normal form, and an address must have one form however often it comes through here.
  const local = input.normalize('NFC').toLowerCase().normalize('NFC')
  // Half a surrogate pair (Cs) has no form in UTF-8.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s\p{Cs}]/u.test(local)) return null
  return localPart.test(local) && Buffer.byteLength(local) <= 64 ? local : null
}

/** `local@domain` in normal form, or null. */
export function normalizeAddress(input: string): string | null {
  const at = input.lastIndexOf('@')
  if (at < 1) return null
  const local = normalizeLocalPart(input.slice(0, at))
  const domain = normalizeDomain(input.slice(at + 1))
  return local !== null && domain !== null ? `${local}@${domain}` : null
}

/** The domain of an address that is in normal form. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)
export const localPartOf = (address: string): string => address.slice(0, address.lastIndexOf('@'))

/** Whom a group's bounces and questions go to; the address is reserved with the group's own. */
export const groupOwnerAddress = (address: string): string => `${localPartOf(address)}-owner@${domainOf(address)}`
