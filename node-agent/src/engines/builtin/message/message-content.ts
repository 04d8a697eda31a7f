/** The octets of a message between its receipt and its durable home, and what is made of them once, at delivery. */

/** In memory while small, in a temporary file when large; the owner removes the file. CRLF line ends, no dot-stuffing. */
export type MessageContent = { size: number; buffer: Buffer } | { size: number; path: string }

/** Above this many octets a message is held in a file and not in memory. */
export const maxContentInMemory = 256 * 1024

/** Made once when a message is stored, kept as wire octets, so that FETCH copies and never parses. */
export interface MessageSummary {
  /** RFC 3501 section 7.4.2 ENVELOPE, the parenthesized list as sent in a FETCH response; literals inside where needed. */
  envelope: Buffer
  bodyStructure: Buffer
  /** The non-extensible form, BODY. */
  body: Buffer
  /** Octets up to and with the empty line. */
  headerSize: number
  /** Message-ID without brackets, or null. */
  messageId: string | null
  /** Decoded, for SEARCH, SORT and the mail log. Shortened to 998 characters each. */
  subject: string
  from: string
  to: string
  cc: string
  /** The Date field in milliseconds since 1970, or null where it is missing or malformed. */
  sentAt: number | null
}
