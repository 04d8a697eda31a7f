/**
 * Checksums of a content, one per block, so that reading a part proves that part without reading the rest. They tell a
 * flipped bit, a torn write or another message's octets from what was stored.
 */
import { createHash } from 'node:crypto'

export const blockSize = 64 * 1024
const digestSize = 16

const digestOf = (block: Uint8Array): Buffer => createHash('sha256').update(block).digest().subarray(0, digestSize)

export function digestsOf(octets: Uint8Array): Buffer {
  if (octets.length <= blockSize) return digestOf(octets)
  const digests: Buffer[] = []
  for (let start = 0; start < octets.length; start += blockSize)
    digests.push(digestOf(octets.subarray(start, start + blockSize)))
  return Buffer.concat(digests)
}

export const blockMatches = (block: Uint8Array, index: number, digests: Buffer): boolean =>
  digestOf(block).equals(digests.subarray(index * digestSize, (index + 1) * digestSize))

/** Of the octets that one recipient's message begins with. */
export const prefixTagOf = (prefix: Uint8Array | null): number | null => prefix && tagOf(digestOf(prefix))

/** Kept in each message's row too: a damaged row that points to another content is noticed. Fits an exact integer. */
export const tagOf = (digests: Buffer): number => digests.readUIntBE(0, 6)
