/** The tree that the parser makes of a message. All offsets are octets of the message; a range is [start, end). */

export interface Range {
  start: number
  end: number
}

export type Parameters = [name: string, value: string][]

/** Fields that ENVELOPE, SEARCH and the log need, by lower-case name: unfolded, octets as latin1, the first of each name. */
export type Fields = ReadonlyMap<string, string>

export interface MimePart {
  /** With the empty line. Empty for a part that the parser supposes. */
  header: Range
  body: Range
  /** LFs within the body. */
  lines: number
  /** As in the message, or the default. `type` compares without case. */
  type: string
  subtype: string
  parameters: Parameters
  encoding: string
  id: string | null
  description: string | null
  md5: string | null
  disposition: { type: string; parameters: Parameters } | null
  languages: string[]
  location: string | null
  /** Of a multipart, at least one; else empty. */
  children: MimePart[]
  /** The message within a message/rfc822 part. Its range is the part's body. */
  message: MimePart | null
  /** Of a message; empty for parts. */
  fields: Fields
}

export const isMultipart = (part: MimePart): boolean => part.children.length > 0

export function parameter(parameters: Parameters, name: string): string | undefined {
  return parameters.find(([candidate]) => candidate.toLowerCase() === name)?.[1]
}
