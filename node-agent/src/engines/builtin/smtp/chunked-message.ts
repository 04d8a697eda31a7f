/**
 * A message that BDAT brings in several commands, as one stream for whoever keeps it. What DATA refuses is refused here too: by the time
 * that the message goes on to another host, nobody remembers how it came.
 */
import { PassThrough } from 'node:stream'
import { once } from 'node:events'
import type { IncomingMessage, Pace } from './dotted-message.js'
import { SmtpError } from './smtp-error.js'

const LF = 0x0a
const CR = 0x0d

export class ChunkedMessage implements IncomingMessage {
  size = 0
  private readonly octets = new PassThrough({ highWaterMark: 256 * 1024 })
  private readonly kept: Promise<string>
  private violation: string | null = null
  private last = LF

  /** `keep` begins at once, and answers with the reply. */
  constructor(
    private readonly limit: number,
    /** Of all chunks together, and of the time between them: however many there are, a message ends in its time. */
    readonly pace: Pace,
    keep: (message: IncomingMessage) => Promise<string>,
  ) {
    this.octets.on('error', () => undefined)
    this.kept = keep(this)
    // Whoever finishes the message hears of it.
    this.kept.catch(() => undefined)
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this.octets[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** Resolves when there is room for more. */
  async write(piece: Buffer): Promise<void> {
    this.check(piece)
    this.size += piece.length
    if (this.refusal || this.octets.destroyed || this.octets.write(piece)) return
    await Promise.race([once(this.octets, 'drain'), once(this.octets, 'close')]).catch(() => undefined)
  }

  /** Throws for what will be refused at the end, so that the client need not send it all. */
  requireSound(): void {
    if (this.refusal) throw this.refusal
  }

  /** The reply to the whole message. */
  async finish(): Promise<string> {
    if (this.last === CR) this.violation ??= 'Bare CR in the message'
    if (this.refusal) this.octets.destroy(this.refusal)
    // A message consists of lines, the last one too.
    else this.octets.end(this.last === LF ? undefined : '\r\n')
    return this.kept
  }

  /** The client has thought better of it, or has gone. */
  abort(): void {
    this.octets.destroy(new SmtpError(451, '3.0', 'The message did not come to its end'))
  }

  private get refusal(): SmtpError | null {
    if (this.violation !== null) return new SmtpError(550, '6.0', this.violation)
    return this.size > this.limit ? new SmtpError(552, '3.4', `Message larger than ${this.limit} octets`) : null
  }

  private check(piece: Buffer): void {
    if (this.violation !== null || piece.length === 0) return
    if (piece.includes(0)) this.violation = 'NUL in the message'
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1))
      if ((at > 0 ? piece[at - 1] : this.size > 0 ? this.last : 0) !== CR) return this.refuse('Bare LF in the message')
    for (let at = piece.indexOf(CR); at >= 0 && at < piece.length - 1; at = piece.indexOf(CR, at + 1))
      if (piece[at + 1] !== LF) return this.refuse('Bare CR in the message')
    if (this.size > 0 && this.last === CR && piece[0] !== LF) return this.refuse('Bare CR in the message')
    this.last = piece.at(-1)!
  }

  private refuse(violation: string): void {
    this.violation = violation
  }
}
