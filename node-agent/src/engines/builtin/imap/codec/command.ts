/** A command as it came from the wire, its literals taken out of the text. */
import type { MessageContent } from '../../message/message-content.js'

/** The message of an APPEND, or the octets of any other literal. */
export type Literal = { type: 'octets'; octets: Buffer } | { type: 'message'; content: MessageContent }

/** Text is one character per octet; one that a literal follows ends in the announcement, `{n}` or `{n+}`. */
export type Segment = string | Literal

export interface Command {
  tag: string
  /** In capitals; `UID FETCH` for the UID forms. Empty where the line has none. */
  name: string
  /** What follows the name, with the space before it. */
  segments: Segment[]
}

/**
 * The announcement of a literal at the end of a line (RFC 3501 section 4.3, RFC 7888). Of any number of digits: what follows one
 * that is too large to be met must not be read as a command either.
 */
export const announcement = /\{(\d+)(\+?)\}$/

const head = /^([^\0-\x20\x7f-\xff(){%*"\\+]+) ([A-Za-z]+)/
const uidName = /^ ([A-Za-z]+)/

/** Tag, name and the rest of a first line; a null tag where even that cannot be read. */
export function splitHead(line: string): { tag: string | null; name: string; rest: string } {
  const match = head.exec(line)
  if (!match) {
    const tag = /^([^\0-\x20\x7f-\xff(){%*"\\+]+)(?: |$)/.exec(line)
    return { tag: tag ? tag[1]! : null, name: '', rest: '' }
  }
  const name = match[2]!.toUpperCase()
  const rest = line.slice(match[0].length)
  const second = name === 'UID' ? uidName.exec(rest) : null
  if (!second) return { tag: match[1]!, name, rest }
  return { tag: match[1]!, name: `UID ${second[1]!.toUpperCase()}`, rest: rest.slice(second[0].length) }
}
