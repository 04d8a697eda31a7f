/**
 * The wire form of a multi-line response (RFC 1939 section 3): a line that begins with a dot gets another one, and all ends in
 * a line of one dot. A lone LF, which some stored messages have, becomes CRLF: no client then sees an end that is none.
 */
const cr = 0x0d
const lf = 0x0a
const dot = 0x2e
const pieceOctets = 32 * 1024
const dotOctet = Buffer.from('.')
const crOctet = Buffer.from('\r')

/** The status line, the body and its end, in pieces to write: a short response is one piece, one TLS record, one packet. */
export async function* multiline(
  status: string,
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  let last = lf
  let waiting: Buffer[] = [Buffer.from(`${status}\r\n`)]
  let octets = 0
  for await (const chunk of body) {
    if (chunk.length === 0) continue
    if (octets >= pieceOctets) {
      yield Buffer.concat(waiting)
      waiting = []
      octets = 0
    }
    waiting.push(stuff(chunk, last))
    octets += chunk.length
    last = chunk[chunk.length - 1]!
  }
  waiting.push(Buffer.from(last === lf ? '.\r\n' : '\r\n.\r\n'))
  yield Buffer.concat(waiting)
}

/** `before`: the octet before the chunk; LF at the start. */
function stuff(chunk: Buffer, before: number): Buffer {
  const pieces: Buffer[] = []
  let from = 0
  let previous = before
  for (let at = 0; at < chunk.length; at += 1) {
    const octet = chunk[at]!
    const missing = octet === lf && previous !== cr ? crOctet : octet === dot && previous === lf ? dotOctet : null
    if (missing) {
      pieces.push(chunk.subarray(from, at), missing)
      from = at
    }
    previous = octet
  }
  return from === 0 && pieces.length === 0 ? chunk : Buffer.concat([...pieces, chunk.subarray(from)])
}
