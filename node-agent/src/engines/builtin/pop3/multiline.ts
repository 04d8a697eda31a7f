/**
 * The wire form of a multi-line response (RFC 1939 section 3): a line that begins with a dot gets another one, and all ends in
 * a line of one dot. A lone LF, which some stored messages have, becomes CRLF: no client then sees an end that is none.
 */
const cr = 0x0d
const lf = 0x0a
const dot = 0x2e
const dotOctet = Buffer.from('.')
const crOctet = Buffer.from('\r')

export async function* multiline(body: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let last = lf
  for await (const chunk of body) {
    if (chunk.length === 0) continue
    yield stuff(chunk, last)
    last = chunk[chunk.length - 1]!
  }
  yield Buffer.from(last === lf ? '.\r\n' : '\r\n.\r\n')
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
