/** The frames of schema/node.graphql, and their size limit. */
import type { ConfigEntry } from './entries.js'

export const maxFrameBytes = 256 * 1024

export type ConfigFrame =
  | { type: 'SnapshotBegin'; nonce: string; epoch: string; revision: number }
  | { type: 'SnapshotChunk'; nonce: string; entries: ConfigEntry[] }
  | { type: 'SnapshotEnd'; nonce: string; epoch: string; revision: number }
  | { type: 'Delta'; nonce: string; revision: number; entries: ConfigEntry[] }
  | { type: 'Bookmark'; revision: number }
  | { type: 'Resync'; reason: string }

/** The entry's share of a frame as it goes over the wire: the resource is JSON text within JSON. */
const wireBytes = (entry: ConfigEntry): number =>
  Buffer.byteLength(JSON.stringify(entry.resource)) + Buffer.byteLength(entry.key) + 64

/** Cuts entries into groups of at most `maxFrameBytes`, in order. One entry alone is never cut. */
export function* groupBySize<T extends ConfigEntry>(entries: readonly T[], maxBytes = maxFrameBytes): Generator<T[]> {
  let group: T[] = []
  let bytes = 0
  for (const entry of entries) {
    const size = wireBytes(entry)
    if (group.length > 0 && bytes + size > maxBytes) {
      yield group
      group = []
      bytes = 0
    }
    group.push(entry)
    bytes += size
  }
  if (group.length > 0) yield group
}
