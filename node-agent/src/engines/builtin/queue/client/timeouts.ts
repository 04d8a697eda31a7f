/** How long the client waits for each thing, in milliseconds. */

export interface ClientTimeouts {
  connect: number
  handshake: number
  greeting: number
  /** For the reply to MAIL, RCPT and what is like them. */
  command: number
  /** For the reply to DATA. */
  dataStart: number
  /** For the host to take a piece of the message. */
  dataBlock: number
  /** For the reply to the end of the message: it may be stored and filtered meanwhile. */
  dataEnd: number
}

/** RFC 5321 section 4.5.3.2, save for the greeting, which hosts in use give far sooner: a dead one must not hold a slot for long. */
export const standardTimeouts: ClientTimeouts = {
  connect: 30_000,
  handshake: 60_000,
  greeting: 60_000,
  command: 300_000,
  dataStart: 120_000,
  dataBlock: 180_000,
  dataEnd: 600_000,
}
