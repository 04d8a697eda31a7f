/** The octets of one message as DATA brings them, without dot-stuffing, from the connection to whoever reads it. */
import { ConnectionClosedError, type ClientConnection } from '../net/index.js'
import { DataDecoder } from './data-decoder.js'
import { Farewell, SmtpError } from './smtp-error.js'

export interface IncomingMessage extends AsyncIterable<Buffer> {
  /** Octets so far. */
  readonly size: number
}

/** A client that does not stop long after the limit is cut off. */
export const discardFactor = 16
/** Slower than a kilobyte a second, after the idle time, is no honest message. */
const slowestOctetsPerMs = 1
const pieceSize = 64 * 1024

/**
 * Read to its end, even when nobody keeps it: a message that must not exist (bare CR, bare LF, NUL) or is larger than `limit` ends
 * in an SmtpError after its last octet.
 */
export function readDottedMessage(
  connection: ClientConnection,
  limit: number,
): IncomingMessage & { readonly ended: boolean } {
  const decoder = new DataDecoder()
  const pace = new Pace(connection)
  let size = 0
  let ended = false

  async function* read(): AsyncGenerator<Buffer> {
    while (!ended) {
      const { output, rest } = decoder.decode(await pace.read(pieceSize, size))
      size += output.length
      if (size > limit * discardFactor) throw new Farewell(552, '3.4', 'Message too large')
      if (rest !== null) {
        connection.unread(rest)
        ended = true
      }
      if (output.length > 0 && size <= limit && decoder.violation === null) yield output
    }
    if (decoder.violation !== null) throw new SmtpError(550, '6.0', decoder.violation)
    if (size > limit) throw new SmtpError(552, '3.4', `Message larger than ${limit} octets`)
  }

  return {
    [Symbol.asyncIterator]: read,
    get size() {
      return size
    },
    get ended() {
      return ended
    },
  }
}

/** Reads of a client that owes a message: the idle time in which it must begin, and a pace that it must keep. */
export class Pace {
  private readonly startedAt = performance.now()
  private readonly idleTimeoutMs: number

  constructor(private readonly connection: ClientConnection) {
    this.idleTimeoutMs = connection.idleTimeoutMs
  }

  /** Of a message that has brought so many octets: how long the next one may take; none is left where this is not above 0. */
  leftMs(received: number): number {
    return this.startedAt + this.idleTimeoutMs + received / slowestOctetsPerMs - performance.now()
  }

  /** `received`: octets so far. */
  async read(most: number, received: number): Promise<Buffer> {
    const { connection, idleTimeoutMs } = this
    connection.idleTimeoutMs = Math.min(idleTimeoutMs, Math.max(this.leftMs(received), 0))
    try {
      const piece = await connection.readChunk(most)
      if (piece === null) throw new ConnectionClosedError('the client left in the middle of a message')
      return piece
    } finally {
      connection.idleTimeoutMs = idleTimeoutMs
    }
  }
}
