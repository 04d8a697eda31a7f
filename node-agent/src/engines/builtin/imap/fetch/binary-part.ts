/**
 * BINARY and BINARY.SIZE (RFC 3516): a part without its content transfer encoding. Multiparts and messages have none, and the
 * parts within them stay as they are.
 */
import type { OctetSource, Range } from '../../message/index.js'
import { no } from '../errors.js'
import type { ResponseWriter } from '../codec/response-writer.js'
import type { PartialRange } from './fetch-items.js'
import type { SectionFinder } from './section-source.js'
import { isIdentity, transferDecoder } from './transfer-decoder.js'

const chunkSize = 64 * 1024

export interface BinaryPart {
  range: Range
  encoding: string
  /** Octets after decoding. */
  size: number
}

/** Null where the message has no such part. Decodes it once, since its size goes before it. */
export async function findBinaryPart(finder: SectionFinder, path: number[]): Promise<BinaryPart | null> {
  const { reader } = finder
  if (path.length === 0) return { range: { start: 0, end: reader.size }, encoding: '', size: reader.size }
  const part = await finder.part(path)
  if (!part) return null
  const range = part.body
  const encoding = part.children.length > 0 || part.message ? '' : part.encoding
  if (!transferDecoder(encoding)) throw no('UNKNOWN-CTE', 'The encoding of that part is not known')
  if (isIdentity(encoding)) return { range, encoding, size: range.end - range.start }
  let size = 0
  for await (const { length } of decodedChunks(reader, range, encoding)) size += length
  return { range, encoding, size }
}

async function* decodedChunks(source: OctetSource, { start, end }: Range, encoding: string): AsyncGenerator<Buffer> {
  const decode = transferDecoder(encoding)!
  for (let at = start; at < end;) {
    const octets = await source.read(at, Math.min(chunkSize, end - at))
    if (octets.length === 0) throw new Error('the message ended early')
    at += octets.length
    yield decode(octets)
  }
  yield decode(null)
}

/** As a literal8, which may hold NUL. */
export async function writeBinary(
  out: ResponseWriter,
  source: OctetSource,
  { range, encoding, size }: BinaryPart,
  partial: PartialRange,
): Promise<void> {
  let skip = partial ? Math.min(partial.offset, size) : 0
  let left = partial ? Math.min(partial.length, size - skip) : size
  out.write(`~{${left}}\r\n`)
  for await (const chunk of decodedChunks(source, range, encoding)) {
    const octets = chunk.subarray(skip, skip + left)
    skip -= Math.min(skip, chunk.length)
    left -= octets.length
    out.octets(octets)
    await out.drain()
    if (left === 0) break
  }
  if (left > 0) throw new Error('the part ended early')
}
