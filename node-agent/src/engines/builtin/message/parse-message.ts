/** Parses what is in memory at once, and what is not in chunks, between which other work goes on. */
import { MimeParser } from './mime-parser.js'
import type { MimePart } from './mime-part.js'

/** The store's ContentReader is one. */
export interface OctetSource {
  readonly size: number
  read(offset: number, length: number): Promise<Buffer>
}

/** A few milliseconds of work. */
const chunkSize = 256 * 1024

export function parseMessage(octets: Buffer): MimePart {
  const parser = new MimeParser()
  parser.push(octets)
  return parser.end()
}

export async function parseSource(source: OctetSource): Promise<MimePart> {
  const parser = new MimeParser()
  for (let offset = 0; offset < source.size;) {
    const chunk = await source.read(offset, Math.min(chunkSize, source.size - offset))
    if (chunk.length === 0) break
    parser.push(chunk)
    offset += chunk.length
  }
  return parser.end()
}

export const bufferSource = (octets: Buffer): OctetSource => ({
  size: octets.length,
  read: (offset, length) => Promise.resolve(octets.subarray(offset, offset + length)),
})
