/** Opens the octets of one message wherever they are. */
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentReader } from '../mail-store.js'
import { segmentName } from '../shard/layout.js'
import type { Shard } from '../shard/shard.js'
import { createContentReader, fileSource, memorySource } from './content-reader.js'

/** Compaction may move a content between the look-up and the opening of its file: then its new place is read. */
const attempts = 4

export async function openContent(
  shard: Pick<Shard, 'reader' | 'folder'>,
  mailbox: number,
  uid: number,
): Promise<ContentReader | null> {
  for (let attempt = 1; ; attempt++) {
    const place = shard.reader.place(mailbox, uid)
    if (!place) return null
    const prefix = place.prefix ?? Buffer.alloc(0)
    const name = place.file ?? (place.segment === null ? null : segmentName(place.segment))
    if (name === null) return createContentReader(memorySource(place.octets ?? Buffer.alloc(0)), place, prefix)
    let handle: FileHandle
    try {
      handle = await open(join(shard.folder, name), 'r')
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT' && attempt < attempts) continue
      throw error
    }
    return createContentReader(fileSource(handle, place.position ?? 0), place, prefix)
  }
}
