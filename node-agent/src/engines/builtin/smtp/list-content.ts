/** A message as it leaves for a group's members elsewhere: the group's fields in front, the rest untouched. */
import { createReadStream } from 'node:fs'
import type { GroupResource } from '@mailfleet/schema'
import { listFields } from '../groups/index.js'
import type { MessageContent } from '../message/message-content.js'
import { ContentSpool } from './content-spool.js'

export async function withContentFor(
  list: GroupResource | null,
  content: MessageContent,
  folder: string,
  send: (content: MessageContent) => Promise<void>,
): Promise<void> {
  if (list === null) return send(content)
  const spool = new ContentSpool(folder)
  try {
    await spool.write(listFields(list))
    if ('buffer' in content) await spool.write(content.buffer)
    else for await (const chunk of createReadStream(content.path)) await spool.write(chunk as Buffer)
    await send(await spool.finish())
  } finally {
    await spool.discard()
  }
}
