import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OpenedMailStore } from './index.js'
import { octetsOf } from './test-support/numbered-messages.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from './test-support/store-fixture.js'

/** Bounded generously: other work may share the machine. */
const eventually = <Value>(probe: () => Value) => expect.poll(probe, { timeout: 20_000 })

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore
let purgeAfterDays = 30
const shard = () => join(folder.path, 'shard-00')

const open = async () => {
  store = await openTestStore(folder.path, {
    shards: 1,
    upkeepIntervalMs: 20,
    purgeAfterDays: () => purgeAfterDays,
  })
}
beforeEach(async () => {
  purgeAfterDays = 30
  folder = await temporaryFolder()
  await open()
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

const inboxOf = async (accountId: string) => (await store.mailbox(accountId, 'INBOX'))!.id
const count = (table: string): number => {
  const db = new Database(join(shard(), 'index.db'), { readonly: true })
  try {
    return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  } finally {
    db.close()
  }
}
const bytesOf = (kind: string) =>
  readdirSync(join(shard(), kind)).reduce((sum, name) => sum + statSync(join(shard(), kind, name)).size, 0)
async function deliverLarge(accounts: string[], size: number): Promise<Buffer> {
  const octets = Buffer.alloc(size, 'large')
  const path = join(folder.path, 'incoming')
  writeFileSync(path, octets)
  expect(
    await store.deliver(
      { size, path },
      accounts.map((accountId) => ({ accountId })),
    ),
  ).toEqual(accounts.map(() => null))
  return octets
}

test('a large file is removed with the last message that refers to it, not before, and not under a reader', async () => {
  const octets = await deliverLarge(['a', 'b'], 400_000)
  expect(bytesOf('large')).toBe(400_000)
  await store.copy(await inboxOf('a'), [1], (await store.mailbox('a', 'Trash'))!.id, false)
  await store.expunge(await inboxOf('a'), [1], true)
  await store.expunge((await store.mailbox('a', 'Trash'))!.id, [1], true)
  const reader = (await store.open(await inboxOf('b'), 1))!
  expect((await reader.read(0, 10)).equals(octets.subarray(0, 10))).toBe(true)
  await store.expunge(await inboxOf('b'), [1], true)
  await eventually(() => readdirSync(join(shard(), 'large'))).toEqual([])
  expect((await reader.read(0, 400_000)).equals(octets)).toBe(true)
  await reader.close()
  expect(count('contents')).toBe(0)
  expect(count('released_files')).toBe(0)
})

test('a file whose delivery was refused does not stay', async () => {
  await store.close()
  store = await openTestStore(folder.path, { quotaOf: () => 1000 })
  const path = join(folder.path, 'incoming')
  writeFileSync(path, Buffer.alloc(300_000))
  expect(await store.deliver({ size: 300_000, path }, [{ accountId: 'a' }])).toMatchObject([{ code: 'OVER_QUOTA' }])
  const inbox = await inboxOf('a')
  await expect(store.append(inbox, [{ content: { size: 300_000, path }, flags: [] }])).rejects.toMatchObject({
    code: 'OVER_QUOTA',
  })
  expect(readdirSync(join(shard(), 'large'))).toEqual([])
  expect(await store.deliver({ size: 1, path }, [{ accountId: 'a' }])).toMatchObject([{ code: 'UNAVAILABLE' }])
  expect(readdirSync(join(shard(), 'large'))).toEqual([])
})

test(
  'segments that are mostly dead give their space back; what lives keeps its octets',
  { timeout: 60_000 },
  async () => {
    const numbers = Array.from({ length: 700 }, (_, index) => index * 5 + 4).filter((number) => number % 20 !== 0)
    await Promise.all(
      numbers.map((number) => store.deliver(bufferContent(octetsOf(number)), [{ accountId: 'a' }], number)),
    )
    const inbox = await inboxOf('a')
    const before = bytesOf('segments')
    expect(readdirSync(join(shard(), 'segments')).length).toBeGreaterThan(1)
    const { uids } = await store.snapshot(inbox)
    const reader = (await store.open(inbox, uids[0]!))!
    await store.expunge(
      inbox,
      uids.filter((uid) => uid % 5 !== 1),
      true,
    )
    await eventually(() => bytesOf('segments')).toBeLessThan(before * 0.6)
    for (const { uid, receivedAt } of await store.messages(inbox, (await store.snapshot(inbox)).uids))
      expect((await readAll(await store.open(inbox, uid))).equals(octetsOf(receivedAt))).toBe(true)
    const [first] = await store.messages(inbox, [uids[0]!])
    expect((await readAll(reader)).equals(octetsOf(first!.receivedAt))).toBe(true)
  },
)

test('a deleted mailbox is emptied behind the scenes', async () => {
  await Promise.all(
    Array.from({ length: 1_200 }, () => store.deliver(bufferContent('x'), [{ accountId: 'a', mailbox: 'old' }])),
  )
  await store.deliver(bufferContent('y'), [{ accountId: 'a' }])
  await store.deleteMailbox('a', 'old')
  await eventually(() => [count('messages'), count('contents'), count('bodies')]).toEqual([1, 1, 1])
  expect((await readAll(await store.open(await inboxOf('a'), 1))).toString()).toBe('y')
})

test('a dropped account is closed at once, can be restored, and is purged when its time has come', async () => {
  await store.deliver(bufferContent('mine'), [{ accountId: 'a' }, { accountId: 'b' }])
  const inbox = await inboxOf('a')
  await store.dropAccount('a')
  await expect(store.mailboxes('a')).rejects.toMatchObject({ code: 'NO_SUCH_ACCOUNT' })
  await expect(store.snapshot(inbox)).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
  await expect(store.open(inbox, 1)).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
  expect(await store.deliver(bufferContent('late'), [{ accountId: 'a' }])).toMatchObject([{ code: 'NO_SUCH_ACCOUNT' }])
  expect(await store.accounts()).toEqual([
    { id: 'a', closed: true },
    { id: 'b', closed: false },
  ])
  await store.restoreAccount('a')
  expect((await readAll(await store.open(inbox, 1))).toString()).toBe('mine')

  const { uidValidity } = await store.status(inbox)
  await store.dropAccount('a')
  purgeAfterDays = 0
  await eventually(() => [count('accounts'), count('messages')]).toEqual([1, 1])
  expect((await readAll(await store.open(await inboxOf('b'), 1))).toString()).toBe('mine')
  const again = await store.mailbox('a', 'INBOX')
  expect(again!.uidValidity).toBeGreaterThan(uidValidity)
  expect(await store.usage('a')).toEqual({ bytes: 0, messages: 0 })
})
