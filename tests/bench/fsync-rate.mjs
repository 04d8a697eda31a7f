/** What the disk does: append and fsync in one thread, a second long. It bounds everything durable. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export function fsyncRate(folder, size = 4096) {
  const file = join(folder, 'fsync')
  const descriptor = openSync(file, 'w')
  const block = Buffer.alloc(size, 1)
  const end = Date.now() + 1000
  let count = 0
  for (; Date.now() < end; count++) {
    writeSync(descriptor, block)
    fsyncSync(descriptor)
  }
  closeSync(descriptor)
  rmSync(file)
  return count
}
