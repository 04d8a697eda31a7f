/** A real store in a temporary folder, for tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageContent, MessageSummary } from '../../message/message-content.js'
import { openMailStore, type ContentReader, type MailStoreOptions, type OpenedMailStore } from '../index.js'

/** A summary that tells its content apart without parsing: what the store keeps, not what a message means. */
export const summarize = async (content: MessageContent): Promise<MessageSummary> => ({
  envelope: Buffer.from(`("${content.size}")`),
  body: Buffer.from('("TEXT")'),
  bodyStructure: Buffer.from('("TEXT" NIL)'),
  headerSize: 10,
  messageId: `m${content.size}@example.com`,
  subject: 'subject',
  from: 'from@example.com',
  to: 'to@example.com',
  cc: '',
  sentAt: null,
})

export const bufferContent = (octets: Buffer | string): MessageContent => {
  const buffer = Buffer.from(octets)
  return { size: buffer.length, buffer }
}

export const readAll = async (reader: ContentReader | null): Promise<Buffer> => {
  if (!reader) throw new Error('the message is gone')
  try {
    return await reader.read(0, reader.size)
  } finally {
    await reader.close()
  }
}

export const temporaryFolder = async (): Promise<{ path: string; remove(): Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'mailfleet-store-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export const openTestStore = (dataDir: string, options: Partial<MailStoreOptions> = {}): Promise<OpenedMailStore> =>
  openMailStore({
    dataDir,
    summarize,
    quotaOf: () => null,
    accountExists: () => true,
    shards: 2,
    purgeAfterDays: () => 30,
    ...options,
  })
