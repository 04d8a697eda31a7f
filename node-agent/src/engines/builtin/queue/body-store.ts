/**
 * The octets of queued messages: small ones inside SQLite, large ones in files that are fsynced, with their folder, before the row
 * that names them is committed. A digest tells damage before anything is sent.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { syncFolder } from '../../../durable/folder-sync.js'
import type { MessageContent } from '../message/message-content.js'
import type { EntryRow } from './queue-operations.js'

const maxInline = 64 * 1024

export interface KeptBody {
  body: Uint8Array | null
  bodyFile: string | null
  digest: string
}

export class DamagedBodyError extends Error {
  override name = 'DamagedBodyError'
}

/** Opened anew for each attempt. */
export type BodySource = () => Readable | Buffer

export class BodyStore {
  constructor(private readonly folder: string) {}

  /** Removes what no row names: the remains of an enqueue that a crash cut short. */
  async prepare(known: Set<string>): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.folder)) if (!known.has(name)) await this.remove(name)
  }

  async keep(content: MessageContent): Promise<KeptBody> {
    if ('buffer' in content && content.size <= maxInline) {
      // A copy: the message must not hold on to a pooled buffer that is larger than itself.
      return { body: new Uint8Array(content.buffer), bodyFile: null, digest: digestOf(content.buffer) }
    }
    const bodyFile = randomUUID()
    try {
      return { body: null, bodyFile, digest: await this.write(bodyFile, content) }
    } catch (error) {
      await this.remove(bodyFile)
      throw error
    }
  }

  /** Rejects with `DamagedBodyError` when the octets are not those that were taken. */
  async load(entry: EntryRow): Promise<BodySource> {
    const { body, body_file: name, digest, size } = entry
    if (body !== null) {
      if (body.length !== size || digestOf(body) !== digest)
        throw new DamagedBodyError('the message has changed in the database')
      return () => body
    }
    const path = join(this.folder, name ?? '')
    const hash = createHash('sha256')
    let length = 0
    try {
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        length += chunk.length
      }
    } catch (error) {
      throw new DamagedBodyError('the file of the message cannot be read', { cause: error })
    }
    if (length !== size || hash.digest('hex') !== digest)
      throw new DamagedBodyError('the file of the message has changed')
    return () => createReadStream(path)
  }

  content({ body, body_file: name, size }: EntryRow): MessageContent {
    return body === null ? { size, path: join(this.folder, name ?? '') } : { size, buffer: body }
  }

  /** Does not reject: a file that stays is found at the next start. */
  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true }).catch(() => undefined)
  }

  private async write(name: string, content: MessageContent): Promise<string> {
    const hash = createHash('sha256')
    const file = await open(join(this.folder, name), 'wx', 0o600)
    try {
      const chunks = 'buffer' in content ? [content.buffer] : (createReadStream(content.path) as AsyncIterable<Buffer>)
      for await (const chunk of chunks) {
        hash.update(chunk)
        await file.writeFile(chunk)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(this.folder)
    return hash.digest('hex')
  }
}

const digestOf = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')
