/** Flags as clients may set them (RFC 3501 section 2.3.2). */
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
