/** Brings a message's octets to the form in which a shard's writer takes them. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageContent, MessageSummary } from '../../message/message-content.js'
import type { IncomingContent } from '../shard/protocol.js'
import { writeLargeFile } from './large-file.js'

export interface PreparedContent {
  incoming: IncomingContent
  /** Buffers that go over to the writer's thread. */
  transfer: ArrayBuffer[]
  /** Removes what was written, for when no message came to refer to it. */
  discard(): Promise<void>
}

export async function prepareContent(
  folder: string,
  content: MessageContent,
  summary: MessageSummary,
): Promise<PreparedContent> {
  if ('buffer' in content) {
    // A copy of its own: the buffer may be part of a larger one, and the caller keeps it.
    const octets = new Uint8Array(content.buffer)
    return {
      incoming: { octets, size: octets.length, summary },
      transfer: [octets.buffer],
      discard: async () => undefined,
    }
  }
  const large = await writeLargeFile(folder, content.path, content.size)
  return {
    incoming: { ...large, summary },
    transfer: [],
    discard: () => rm(join(folder, large.file), { force: true }),
  }
}
