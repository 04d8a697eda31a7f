/**
 * The wire side of a session: lines in command mode, the message in data mode. Replaces smtp-server's parser, which takes LF alone
 * as a line end and lets bare CR, LF and NUL into messages.
 *
 * Invariants: only CRLF ends a line and only CRLF.CRLF ends the data (RFC 5321 section 2.3.8 and 4.1.1.4), so that we and any other
 * server agree where a message ends; a message with a bare CR, a bare LF or a NUL is read to its end and never handed on; nothing
 * is buffered beyond one command line; dot-stuffing costs no turn of the event loop.
 */
import type { SMTPServerDataStream } from 'smtp-server'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import { DataDecoder } from './data-decoder.js'
import { SmtpError } from './smtp-error.js'

/** RFC 4954 section 4.3: an AUTH response may be 12,288 octets long. Every other command is far shorter. */
const maxCommandLength = 12_288
/** Lines that run before other connections get their turn. */
const maxLinesPerTurn = 100
/** A client that does not stop long after the limit is cut off. */
const discardFactor = 16

const LF = 0x0a
const CR = 0x0d

type Done = (error?: Error | null) => void

export class CommandStream extends SMTPStream {
  /** A line that breaks the protocol: not ended by CRLF, or with CR or NUL in it. */
  onbadline: (next: () => void) => void = (next) => next()
  private partial: Buffer | null = null
  private decoder: DataDecoder | null = null
  private limit = Infinity

  override startDataMode(maxBytes?: number | string | null): SMTPServerDataStream {
    this.decoder = new DataDecoder()
    this.limit = Number(maxBytes) || Infinity
    return super.startDataMode(maxBytes)
  }

  override _write(chunk: Buffer, _encoding: string, next: Done): void {
    if (this.isClosed || chunk.length === 0) return next()
    if (this._dataMode) return this.data(chunk, next)
    const input = this.partial === null ? chunk : Buffer.concat([this.partial, chunk])
    this.partial = null
    this.lines(input, next)
  }

  /** The rest of a line at the end of the connection is no command. */
  override _flushData(): void {}

  private lines(input: Buffer, next: Done): void {
    let position = 0
    let run = 0
    let busy = false
    let again = false
    // A handler may call back at once or later: loop in the first case, so that pipelined commands do not deepen the stack.
    const step = (): void => {
      if (busy) {
        again = true
        return
      }
      busy = true
      do {
        again = false
        if (this.isClosed) return next()
        if (this._dataMode) return this._write(input.subarray(position), 'buffer', next)
        const end = input.indexOf(LF, position)
        if ((end < 0 ? input.length : end) - position > maxCommandLength) {
          return next(new SmtpError(500, '5.6', 'Line too long'))
        }
        if (end < 0) {
          if (position < input.length) this.partial = Buffer.from(input.subarray(position))
          return next()
        }
        const line = input.subarray(position, end)
        position = end + 1
        if (++run % maxLinesPerTurn === 0) {
          setImmediate(() => this.line(line, step))
          break
        }
        this.line(line, step)
      } while (again)
      busy = false
    }
    step()
  }

  private line(line: Buffer, next: () => void): void {
    const wellFormed = line.indexOf(CR) === line.length - 1 && line.length > 0 && !line.includes(0)
    if (wellFormed) this.oncommand(line.subarray(0, -1), next)
    else this.onbadline(next)
  }

  private data(chunk: Buffer, next: Done): void {
    const stream = this._dataStream!
    const { output, rest } = this.decoder!.decode(chunk)
    this._countDataBytes(output.length)
    if (this.dataBytes > this.limit * discardFactor) {
      return next(new SmtpError(552, '3.4', 'Message too large'))
    }
    const refused = this.dataBytes > this.limit || this.decoder!.violation !== null
    const room = refused || output.length === 0 || !stream.writable || stream.write(output)
    if (rest !== null) return this.endOfData(rest, next)
    if (room) return next()
    const resume = (): void => {
      stream.off('drain', resume)
      stream.off('close', resume)
      next()
    }
    stream.on('drain', resume)
    stream.on('close', resume)
  }

  private endOfData(rest: Buffer, next: Done): void {
    const { violation } = this.decoder!
    this.decoder = null
    let failure: SmtpError | null = null
    if (violation !== null) failure = new SmtpError(550, '6.0', violation)
    else if (this.dataBytes > this.limit)
      failure = new SmtpError(552, '3.4', `Message larger than ${this.limit} octets`)
    if (failure === null) return this._endDataMode(false, rest, next)
    // As `_endDataMode`, but the reader gets the failure instead of an end.
    const stream = this._dataStream!
    this._dataMode = false
    this._dataStream = null
    const resume = (): void => this._write(rest, 'buffer', next)
    const answered = this._continueCallback === true
    this._continueCallback = answered ? false : resume
    stream.destroy(failure)
    if (answered) resume()
  }
}
