import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenedMailStore } from './index.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore

beforeAll(async () => {
  folder = await temporaryFolder()
  store = await openTestStore(folder.path)
})
afterAll(async () => {
  await store.close()
  await folder.remove()
})

const inboxOf = async (accountId: string) => (await store.mailbox(accountId, 'inbox'))!

describe('delivery', () => {
  test('an account has INBOX and the special-use mailboxes at first use', async () => {
    const mailboxes = await store.mailboxes('first')
    expect(mailboxes.map(({ name, specialUse }) => [name, specialUse])).toEqual([
      ['Archive', '\\Archive'],
      ['Drafts', '\\Drafts'],
      ['INBOX', null],
      ['Junk', '\\Junk'],
      ['Sent', '\\Sent'],
      ['Trash', '\\Trash'],
    ])
    expect(new Set(mailboxes.map(({ uidValidity }) => uidValidity)).size).toBe(6)
  })

  test.each([
    ['in the database', 500],
    ['in a segment', 100_000],
    ['of exactly two blocks', 128 * 1024],
  ])('one message %s to accounts of several shards, each with its own prefix', async (_, size) => {
    const octets = randomBytes(size)
    const accounts = Array.from({ length: 6 }, (_, index) => `account-${size}-${index}`)
    const outcomes = await store.deliver(
      bufferContent(octets),
      accounts.map((accountId) => ({ accountId, prefix: Buffer.from(`Delivered-To: ${accountId}\r\n`) })),
      1_000,
    )
    expect(outcomes).toEqual(accounts.map(() => null))
    for (const accountId of accounts) {
      const inbox = await inboxOf(accountId)
      const [message] = await store.messages(inbox.id, [1])
      const expected = Buffer.concat([Buffer.from(`Delivered-To: ${accountId}\r\n`), octets])
      expect(message).toMatchObject({ uid: 1, size: expected.length, receivedAt: 1_000 })
      expect(await store.listing(inbox.id)).toMatchObject([{ uid: 1, size: expected.length }])
      expect(message!.headerSize).toBe(10 + expected.length - size)
      expect((await readAll(await store.open(inbox.id, 1))).equals(expected)).toBe(true)
      expect(await store.usage(accountId)).toEqual({ bytes: expected.length, messages: 1 })
    }
  })

  test('a message held in a file', async () => {
    const octets = randomBytes(1_000_003)
    const path = join(folder.path, 'incoming')
    await writeFile(path, octets)
    expect(
      await store.deliver({ size: octets.length, path }, [{ accountId: 'file-a' }, { accountId: 'file-b' }]),
    ).toEqual([null, null])
    await writeFile(path, 'the file is the caller’s again')
    for (const accountId of ['file-a', 'file-b']) {
      const reader = (await store.open((await inboxOf(accountId)).id, 1))!
      expect((await reader.read(0, reader.size)).equals(octets)).toBe(true)
      expect((await reader.read(65_530, 20)).equals(octets.subarray(65_530, 65_550))).toBe(true)
      expect((await reader.read(reader.size - 5, 100)).equals(octets.subarray(-5))).toBe(true)
      await reader.close()
    }
  })
})

describe('changes', () => {
  test('flags, copies, moves and expunges are told by modification sequence', async () => {
    const inbox = await inboxOf('changes')
    const trash = (await store.mailbox('changes', 'Trash'))!
    for (let index = 0; index < 4; index++)
      await store.deliver(bufferContent(`message ${index}`), [{ accountId: 'changes' }])
    const before = await store.snapshot(inbox.id)
    expect(before.uids).toEqual([1, 2, 3, 4])
    const stored = await store.storeFlags(inbox.id, [2, 3], 'add', ['\\deleted', 'Work'])
    expect(stored.modified.map(({ uid, flags }) => [uid, flags])).toEqual([
      [2, ['\\Deleted', 'Work']],
      [3, ['\\Deleted', 'Work']],
    ])
    expect((await store.storeFlags(inbox.id, [1, 2], 'add', ['WORK'], before.highestModSeq)).failed).toEqual([2])
    expect(await store.copy(inbox.id, [4, 9], trash.id, true)).toMatchObject({ from: [4], to: [1] })
    expect(await store.copy(inbox.id, [1], trash.id, false)).toMatchObject({ from: [1], to: [2] })
    expect((await store.expunge(inbox.id, [1, 3])).vanished).toEqual([3])
    const changes = (await store.changesSince(inbox.id, before.highestModSeq))!
    expect(changes.vanished).toEqual([3, 4])
    expect(changes.changed.map(({ uid, flags }) => [uid, flags])).toEqual([
      [1, ['Work']],
      [2, ['\\Deleted', 'Work']],
    ])
    expect((await readAll(await store.open(trash.id, 1))).toString()).toBe('message 3')
    expect(await store.open(inbox.id, 3)).toBeNull()
  })
})
