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

  test('an index of which nothing can be read is put aside and begun anew, and the other parts stay as they are', async () => {
    const opened = await open({ shards: 2 })
    const accounts = ['a', 'b', 'c', 'd', 'e', 'f']
    const all = accounts.map((accountId) => ({ accountId }))
    await opened.deliver(bufferContent(octetsOf(4)), all)
    const validity = async (accountId: string) => (await store!.mailbox(accountId, 'INBOX'))!.uidValidity
    const before = new Map<string, number>()
    for (const accountId of accounts) before.set(accountId, await validity(accountId))
    await close()
    const shard = join(folder.path, 'shard-01')
    const damaged = Buffer.alloc(readFileSync(join(shard, 'index.db')).length, 0xff)
    writeFileSync(join(shard, 'index.db'), damaged)
    writeFileSync(join(shard, 'index.schema'), damaged)

    const again = await open()
    expect(again.problems()).toEqual([])
    expect(again.healed()).toEqual([expect.stringMatching(/^part 1 of the mail store was damaged/)])
    const there = new Set((await again.accounts()).map(({ id }) => id))
    expect(there.size).toBeGreaterThan(0)
    expect(there.size).toBeLessThan(accounts.length)
    expect(await again.deliver(bufferContent('hello again'), all)).toEqual(accounts.map(() => null))
    for (const accountId of accounts) {
      const { uids } = await again.snapshot(await inboxOf(accountId))
      expect(uids).toEqual(there.has(accountId) ? [1, 2] : [1])
      expect((await validity(accountId)) === before.get(accountId)).toBe(there.has(accountId))
    }
    const kept = readdirSync(shard)
    const [aside] = kept.filter((name) => /^index\.db\.damaged-.*Z$/.test(name))
    expect(readFileSync(join(shard, aside!)).equals(damaged)).toBe(true)
    const [lost] = kept.filter((name) => name.startsWith('lost-'))
    expect(readFileSync(join(shard, lost!, '00000001.seg')).equals(octetsOf(4))).toBe(true)
  })

  test('damage that is met while serving fails what it concerns, is told of, and is mended at the next start', async () => {
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
    const again = await open()
    const pages = readFileSync(path)
    pages.fill(0xff, 4096 * ((page as number) - 1), 4096 * (page as number))
    writeFileSync(path, pages)

    const inbox = await inboxOf('a')
    const outcomes = async () => {
      const { uids } = await store!.snapshot(inbox)
      const results = await Promise.allSettled(uids.map(async (uid) => readAll(await store!.open(inbox, uid))))
      return { all: uids, failed: uids.filter((_, index) => results[index]!.status === 'rejected') }
    }
    const { failed } = await outcomes()
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThan(10)
    expect(again.problems()).toEqual([expect.stringMatching(/^the mail store is damaged: .*malformed/)])

    await close()
    const healed = await open()
    expect(healed.problems()).toEqual([])
    expect(healed.healed()).toHaveLength(1)
    // Their octets are gone, their entries are not: what is read of them is an error, and everything else is as it was.
    expect(await outcomes()).toMatchObject({ all: expect.arrayContaining([1, 200]), failed })
  })

  test('index rows that point to another content are noticed, and the contents come back', async () => {
    await open({ shards: 1 })
    await store!.deliver(bufferContent('one'), [{ accountId: 'a' }])
    await store!.deliver(bufferContent('two'), [{ accountId: 'b' }])
    await store!.deliver(bufferContent('three'), [{ accountId: 'a' }])
    const db = new Database(join(folder.path, 'shard-00', 'index.db'))
    db.exec('UPDATE messages SET content = 3 - content WHERE content < 3')
    db.close()
    const inbox = await inboxOf('a')
    await expect(store!.open(inbox, 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(store!.messages(inbox, [1])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect((await store!.columns(inbox, [1, 2], ['subject'])).uids).toEqual([2])
    await close()

    const opened = await open({ shards: 1 })
    expect((await opened.snapshot(inbox)).uids).toEqual([2])
    for (const [accountId, text] of [
      ['a', 'one'],
      ['b', 'two'],
    ] as const) {
      const recovered = (await opened.mailbox(accountId, 'Recovered'))!.id
      const { uids } = await opened.snapshot(recovered)
      expect(uids).toHaveLength(1)
      expect((await readAll(await opened.open(recovered, uids[0]!))).toString()).toBe(text)
    }
  })

  test.each([
    ['messages', 'UPDATE messages SET uid = uid + 8 WHERE uid = 2'],
    ['messages of another mailbox', 'UPDATE messages SET mailbox = mailbox + 1 WHERE uid = 2'],
  ])('no message is served under another UID: %s', async (_what, sql) => {
    await open({ shards: 1 })
    for (const text of ['one', 'two', 'three']) await store!.deliver(bufferContent(text), [{ accountId: 'a' }])
    const inbox = await inboxOf('a')
    await close()
    const db = new Database(join(folder.path, 'shard-00', 'index.db'))
    db.exec(sql)
    db.close()
    const opened = await open({ shards: 1 })
    expect((await opened.snapshot(inbox)).uids).toEqual([1, 3])
    expect((await opened.status((await opened.mailbox('a', 'Recovered'))!.id)).messages).toBe(1)
  })

  test('a mailbox whose entry is damaged gets a new UIDVALIDITY, or its account back', async () => {
    await open({ shards: 1 })
    for (const accountId of ['a', 'b']) await store!.deliver(bufferContent(accountId), [{ accountId }])
    const inbox = await inboxOf('a')
    const { uidValidity } = await store!.status(inbox)
    const change = (sql: string): void => {
      const db = new Database(join(folder.path, 'shard-00', 'index.db'))
      db.exec(sql)
      db.close()
    }
    await close()
    change("UPDATE mailboxes SET account = 2, name = 'X' WHERE id = 1")
    await open()
    expect((await store!.mailboxes('b')).map(({ name }) => name)).not.toContain('X')
    expect((await store!.mailboxes('a')).find(({ id }) => id === inbox)).toMatchObject({ uidValidity })
    await close()
    change('UPDATE mailboxes SET uid_next = 1 WHERE id = 1')
    await open()
    expect((await store!.status(inbox)).uidValidity).toBeGreaterThan(uidValidity)
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
