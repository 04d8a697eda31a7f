/** What a command answers (RFC 1939 section 3): one line, or one line and octets that end in a line with a dot. */

/** Extended response codes: RFC 2449 section 8, RFC 3206. */
export type ResponseCode = 'IN-USE' | 'SYS/TEMP' | 'SYS/PERM' | 'AUTH'

export interface Reply {
  line: string
  /** Without dot-stuffing, and without the final dot. */
  body?: AsyncIterable<Buffer> | Iterable<Buffer>
  /** Gives back what the body is read from, whether it was sent or not. */
  release?: () => Promise<void>
}

export const ok = (text: string, more: Omit<Reply, 'line'> = {}): Reply => ({ line: `+OK ${text}`, ...more })

/** Refuses a command. Thrown by handlers; the session goes on. */
export class Pop3Error extends Error {
  override name = 'Pop3Error'
  constructor(
    text: string,
    readonly code?: ResponseCode,
  ) {
    super(text)
  }

  get line(): string {
    return `-ERR ${this.code ? `[${this.code}] ` : ''}${this.message}`
  }
}

/** A listing: one buffer however many lines. */
export const lines = (entries: string[]): Omit<Reply, 'line'> => ({
  body: [Buffer.from(entries.map((entry) => `${entry}\r\n`).join(''))],
})
