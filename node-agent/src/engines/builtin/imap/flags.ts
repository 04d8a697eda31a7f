/** Flags as clients may set them (RFC 3501 section 2.3.2). */
import type { Flags } from '../store/mail-store.js'
import { bad, no } from './errors.js'

const settable = new Map(
  ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'].map((flag) => [flag.toLowerCase(), flag]),
)
/** Bounds what one command makes the store keep. */
const maxFlags = 100
const maxKeyword = 100

/** System flags in their own spelling. \Recent is the server's alone, and other `\` names belong to nobody. */
export function checkFlags(flags: string[]): string[] {
  if (flags.length > maxFlags) throw no('LIMIT', 'Too many flags')
  return flags.map((flag) => {
    if (!flag.startsWith('\\')) {
      if (flag.length > maxKeyword) throw no('LIMIT', 'The keyword is too long')
      return flag
    }
    const system = settable.get(flag.toLowerCase())
    if (!system) throw bad('That system flag cannot be set')
    return system
  })
}

export type FlagMode = 'replace' | 'add' | 'remove'

/**
 * Whether a client that had the flags `told` knows without an answer that a message now has those of `now`: what it asked for,
 * done to what it was told. Another session's change may have come between (RFC 3501 section 6.4.6), or a right have kept some.
 */
export function isForeseen(told: Flags, mode: FlagMode, given: readonly string[], now: Flags): boolean {
  const lower = (flags: readonly string[]): string[] => flags.map((flag) => flag.toLowerCase())
  const expected = new Set(mode === 'replace' ? [] : lower(told))
  for (const flag of lower(given))
    if (mode === 'remove') expected.delete(flag)
    else expected.add(flag)
  return expected.size === now.length && lower(now).every((flag) => expected.has(flag))
}
