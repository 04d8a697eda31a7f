/** A disk that really is full: a small tmpfs, which only root can mount. */
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OpenedMailStore } from './index.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore | null = null
let mounted = false

beforeEach(async () => {
  folder = await temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder.path], { stdio: 'ignore' })
    mounted = true
  } catch {
    mounted = false
  }
})
afterEach(async () => {
  await store?.close()
  if (mounted) execFileSync('umount', [folder.path])
  await folder.remove()
})

test.for([
  ['database', 3_000],
  ['segments', 100_000],
  ['large files', 300_000],
] as const)(
  'when %s fill the disk, deliveries fail, reading goes on, and room makes them work again',
  async ([_, size], { skip }) => {
    if (!mounted) skip('needs the right to mount')
    store = await openTestStore(folder.path, { shards: 1 })
    const octets = Buffer.alloc(size, 'x')
    const spool = join(tmpdir(), `mailfleet-full-disk-${process.pid}`)
    writeFileSync(spool, octets)
    const content = size > 256 * 1024 ? { size, path: spool } : bufferContent(octets)
    try {
      const reserve = join(folder.path, 'reserve')
      writeFileSync(reserve, Buffer.alloc(3 * 1024 * 1024))
      let stored = 0
      let failure = null
      while (failure === null && stored < 10_000) {
        ;[failure = null] = await store.deliver(content, [{ accountId: 'a' }])
        if (failure === null) stored++
      }
      expect(failure).toMatchObject({ name: 'StoreError', code: 'UNAVAILABLE' })
      const inbox = (await store.mailbox('a', 'INBOX'))!
      expect((await store.status(inbox.id)).messages).toBe(stored)
      expect((await readAll(await store.open(inbox.id, stored))).equals(octets)).toBe(true)
      rmSync(reserve)
      expect(await store.deliver(content, [{ accountId: 'a' }])).toEqual([null])
      expect((await store.snapshot(inbox.id)).uids).toHaveLength(stored + 1)
    } finally {
      rmSync(spool)
    }
  },
)
