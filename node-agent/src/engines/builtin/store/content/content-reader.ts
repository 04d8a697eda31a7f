/** Reads a message's octets: the recipient's prefix, then the content block by block, each block proved by its digest. */
import type { FileHandle } from 'node:fs/promises'
import { StoreError, type ContentReader } from '../mail-store.js'
import { storeErrorOf } from '../store-error.js'
import { blockMatches, blockSize } from './digests.js'

/** Octets at a position of the content. */
interface BlockSource {
  read(position: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

export const memorySource = (octets: Buffer): BlockSource => ({
  read: async (position, length) => octets.subarray(position, position + length),
  close: async () => undefined,
})

export const fileSource = (handle: FileHandle, start: number): BlockSource => ({
  async read(position, length) {
    const buffer = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, length - filled, start + position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  },
  close: () => handle.close(),
})

export function createContentReader(
  source: BlockSource,
  content: { size: number; digests: Buffer },
  prefix: Buffer,
): ContentReader {
  const size = prefix.length + content.size
  let cached: { index: number; block: Buffer } | null = null

  async function blockAt(index: number): Promise<Buffer> {
    if (cached?.index === index) return cached.block
    const position = index * blockSize
    const length = Math.min(blockSize, content.size - position)
    const block = await source.read(position, length).catch((error: unknown) => {
      throw storeErrorOf(error)
    })
    if (block.length !== length || !blockMatches(block, index, content.digests))
      throw new StoreError('UNAVAILABLE', 'the stored octets of the message are damaged')
    cached = { index, block }
    return block
  }

  return {
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size)
      const parts: Buffer[] = []
      if (offset < prefix.length) parts.push(prefix.subarray(offset, Math.min(end, prefix.length)))
      let position = Math.max(offset - prefix.length, 0)
      while (position + prefix.length < end) {
        const index = Math.floor(position / blockSize)
        const block = await blockAt(index)
        const from = position - index * blockSize
        const part = block.subarray(from, from + end - prefix.length - position)
        parts.push(part)
        position += part.length
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    },
    close: () => source.close(),
  }
}
