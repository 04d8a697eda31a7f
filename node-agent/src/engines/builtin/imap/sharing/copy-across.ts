/**
 * COPY and MOVE between accounts. Messages are read and appended anew, a batch at a time, and taken back where a later batch
 * fails, so that all are there or none (RFC 3501 section 6.4.7). A move removes its source last: a crash between leaves both.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { maxContentInMemory, type MessageContent } from '../../message/message-content.js'
import type { AppendMessage, ContentReader, MailStore } from '../../store/mail-store.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import { giveWay } from '../stored-messages.js'
import type { Accessible } from './accessible-mailboxes.js'
import { permittedFlags } from './rights.js'

const batchSize = 50
const chunkSize = 256 * 1024

type Copied = Awaited<ReturnType<MailStore['copy']>>

export async function copyAcross(
  session: Session,
  selected: SelectedMailbox,
  uids: readonly number[],
  target: Accessible,
  move: boolean,
): Promise<Copied> {
  const { store } = session.context
  const copied: Copied = { uidValidity: target.info.uidValidity, from: [], to: [] }
  try {
    for (let start = 0; start < uids.length; start += batchSize) {
      await copyBatch(session, selected, uids.slice(start, start + batchSize), target, copied)
      await giveWay(session)
    }
  } catch (error) {
    if (copied.to.length > 0) await store.expunge(target.info.id, copied.to, true)
    throw error
  }
  if (move && copied.from.length > 0) await store.expunge(selected.info.id, copied.from, true)
  return copied
}

async function copyBatch(
  { context }: Session,
  selected: SelectedMailbox,
  uids: number[],
  target: Accessible,
  copied: Copied,
): Promise<void> {
  const { store, spoolDirectory } = context
  const files: string[] = []
  let room = maxContentInMemory
  const messages: AppendMessage[] = []
  const from: number[] = []
  try {
    for (const { uid, size, receivedAt } of await store.messages(selected.info.id, uids)) {
      const reader = await store.open(selected.info.id, uid)
      if (!reader) continue
      try {
        const path = size > room ? join(spoolDirectory, `copy-${randomUUID()}`) : null
        if (path) files.push(path)
        else room -= size
        const flags = permittedFlags(selected.flags[selected.indexOf(uid)]!, target.rights)
        messages.push({ content: await contentOf(reader, path), flags, receivedAt })
        from.push(uid)
      } finally {
        await reader.close()
      }
    }
    if (messages.length === 0) return
    const { uids: to } = await store.append(target.info.id, messages)
    copied.from.push(...from)
    copied.to.push(...to)
  } finally {
    for (const path of files) await rm(path, { force: true })
  }
}

async function contentOf(reader: ContentReader, path: string | null): Promise<MessageContent> {
  const { size } = reader
  if (path === null) return { size, buffer: Buffer.concat(await chunksOf(reader)) }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  for (let at = 0; at < size;) {
    const chunk = await readChunk(reader, at)
    at += chunk.length
    if (!file.write(chunk))
      await new Promise<void>((resolve) => file.once('drain', () => resolve()).once('error', () => resolve()))
    if (file.errored) break
  }
  file.end()
  await finished(file)
  return { size, path }
}

async function chunksOf(reader: ContentReader): Promise<Buffer[]> {
  const chunks: Buffer[] = []
  for (let at = 0; at < reader.size; at += chunks.at(-1)!.length) chunks.push(await readChunk(reader, at))
  return chunks
}

async function readChunk(reader: ContentReader, at: number): Promise<Buffer> {
  const chunk = await reader.read(at, Math.min(chunkSize, reader.size - at))
  if (chunk.length === 0) throw new Error('the message ended early')
  return chunk
}
