/**
 * Decodes the octets of DATA piece by piece (RFC 5321 section 4.5.2): removes dot-stuffing and finds the end, whichever way the
 * network cut them. At most two octets wait between pieces.
 */
const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e

export interface Decoded {
  output: Buffer
  /** What follows the end of the message; null before the end. */
  rest: Buffer | null
}

export class DataDecoder {
  /** Why the message must not exist; found at any point before its end. */
  violation: string | null = null
  private held: Buffer | null = null
  private atLineStart = true

  decode(piece: Buffer): Decoded {
    const input = this.held === null ? piece : Buffer.concat([this.held, piece])
    this.held = null
    const output = Buffer.allocUnsafe(input.length)
    let length = 0
    let position = 0
    let end = -1
    while (position < input.length) {
      const lf = input.indexOf(LF, position)
      if (lf < 0) {
        const stop = this.hold(input, position)
        this.checkCarriageReturns(input, position, stop)
        length += this.copyLine(input, position, stop, output, length)
        this.atLineStart &&= stop === position
        break
      }
      const proper = lf > position && input[lf - 1] === CR
      if (!proper) this.violation ??= 'Bare LF in the message'
      this.checkCarriageReturns(input, position, proper ? lf - 1 : lf)
      if (this.atLineStart && proper && lf === position + 2 && input[position] === DOT) {
        end = lf + 1
        break
      }
      length += this.copyLine(input, position, lf + 1, output, length)
      position = lf + 1
      // After a bare LF no line begins for us, though it does for a careless server: that is what smuggling lives on.
      this.atLineStart = proper
    }
    const decoded = output.subarray(0, length)
    if (decoded.includes(0)) this.violation ??= 'NUL in the message'
    return { output: decoded, rest: end < 0 ? null : input.subarray(end) }
  }

  /** Copies one line, or a part of it, without its stuffed dot. */
  private copyLine(input: Buffer, start: number, stop: number, output: Buffer, at: number): number {
    const from = this.atLineStart && start < stop && input[start] === DOT ? start + 1 : start
    return input.copy(output, at, from, stop)
  }

  /** Keeps back what cannot be judged yet: a CR at the end, a dot or dot and CR at the start of a line. */
  private hold(input: Buffer, position: number): number {
    let stop = input.length
    if (input[stop - 1] === CR) stop--
    if (this.atLineStart && stop === position + 1 && input[position] === DOT) stop = position
    if (stop < input.length) this.held = Buffer.from(input.subarray(stop))
    return stop
  }

  private checkCarriageReturns(input: Buffer, start: number, stop: number): void {
    if (this.violation !== null) return
    const cr = input.indexOf(CR, start)
    if (cr >= 0 && cr < stop) this.violation ??= 'Bare CR in the message'
  }
}
