/** What RETR and TOP send of a message, read in chunks, as the client takes them. */
import type { ContentReader } from '../store/mail-store.js'

const chunkSize = 64 * 1024
const lf = 0x0a
const cr = 0x0d

export async function* wholeMessage(reader: ContentReader): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < reader.size;) {
    const chunk = await reader.read(offset, Math.min(chunkSize, reader.size - offset))
    if (chunk.length === 0) throw new Error('the message is shorter than the store says')
    yield chunk
    offset += chunk.length
  }
}

/** The header, the empty line, and so many lines of the body. */
export async function* topOfMessage(reader: ContentReader, bodyLines: number): AsyncGenerator<Buffer> {
  let inBody = false
  let left = bodyLines
  /** Whether the line so far is empty, or has only CR. */
  let empty = true
  for await (const chunk of wholeMessage(reader)) {
    for (let at = 0; at < chunk.length; at += 1) {
      if (chunk[at] !== lf) {
        if (chunk[at] !== cr) empty = false
        continue
      }
      if (inBody) left -= 1
      else inBody = empty
      empty = true
      if (inBody && left <= 0) {
        yield chunk.subarray(0, at + 1)
        return
      }
    }
    yield chunk
  }
}
