/**
 * A message as it goes over the wire after DATA (RFC 5321 section 4.5.2), piece by piece. Lines end in CRLF whatever the source has,
 * since a bare CR or LF is a line end to some hosts and none to others, and that is what smuggling lives on.
 */
const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

export class DotStuffing {
  private afterCr = false
  private lineStart = true

  piece(input: Uint8Array): Buffer {
    // One octet makes two at most, and a CR may wait from the piece before.
    const output = Buffer.allocUnsafe(2 * input.length + 2)
    let length = 0
    const endLine = (): void => {
      output[length++] = CR
      output[length++] = LF
      this.lineStart = true
    }
    for (let index = 0; index < input.length; index++) {
      const octet = input[index]!
      if (this.afterCr) {
        this.afterCr = false
        endLine()
        if (octet === LF) continue
      }
      if (octet === CR) this.afterCr = true
      else if (octet === LF) endLine()
      else {
        if (this.lineStart && octet === DOT) output[length++] = DOT
        output[length++] = octet
        this.lineStart = false
      }
    }
    return output.subarray(0, length)
  }

  /** The end of the last line, if it has none, and of the message. */
  end(): Buffer {
    const open = this.afterCr || !this.lineStart
    return Buffer.from(open ? '\r\n.\r\n' : '.\r\n')
  }
}
