/**
 * The octets of one message while they come in: in memory while few, then in a temporary file. The file is no one's promise: it is
 * removed when the transaction ends, and at the next start if we were killed meanwhile.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageContent } from '../message/message-content.js'
import { maxContentInMemory } from '../message/message-content.js'

const prefix = 'incoming-'

/** Makes the folder; removes what a killed process left in it. */
export async function prepareSpoolFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) if (name.startsWith(prefix)) await rm(join(folder, name), { force: true })
}

export class ContentSpool {
  private chunks: Buffer[] = []
  private size = 0
  private file: FileHandle | null = null
  private path: string | null = null

  constructor(private readonly folder: string) {}

  async write(chunk: Buffer): Promise<void> {
    this.size += chunk.length
    if (this.file === null) {
      this.chunks.push(chunk)
      if (this.size > maxContentInMemory) await this.moveToFile()
    } else {
      await writeAll(this.file, [chunk])
    }
  }

  /** In the place of the first octets that were written. */
  async replaceHead(octets: Buffer): Promise<void> {
    if (this.file !== null) return writeAll(this.file, [octets], 0)
    let [first] = this.chunks
    if (first === undefined || first.length < octets.length) this.chunks = [(first = Buffer.concat(this.chunks))]
    octets.copy(first)
  }

  async finish(): Promise<MessageContent> {
    if (this.file === null) return { size: this.size, buffer: Buffer.concat(this.chunks, this.size) }
    await this.file.close()
    this.file = null
    return { size: this.size, path: this.path! }
  }

  /** Whatever happened: leaves nothing behind. Does not reject. */
  async discard(): Promise<void> {
    this.chunks = []
    await this.file?.close().catch(() => undefined)
    this.file = null
    if (this.path !== null) await rm(this.path, { force: true }).catch(() => undefined)
  }

  private async moveToFile(): Promise<void> {
    this.path = join(this.folder, `${prefix}${randomUUID()}`)
    this.file = await open(this.path, 'wx', 0o600)
    const { chunks } = this
    this.chunks = []
    await writeAll(this.file, chunks)
  }
}

/** At `position`, or where the file ends. */
async function writeAll(file: FileHandle, chunks: Buffer[], position: number | null = null): Promise<void> {
  for (const chunk of chunks) {
    for (let done = 0; done < chunk.length;) {
      const at = position === null ? null : position + done
      done += (await file.write(chunk, done, chunk.length - done, at)).bytesWritten
    }
  }
}
