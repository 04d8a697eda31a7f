/** A large content gets a file of its own, on disk before the transaction that refers to it, so that the writer never waits. */
import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../../../../durable/folder-sync.js'
import { largeFileName } from '../shard/layout.js'
import { blockSize, digestsOf } from './digests.js'

interface LargeFile {
  /** Relative to the shard's folder. */
  file: string
  size: number
  digests: Buffer
}

/** Copies `source`, which must have `size` octets. Leaves nothing behind when it fails. */
export async function writeLargeFile(folder: string, source: string, size: number): Promise<LargeFile> {
  const file = largeFileName(randomUUID())
  const path = join(folder, file)
  const from = await open(source, 'r')
  try {
    const to = await open(path, 'wx', 0o600)
    try {
      const digests: Buffer[] = []
      const buffer = Buffer.alloc(blockSize * 4)
      let copied = 0
      for (;;) {
        const { bytesRead } = await from.read(buffer, 0, buffer.length, copied)
        if (bytesRead === 0) break
        const whole = copied + bytesRead >= size ? bytesRead : bytesRead - (bytesRead % blockSize)
        if (whole === 0) throw new Error('the message file was read in parts too small')
        const block = buffer.subarray(0, whole)
        digests.push(digestsOf(block))
        let written = 0
        while (written < whole)
          written += (await to.write(block, written, whole - written, copied + written)).bytesWritten
        copied += whole
      }
      if (copied !== size) throw new Error(`the message file has ${copied} octets instead of ${size}`)
      await to.sync()
      await syncFolder(dirname(path))
      return { file, size, digests: Buffer.concat(digests) }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}
