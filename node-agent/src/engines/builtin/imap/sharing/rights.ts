/** Rights on a mailbox (RFC 4314 section 2.1), as a string of letters in one order. */
import type { FlagRights } from '../../store/mail-store.js'
import { bad } from '../errors.js'

export const allRights = 'lrswipkxtea'
export type Right = 'l' | 'r' | 's' | 'w' | 'i' | 'p' | 'k' | 'x' | 't' | 'e' | 'a'

/** Any of these makes a mailbox known to MYRIGHTS (RFC 4314 section 4). */
export const revealing: readonly [Right, ...Right[]] = ['l', 'r', 'i', 'k', 'x', 'a']

/** In the common order, each once. */
export const sortRights = (rights: string): string => [...allRights].filter((right) => rights.includes(right)).join('')

/** What a client says; `c` and `d` of RFC 2086 stand for what they were split into (RFC 4314 section 2.1.1). */
export function parseRights(text: string): string {
  const rights = text.replaceAll('c', 'kx').replaceAll('d', 'te')
  if (![...rights].every((right) => allRights.includes(right))) throw bad('Unknown right')
  return sortRights(rights)
}

/** With `c` and `d` for clients that know no others. */
export function formatRights(rights: string): string {
  const has = (some: string): boolean => [...some].some((right) => rights.includes(right))
  return `${rights}${has('kx') ? 'c' : ''}${has('te') ? 'd' : ''}` || '""'
}

/** RFC 5464 section 3.3: to read or set annotations. */
export const mayAnnotate = (rights: string): boolean => rights.includes('l') && /[rswip]/.test(rights)

export const flagRights = (rights: string): FlagRights => ({
  seen: rights.includes('s'),
  deleted: rights.includes('t'),
  others: rights.includes('w'),
})

/** Of flags given with a new message, those that may be set: the others are left out, not refused (RFC 4314 section 4). */
export function permittedFlags(flags: readonly string[], rights: string): string[] {
  const { seen, deleted, others } = flagRights(rights)
  return flags.filter((flag) => (flag === '\\Seen' ? seen : flag === '\\Deleted' ? deleted : others))
}
