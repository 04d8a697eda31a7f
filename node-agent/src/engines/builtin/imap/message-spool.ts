/** Takes the message of an APPEND off the connection: into memory while small, into a file when large. */
import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageContent } from '../message/message-content.js'
import type { CommandInput } from './codec/command-reader.js'
import { no } from './errors.js'

const chunkSize = 64 * 1024

export interface SpooledMessage {
  content: MessageContent
  /** Which no message may hold (RFC 3501 section 9, CHAR8). */
  hasNul: boolean
}

/** What does not fit into `room` octets of memory goes into a file. */
export function receiveMessage(
  input: CommandInput,
  size: number,
  directory: string,
  room: number,
): Promise<SpooledMessage> {
  return size <= room ? intoMemory(input, size) : intoFile(input, size, directory)
}

async function intoMemory(input: CommandInput, size: number): Promise<SpooledMessage> {
  const buffer = await input.readExact(size)
  return { content: { size, buffer }, hasNul: buffer.includes(0) }
}

async function intoFile(input: CommandInput, size: number, directory: string): Promise<SpooledMessage> {
  const path = join(directory, `append-${randomUUID()}`)
  let failure: unknown = null
  let hasNul = false
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    failure = error
    return null
  })
  try {
    for (let left = size; left > 0;) {
      const chunk = await input.readChunk(Math.min(left, chunkSize))
      if (chunk === null) throw new Error('the connection ended within a message')
      left -= chunk.length
      hasNul ||= chunk.includes(0)
      // A full disk must not leave the rest of the literal to be read as commands.
      if (file && failure === null) await file.write(chunk).catch((error: unknown) => (failure = error))
    }
  } catch (error) {
    await file?.close()
    await rm(path, { force: true })
    throw error
  }
  await file?.close()
  if (failure === null) return { content: { size, path }, hasNul }
  await rm(path, { force: true })
  throw no('UNAVAILABLE', 'The message cannot be held now')
}

export async function discard(content: MessageContent): Promise<void> {
  if ('path' in content) await rm(content.path, { force: true })
}
