/** Section part numbers of IMAP (RFC 3501 section 6.4.5). */
import { isMultipart, type MimePart } from './mime-part.js'

/**
 * The part that `BODY[1.2.3]` names in a message, or null. Its `body` is `BODY[1.2]`, its `header` is `BODY[1.2.MIME]`; where it
 * has a `message`, that one's `header` and `body` are `BODY[1.2.HEADER]` and `BODY[1.2.TEXT]`.
 */
export function partAt(message: MimePart, path: readonly number[]): MimePart | null {
  let container: MimePart | null = message
  let part: MimePart = message
  for (const number of path) {
    if (container === null) return null
    if (isMultipart(container)) {
      const child: MimePart | undefined = container.children[number - 1]
      if (child === undefined) return null
      part = child
    } else if (number === 1) part = container
    else return null
    // A part that is no multipart and no message has no parts of its own.
    container = isMultipart(part) ? part : part.message
  }
  return part
}
