import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readOutbox } from '../../../durable/outbox-table.js'
import type { OpenedMailStore } from './index.js'
import { accountOf, octetsOf } from './test-support/numbered-messages.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore | null = null

const open = async (options: Parameters<typeof openTestStore>[1] = {}): Promise<OpenedMailStore> =>
  (store = await openTestStore(folder.path, options))
const close = async (): Promise<void> => {
  await store?.close()
  store = null
}
const inboxOf = async (accountId: string): Promise<number> => (await store!.mailbox(accountId, 'INBOX'))!.id
const shardFolders = () => readdirSync(folder.path).filter((name) => name.startsWith('shard-'))
const filesOf = async (kind: 'segments' | 'large') =>
  (await Promise.all(shardFolders().map((shard) => readdir(join(folder.path, shard, kind))))).flat()

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await close()
  await folder.remove()
})

describe('SIGKILL', () => {
  test(
    'every delivery that was answered is there, octet for octet, once, with its event',
    { timeout: 60_000 },
    async () => {
      const child = fileURLToPath(new URL('./test-support/deliver-child.ts', import.meta.url))
      const acknowledged = new Set<number>()
      for (let round = 0; round < 4; round++) {
        await new Promise<void>((resolve, reject) => {
          const running = spawn(process.execPath, ['--import', 'tsx', child, folder.path, String(1 + round * 100_000)])
          let output = ''
          let told = 0
          const enough = 1 + Math.floor(Math.random() * 200)
          running.stdout.on('data', (chunk: Buffer) => {
            output += chunk.toString()
            told += chunk.toString().split('\n').length - 1
            if (told >= enough) running.kill('SIGKILL')
          })
          running.stderr.on('data', (chunk: Buffer) => reject(new Error(chunk.toString())))
          running.on('close', () => {
            for (const line of output.split('\n').slice(0, -1)) acknowledged.add(Number(line))
            resolve()
          })
        })
      }

      const opened = await open()
      const found: number[] = []
      for (let account = 0; account < 7; account++) {
        const inbox = await inboxOf(accountOf(account))
        const { uids } = await opened.snapshot(inbox)
        expect(uids).toEqual(uids.map((_, index) => index + 1))
        for (const { uid, receivedAt: number, size } of await opened.messages(inbox, uids)) {
          const octets = await readAll(await opened.open(inbox, uid))
          expect(size).toBe(octets.length)
          expect(octets.equals(octetsOf(number))).toBe(true)
          found.push(number)
        }
      }
      expect(new Set(found).size).toBe(found.length)
      expect([...acknowledged].filter((number) => !found.includes(number))).toEqual([])

      const told = opened.writers.flatMap(({ path }) => {
        const db = new Database(path, { readonly: true })
        const rows = readOutbox(db, 0, 1_000_000)
        db.close()
        expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1))
        return rows.map(({ body }) => (JSON.parse(body) as { at: number }).at)
      })
      expect(told.sort((a, b) => a - b)).toEqual(found.sort((a, b) => a - b))
    },
  )
})

describe('damage', () => {
  const flip = (path: string, at: number): void => {
    const octets = readFileSync(path)
    octets[at]! ^= 1
    writeFileSync(path, octets)
  }

  test.each(['segments', 'large'] as const)('a flipped bit in %s is an error, not other octets', async (kind) => {
    const opened = await open({ shards: 1 })
    const octets = octetsOf(kind === 'large' ? 20 : 4)
    const path = join(folder.path, 'incoming')
    writeFileSync(path, octets)
    const content = kind === 'large' ? { size: octets.length, path } : bufferContent(octets)
    await opened.deliver(content, [{ accountId: 'a' }])
    const inbox = await inboxOf('a')
    const [name] = await filesOf(kind)
    flip(join(folder.path, 'shard-00', kind, name!), 70_000)
    const reader = (await opened.open(inbox, 1))!
    expect((await reader.read(0, 65_536)).equals(octets.subarray(0, 65_536))).toBe(true)
    await expect(reader.read(65_536, 10)).rejects.toMatchObject({ name: 'StoreError', code: 'UNAVAILABLE' })
    await reader.close()
  })

  test('a segment that lost its end is an error for what was there', async () => {
    const opened = await open({ shards: 1 })
    await opened.deliver(bufferContent(octetsOf(3)), [{ accountId: 'a' }])
    await opened.deliver(bufferContent(octetsOf(4)), [{ accountId: 'a' }])
    const path = join(folder.path, 'shard-00', 'segments', (await filesOf('segments'))[0]!)
    writeFileSync(path, (await readFile(path)).subarray(0, 41_000))
    const inbox = await inboxOf('a')
    expect((await readAll(await opened.open(inbox, 1))).equals(octetsOf(3))).toBe(true)
    await expect(opened.open(inbox, 2).then(readAll)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('an index that cannot be read closes its part of the store alone, and is told of', async () => {
    const opened = await open({ shards: 2 })
    const accounts = ['a', 'b', 'c', 'd', 'e', 'f']
    const all = accounts.map((accountId) => ({ accountId }))
    await opened.deliver(bufferContent('hello'), all)
    await close()
    const path = join(folder.path, 'shard-01', 'index.db')
    const pages = readFileSync(path)
    const damaged = Buffer.concat([pages.subarray(0, 100), Buffer.alloc(pages.length - 100, 0xff)])
    writeFileSync(path, damaged)

    const again = await open()
    expect(again.writers).toHaveLength(1)
    expect(again.problems()).toEqual([expect.stringMatching(/^part 1 of the mail store cannot be opened: .*malformed/)])
    const there = new Set((await again.accounts()).map(({ id }) => id))
    expect(there.size).toBeGreaterThan(0)
    expect(there.size).toBeLessThan(accounts.length)
    const outcomes = await again.deliver(bufferContent('hello again'), all)
    for (const [index, accountId] of accounts.entries()) {
      if (there.has(accountId)) expect(outcomes[index]).toBeNull()
      else expect(outcomes[index]).toMatchObject({ code: 'UNAVAILABLE' })
      const mailboxes = again.mailboxes(accountId)
      if (there.has(accountId)) expect((await mailboxes).length).toBeGreaterThan(0)
      else await expect(mailboxes).rejects.toMatchObject({ name: 'StoreError', code: 'UNAVAILABLE' })
    }
    // Left as it is, for a repair.
    expect(readFileSync(path).equals(damaged)).toBe(true)
  })

  test('damage that is met while serving fails what it concerns, and is told of', async () => {
    const opened = await open({ shards: 1 })
    for (let n = 0; n < 200; n++) await opened.deliver(bufferContent(`${n} ${'x'.repeat(900)}`), [{ accountId: 'a' }])
    await close()
    const path = join(folder.path, 'shard-00', 'index.db')
    const db = new Database(path)
    const page = db
      .prepare("SELECT pageno FROM dbstat WHERE name = 'bodies' AND pagetype = 'leaf' LIMIT 1")
      .pluck()
      .get()
    db.close()
    const pages = readFileSync(path)
    pages.fill(0xff, 4096 * ((page as number) - 1), 4096 * (page as number))
    writeFileSync(path, pages)

    const again = await open()
    expect(again.problems()).toEqual([])
    const inbox = await inboxOf('a')
    const results = await Promise.allSettled((await again.snapshot(inbox)).uids.map((uid) => again.open(inbox, uid)))
    const failed = results.filter(({ status }) => status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThan(10)
    expect(again.problems()).toEqual([expect.stringMatching(/^the mail store is damaged: .*malformed/)])
  })

  test('index rows that point to another content are noticed', async () => {
    await open({ shards: 1 })
    await store!.deliver(bufferContent('one'), [{ accountId: 'a' }])
    await store!.deliver(bufferContent('two'), [{ accountId: 'b' }])
    await close()
    const db = new Database(join(folder.path, 'shard-00', 'index.db'))
    db.exec('UPDATE messages SET content = 3 - content')
    db.close()
    const opened = await open({ shards: 1 })
    const inbox = await inboxOf('a')
    await expect(opened.open(inbox, 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(opened.messages(inbox, [1])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

test('a second store on the folder is refused, and the first one goes on', async () => {
  const opened = await open()
  await expect(openTestStore(folder.path)).rejects.toThrow(/another process uses/)
  expect(await opened.deliver(bufferContent('hello'), [{ accountId: 'a' }])).toEqual([null])
  await close()
  await open()
  expect((await readAll(await store!.open(await inboxOf('a'), 1))).toString()).toBe('hello')
})

test('the number of shards is fixed when the store is made', async () => {
  await open({ shards: 3 })
  const accounts = Array.from({ length: 12 }, (_, index) => `account-${index}`)
  await store!.deliver(
    bufferContent('hello'),
    accounts.map((accountId) => ({ accountId })),
  )
  await close()
  const opened = await open({ shards: 5 })
  expect(opened.writers).toHaveLength(3)
  for (const accountId of accounts) expect(await opened.usage(accountId)).toEqual({ bytes: 5, messages: 1 })
})

test('files that a crash left without a row are removed at the start', async () => {
  await open({ shards: 1 })
  await store!.deliver(bufferContent(octetsOf(4)), [{ accountId: 'a' }])
  await close()
  const shard = join(folder.path, 'shard-00')
  mkdirSync(join(shard, 'large'), { recursive: true })
  writeFileSync(join(shard, 'large', 'left.msg'), 'x')
  writeFileSync(join(shard, 'segments', '00000099.seg'), 'x')
  const opened = await open()
  expect(await filesOf('large')).toEqual([])
  expect(await filesOf('segments')).toEqual(['00000001.seg'])
  expect((await readAll(await opened.open(await inboxOf('a'), 1))).equals(octetsOf(4))).toBe(true)
})

test('a store of a newer version is left alone', async () => {
  await open({ shards: 1 })
  await close()
  const db = new Database(join(folder.path, 'shard-00', 'index.db'))
  db.pragma('user_version = 999')
  db.close()
  await expect(open()).rejects.toThrow(/newer version/)
})
