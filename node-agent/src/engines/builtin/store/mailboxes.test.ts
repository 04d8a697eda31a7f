import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenedMailStore } from './index.js'
import { maxNameLevels, maxNameOctets, normalizeMailboxName } from './mailbox-name.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore
let account: string
let accounts = 0

beforeAll(async () => {
  folder = await temporaryFolder()
  store = await openTestStore(folder.path, { shards: 1, accountExists: (accountId) => accountId !== 'nobody' })
})
afterAll(async () => {
  await store.close()
  await folder.remove()
})
beforeEach(() => {
  account = `account-${accounts++}`
})

const own = async () =>
  (await store.mailboxes(account))
    .filter(({ specialUse, name }) => specialUse === null && name !== 'INBOX')
    .map(({ name, noSelect }) => (noSelect ? `(${name})` : name))
const idOf = async (name: string) => (await store.mailbox(account, name))!.id
const put = (mailbox: string, body: string) => store.deliver(bufferContent(body), [{ accountId: account, mailbox }])
const bodies = async (name: string) => {
  const id = await idOf(name)
  const { uids } = await store.snapshot(id)
  return Promise.all(uids.map(async (uid) => (await readAll(await store.open(id, uid))).toString()))
}

describe('names', () => {
  test.each([
    ['inbox', 'INBOX'],
    ['Inbox/Work', 'INBOX/Work'],
    ['inboxes', 'inboxes'],
    ['Ta\u0300i lie\u0323\u0302u', 'T\u00e0i li\u1ec7u'],
    ['100%', '100%'],
  ])('%s is %s', (given, normal) => expect(normalizeMailboxName(given)).toBe(normal))

  test.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'a\r\nb',
    'a\0b',
    '\ud800',
    'a/'.repeat(maxNameLevels) + 'a',
    'x'.repeat(maxNameOctets + 1),
  ])('%j is refused', async (name) => {
    await expect(store.createMailbox(account, name)).rejects.toMatchObject({ code: 'INVALID_MAILBOX_NAME' })
    expect(await put(name, 'x')).toMatchObject([{ code: 'INVALID_MAILBOX_NAME' }])
  })

  test('normal form is stable', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'aINBOXinbox/\u0301\u00e9\u212b\u1e9b\u0323\0 '), maxLength: 12 }),
        (name) => {
          let normal: string
          try {
            normal = normalizeMailboxName(name)
          } catch {
            return
          }
          expect(normalizeMailboxName(normal)).toBe(normal)
        },
      ),
    )
  })
})

test('an account that the directory does not have', async () => {
  for (const attempt of [
    () => store.mailboxes('nobody'),
    () => store.createMailbox('nobody', 'a'),
    () => store.deleteMailbox('nobody', 'a'),
  ])
    await expect(attempt()).rejects.toMatchObject({ code: 'NO_SUCH_ACCOUNT' })
  const outcomes = await store.deliver(bufferContent('x'), [{ accountId: 'nobody' }, { accountId: account }])
  expect(outcomes).toMatchObject([{ code: 'NO_SUCH_ACCOUNT' }, null])
  expect(await bodies('INBOX')).toEqual(['x'])
})

describe('CREATE', () => {
  test('makes the levels above; the same name in another form exists', async () => {
    await store.createMailbox(account, 'a/b/c\u0300')
    expect(await own()).toEqual(['a', 'a/b', 'a/b/c\u0300'.normalize('NFC')])
    await expect(store.createMailbox(account, 'a/b/c\u0300'.normalize('NFC'))).rejects.toMatchObject({
      code: 'MAILBOX_EXISTS',
    })
    await expect(store.createMailbox(account, 'Inbox')).rejects.toMatchObject({ code: 'MAILBOX_EXISTS' })
  })

  test('one mailbox for each special use', async () => {
    await expect(store.createMailbox(account, 'Bin', '\\Trash')).rejects.toMatchObject({ code: 'MAILBOX_EXISTS' })
    await store.deleteMailbox(account, 'Trash')
    expect(await store.createMailbox(account, 'Bin', '\\Trash')).toMatchObject({ name: 'Bin', specialUse: '\\Trash' })
  })

  test('a name used again has a higher UIDVALIDITY', async () => {
    const first = await store.createMailbox(account, 'a')
    await store.deleteMailbox(account, 'a')
    const second = await store.createMailbox(account, 'a')
    expect(second.uidValidity).toBeGreaterThan(first.uidValidity)
    expect(second.id).not.toBe(first.id)
  })
})

describe('DELETE', () => {
  test('takes the messages and their octets from the account', async () => {
    await put('a', 'one')
    await put('INBOX', 'two')
    const id = await idOf('a')
    await store.deleteMailbox(account, 'a')
    expect(await store.usage(account)).toEqual({ bytes: 3, messages: 1 })
    expect(await store.mailbox(account, 'a')).toBeNull()
    for (const attempt of [
      () => store.status(id),
      () => store.snapshot(id),
      () => store.open(id, 1),
      () => store.messages(id, [1]),
      () => store.changesSince(id, 0),
      () => store.storeFlags(id, [1], 'add', ['\\Seen']),
      () => store.append(id, [{ content: bufferContent('x'), flags: [] }]),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
  })

  test('with children: the name stays, without messages, until they are gone', async () => {
    await put('a', 'one')
    await store.createMailbox(account, 'a/b')
    const { uidValidity } = (await store.mailbox(account, 'a'))!
    await store.deleteMailbox(account, 'a')
    expect(await own()).toEqual(['(a)', 'a/b'])
    await expect(store.status(await idOf('a'))).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
    await expect(store.deleteMailbox(account, 'a')).rejects.toMatchObject({ code: 'MAILBOX_HAS_CHILDREN' })
    await store.createMailbox(account, 'a')
    expect((await store.mailbox(account, 'a'))!.uidValidity).toBeGreaterThan(uidValidity)
    expect(await bodies('a')).toEqual([])
    await store.deleteMailbox(account, 'a')
    await store.deleteMailbox(account, 'a/b')
    expect(await own()).toEqual([])
  })

  test('neither INBOX nor what is not there', async () => {
    await expect(store.deleteMailbox(account, 'INBOX')).rejects.toMatchObject({ code: 'INVALID_MAILBOX_NAME' })
    await expect(store.deleteMailbox(account, 'nothing')).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
  })
})

describe('RENAME', () => {
  test('children go along, parents are made, messages and ids stay', async () => {
    await put('a', 'one')
    await put('a/b', 'two')
    await put('ab', 'not below a')
    const id = await idOf('a/b')
    await store.renameMailbox(account, 'a', 'x/y')
    expect(await own()).toEqual(['ab', 'x', 'x/y', 'x/y/b'])
    expect(await idOf('x/y/b')).toBe(id)
    expect(await bodies('x/y/b')).toEqual(['two'])
  })

  test('refusals change nothing', async () => {
    await store.createMailbox(account, 'a/b')
    await store.createMailbox(account, 'c')
    const long = 'x'.repeat(maxNameOctets)
    for (const [from, to, code] of [
      ['a', 'c', 'MAILBOX_EXISTS'],
      ['a', 'a/c', 'INVALID_MAILBOX_NAME'],
      ['a', long, 'INVALID_MAILBOX_NAME'],
      ['nothing', 'd', 'NO_SUCH_MAILBOX'],
      ['a', 'inbox', 'MAILBOX_EXISTS'],
    ] as const)
      await expect(store.renameMailbox(account, from, to)).rejects.toMatchObject({ code })
    expect(await own()).toEqual(['a', 'a/b', 'c'])
  })

  test('INBOX: the messages move, INBOX stays', async () => {
    await put('INBOX', 'one')
    await store.createMailbox(account, 'INBOX/below')
    const before = await store.snapshot(await idOf('INBOX'))
    await store.renameMailbox(account, 'INBOX', 'old/mail')
    expect(await own()).toEqual(['INBOX/below', 'old', 'old/mail'])
    expect(await bodies('old/mail')).toEqual(['one'])
    expect(await bodies('INBOX')).toEqual([])
    const changes = await store.changesSince(await idOf('INBOX'), before.highestModSeq)
    expect(changes).toMatchObject({ vanished: [1], uidNext: 2 })
  })
})

describe('subscriptions', () => {
  const standard = ['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']
  const added = async () => (await store.subscriptions(account)).filter((name) => !standard.includes(name))

  test('are there for the standard mailboxes, and for others when asked for', async () => {
    expect(await store.subscriptions(account)).toEqual(standard)
    await store.createMailbox(account, 'a')
    expect(await store.mailbox(account, 'a')).toMatchObject({ subscribed: false })
    await store.subscribe(account, 'a', true)
    await store.subscribe(account, 'a', true)
    expect(await store.mailbox(account, 'a')).toMatchObject({ subscribed: true })
    expect(await added()).toEqual(['a'])
    await store.subscribe(account, 'a', false)
    await store.subscribe(account, 'a', false)
    expect(await store.mailbox(account, 'a')).toMatchObject({ subscribed: false })
    for (const subscribed of [true, false])
      await expect(store.subscribe(account, 'nothing', subscribed)).rejects.toMatchObject({ code: 'NO_SUCH_MAILBOX' })
  })

  test('outlive their mailbox, and hold again for the next of that name', async () => {
    await store.createMailbox(account, 'a/b')
    await store.subscribe(account, 'a/b', true)
    await store.subscribe(account, 'a', true)
    await store.deleteMailbox(account, 'a/b')
    await store.renameMailbox(account, 'a', 'c')
    expect(await added()).toEqual(['a', 'a/b'])
    expect((await store.mailboxes(account)).filter(({ subscribed }) => subscribed).map(({ name }) => name)).toEqual(
      standard,
    )
    await store.createMailbox(account, 'a/b')
    expect(await store.mailbox(account, 'a/b')).toMatchObject({ subscribed: true })
    await store.deleteMailbox(account, 'a/b')
    await store.subscribe(account, 'a/b', false)
    expect(await added()).toEqual(['a'])
  })

  test('come with a mailbox that a delivery makes', async () => {
    await put('Lists', 'x')
    expect(await store.mailbox(account, 'Lists')).toMatchObject({ subscribed: true })
  })

  test('are taken over from a store of before', async () => {
    const old = await temporaryFolder()
    const before = await openTestStore(old.path, { shards: 1 })
    await before.createMailbox('x', 'a')
    await before.createMailbox('x', 'b')
    await before.close()
    const [path] = await databases(old.path)
    const db = new Database(path!)
    db.exec(`ALTER TABLE mailboxes ADD COLUMN subscribed INTEGER NOT NULL DEFAULT 1;
      UPDATE mailboxes SET subscribed = 0 WHERE name IN ('b', 'Junk'); DROP TABLE subscriptions;
      ALTER TABLE messages DROP COLUMN unique_id; ALTER TABLE messages DROP COLUMN saved_at; ALTER TABLE messages DROP COLUMN prefix_tag;
      ALTER TABLE messages DROP COLUMN seal; ALTER TABLE mailboxes DROP COLUMN seal;
      ALTER TABLE contents DROP COLUMN origins; DROP TABLE access; DROP TABLE annotations; PRAGMA user_version = 1`)
    db.close()
    const after = await openTestStore(old.path, { shards: 1 })
    expect(await after.subscriptions('x')).toEqual(['Archive', 'Drafts', 'INBOX', 'Sent', 'Trash', 'a'])
    expect(await after.mailbox('x', 'b')).toMatchObject({ subscribed: false })
    await after.close()
    await old.remove()
  })
})

const databases = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true })).filter((name) => name.endsWith('index.db')).map((name) => join(path, name))

test('the number of mailboxes is limited', async () => {
  const attempts = Array.from({ length: 2_100 }, (_, index) => store.createMailbox(account, `m${index}`))
  const failed = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'rejected')
  expect(failed).toHaveLength(106)
  expect((failed[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'LIMIT_REACHED' })
  expect(await put('another', 'x')).toMatchObject([{ code: 'LIMIT_REACHED' }])
  expect(await put('INBOX', 'x')).toEqual([null])
})
