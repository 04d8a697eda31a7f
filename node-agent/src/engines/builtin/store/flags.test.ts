import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { internFlags, maxKeywordOctets, parseFlags } from './flags.js'
import type { OpenedMailStore } from './index.js'
import { maxVanishedRanges } from './shard/vanished.js'
import { bufferContent, openTestStore, temporaryFolder } from './test-support/store-fixture.js'

/** Bounded generously: other work may share the machine. */
const eventually = <Value>(probe: () => Value) => expect.poll(probe, { timeout: 20_000 })

describe('parsing', () => {
  test('system flags in any case, what does not exist ignored, keywords once', () => {
    expect(parseFlags(['\\SEEN', '\\draft', '\\Recent', '\\Unknown', 'Work', 'WORK', '$Junk'])).toEqual({
      system: 0b10100,
      keywords: ['Work', '$Junk'],
    })
  })
  test.each([
    '',
    'two words',
    'a(b',
    'a)',
    '{1}',
    'a%',
    'a*',
    'a"',
    'a\\b',
    'a]',
    'caf\u00e9',
    'a\r\n',
    'x'.repeat(maxKeywordOctets + 1),
  ])('%j is no keyword', (flag) =>
    expect(() => parseFlags([flag])).toThrow(expect.objectContaining({ code: 'LIMIT_REACHED' })),
  )
  test('equal sets are the same array', () => {
    expect(internFlags(18, 'a b')).toBe(internFlags(18, 'a b'))
    expect(internFlags(18, 'a b')).toEqual(['\\Deleted', '\\Seen', 'a', 'b'])
    expect(internFlags(0, null)).toBe(internFlags(0, null))
  })
})

describe('in the store', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let store: OpenedMailStore
  let accountId: string
  let inbox: number
  let accounts = 0

  beforeAll(async () => {
    folder = await temporaryFolder()
    store = await openTestStore(folder.path, { shards: 1 })
  })
  afterAll(async () => {
    await store.close()
    await folder.remove()
  })
  beforeEach(async () => {
    accountId = `account-${accounts++}`
    inbox = (await store.mailbox(accountId, 'INBOX'))!.id
  })
  const fill = (count: number) =>
    Promise.all(Array.from({ length: count }, () => store.deliver(bufferContent('x'), [{ accountId }])))

  test('the first spelling of a keyword stays, over mailboxes too', async () => {
    await fill(1)
    await store.storeFlags(inbox, [1], 'add', ['Work'])
    expect((await store.storeFlags(inbox, [1], 'replace', ['WORK', '\\Seen'])).modified[0]!.flags).toEqual([
      '\\Seen',
      'Work',
    ])
    expect((await store.storeFlags(inbox, [1], 'remove', ['work'])).modified[0]!.flags).toEqual(['\\Seen'])
    const trash = (await store.mailbox(accountId, 'Trash'))!.id
    await store.append(trash, [{ content: bufferContent('x'), flags: ['wOrK'] }])
    expect((await store.snapshot(trash)).flags).toEqual([['Work']])
  })

  test('the number of keywords is limited, and refusals change nothing', async () => {
    await fill(1)
    const keywords = Array.from({ length: 500 }, (_, index) => `k${index}`)
    await store.storeFlags(inbox, [1], 'add', keywords)
    const before = await store.snapshot(inbox)
    await expect(store.storeFlags(inbox, [1], 'replace', ['one-more'])).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    expect(await store.snapshot(inbox)).toEqual(before)
    expect((await store.storeFlags(inbox, [1], 'remove', ['unknown', 'k0'])).modified[0]!.flags).toHaveLength(499)
  })

  test('a change that changes nothing takes no modification sequence', async () => {
    await fill(2)
    await store.storeFlags(inbox, [1], 'add', ['\\Seen'])
    const { highestModSeq } = await store.status(inbox)
    const { modified } = await store.storeFlags(inbox, [1], 'add', ['\\Seen'])
    expect(modified).toEqual([{ uid: 1, flags: ['\\Seen'], modSeq: highestModSeq }])
    expect((await store.status(inbox)).highestModSeq).toBe(highestModSeq)
  })

  test('UNCHANGEDSINCE leaves what others changed', async () => {
    await fill(3)
    const { highestModSeq } = await store.status(inbox)
    await store.storeFlags(inbox, [2], 'add', ['\\Seen'])
    const result = await store.storeFlags(inbox, [1, 2, 3, 9], 'add', ['\\Flagged'], highestModSeq)
    expect(result.failed).toEqual([2])
    expect(result.modified.map(({ uid }) => uid)).toEqual([1, 3])
    expect((await store.snapshot(inbox)).flags).toEqual([['\\Flagged'], ['\\Seen'], ['\\Flagged']])
  })

  test('watchers are told of each change, once unsubscribed never again', async () => {
    const told: string[] = []
    const stop = store.watch(inbox, () => told.push('first'))
    store.watch(inbox, () => told.push('second'))
    await fill(1)
    await eventually(() => told).toEqual(expect.arrayContaining(['first', 'second']))
    stop()
    told.length = 0
    await store.storeFlags(inbox, [1], 'add', ['\\Seen'])
    await eventually(() => told).toEqual(['second'])
    await store.expunge(inbox, [1], true)
    await eventually(() => told).toEqual(['second', 'second'])
  })

  test('what vanished too long ago is forgotten, and said to be', async () => {
    const count = 2 * maxVanishedRanges + 600
    for (let done = 0; done < count; done += 100)
      await store.append(
        inbox,
        Array.from({ length: 100 }, () => ({ content: bufferContent('x'), flags: [] })),
      )
    const { highestModSeq, uids } = await store.snapshot(inbox)
    // Every second UID: each is a range of its own.
    const odd = uids.filter((uid) => uid % 2 === 1)
    await store.expunge(inbox, odd.slice(0, 200), true)
    const between = (await store.status(inbox)).highestModSeq
    expect((await store.changesSince(inbox, highestModSeq))!.vanished).toEqual(odd.slice(0, 200))
    await store.expunge(inbox, odd.slice(200, 300), true)
    await store.expunge(inbox, odd.slice(300), true)
    expect(await store.changesSince(inbox, highestModSeq)).toBeNull()
    expect((await store.changesSince(inbox, (await store.status(inbox)).highestModSeq))!.vanished).toEqual([])
    expect(between).toBeGreaterThan(highestModSeq)
  })
})
