/**
 * Flags as the database holds them: system flags as a bit set, keywords as one canonical string. Equal sets are one frozen
 * array per process, so that a mailbox of 100,000 messages holds a handful of arrays.
 */
import { StoreError, type FlagRights, type Flags } from './mail-store.js'

/** RFC 3501 section 2.3.2, without `\Recent`, which is a session's matter. The order gives the bits: never change it. */
const systemFlags = ['\\Answered', '\\Deleted', '\\Draft', '\\Flagged', '\\Seen'] as const
export const deletedBit = 1 << 1
export const seenBit = 1 << 4

const bitOf = new Map(systemFlags.map((flag, index) => [flag.toLowerCase(), 1 << index]))

/** What those rights reach: system flags as bits, and keywords. */
export const flagMask = ({ seen, deleted, others }: FlagRights): { system: number; keywords: boolean } => ({
  system: (seen ? seenBit : 0) | (deleted ? deletedBit : 0) | (others ? ~(seenBit | deletedBit) : 0),
  keywords: others,
})

export const maxKeywordOctets = 128
/** RFC 3501 section 9: flag-keyword is an atom; `]` is left out since response codes end with it. */
const keyword = /^[^\s\p{Control}(){%*"\\\]\u0080-\uffff]+$/u

export interface ParsedFlags {
  system: number
  /** As given, each once regardless of case. */
  keywords: string[]
}

/** Ignores `\Recent` and system flags that do not exist, as clients send them back from other servers. */
export function parseFlags(flags: readonly string[]): ParsedFlags {
  let system = 0
  const keywords = new Map<string, string>()
  for (const flag of flags) {
    if (flag.startsWith('\\')) system |= bitOf.get(flag.toLowerCase()) ?? 0
    else if (!keyword.test(flag)) throw new StoreError('LIMIT_REACHED', 'a keyword must be an atom')
    else if (flag.length > maxKeywordOctets) throw new StoreError('LIMIT_REACHED', 'the keyword is too long')
    else if (!keywords.has(flag.toLowerCase())) keywords.set(flag.toLowerCase(), flag)
  }
  return { system, keywords: [...keywords.values()] }
}

/** The stored form of a set of keywords in canonical spelling. */
export const joinKeywords = (keywords: Iterable<string>): string | null =>
  [...new Set(keywords)].sort().join(' ') || null

export const splitKeywords = (keywords: string | null): string[] => (keywords === null ? [] : keywords.split(' '))

/** Most messages have system flags only: those are looked up without making a key. */
const plain: Flags[] = Array.from({ length: 1 << systemFlags.length }, (_, system) =>
  Object.freeze(systemFlags.filter((_, index) => (system & (1 << index)) !== 0)),
)

/** Bounds the memory that clients can fill with new combinations of keywords. */
const maxInterned = 20_000
const interned = new Map<string, Flags>()

export function internFlags(system: number, keywords: string | null): Flags {
  const mask = system & (plain.length - 1)
  if (keywords === null) return plain[mask]!
  const key = `${mask} ${keywords}`
  let flags = interned.get(key)
  if (!flags) {
    if (interned.size >= maxInterned) interned.clear()
    flags = Object.freeze([...plain[mask]!, ...splitKeywords(keywords)])
    interned.set(key, flags)
  }
  return flags
}
