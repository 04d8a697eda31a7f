import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MailboxInfo, OpenedMailStore } from './index.js'
import { bufferContent, openTestStore, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore
const inboxOf = async (account: string): Promise<MailboxInfo> => (await store.mailbox(account, 'INBOX'))!

beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openTestStore(folder.path)
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

describe('sharing', () => {
  it('tells an account what others have opened to it, in whichever shard they are', async () => {
    for (const owner of ['a', 'b', 'c']) await store.setAccess((await inboxOf(owner)).id, 'guest', 'replace', 'lr')
    const granted = await store.grantedTo('guest')
    expect(granted.map(({ info, rights }) => [info.accountId, info.name, rights])).toEqual(
      expect.arrayContaining(['a', 'b', 'c'].map((owner) => [owner, 'INBOX', 'lr'])),
    )
    expect(granted.map(({ info }) => info.id).sort()).toEqual(
      (await Promise.all(['a', 'b', 'c'].map(inboxOf))).map(({ id }) => id).sort(),
    )
    await store.dropAccount('a')
    expect((await store.grantedTo('guest')).map(({ info }) => info.accountId).sort()).toEqual(['b', 'c'])
  })

  it('adds, removes and replaces rights, survives a restart, and tells who watches', async () => {
    const { id } = await inboxOf('a')
    let told = 0
    store.watch(id, () => told++)
    await store.setAccess(id, 'guest', 'add', 'lr')
    await store.setAccess(id, 'guest', 'add', 'rs')
    expect([...(await store.accessOf(id, 'guest'))].sort().join('')).toBe('lrs')
    await expect.poll(() => told).toBeGreaterThan(0)
    await store.setAccess(id, 'guest', 'remove', 'r')
    await store.close()
    store = await openTestStore(folder.path)
    expect([...(await store.accessOf(id, 'guest'))].sort().join('')).toBe('ls')
    await store.setAccess(id, 'guest', 'replace', '')
    expect(await store.access(id)).toEqual([])
  })

  it('gives a new mailbox to whom the one above it is open, and nothing to a name used again', async () => {
    const work = await store.createMailbox('a', 'Work')
    await store.setAccess(work.id, 'guest', 'replace', 'lr')
    const below = await store.createMailbox('a', 'Work/New')
    expect(await store.accessOf(below.id, 'guest')).toBe('lr')
    await store.deleteMailbox('a', 'Work/New')
    await store.deleteMailbox('a', 'Work')
    expect(await store.accessOf((await store.createMailbox('a', 'Work')).id, 'guest')).toBe('')
  })

  it('changes only the flags that the rights reach', async () => {
    const { id } = await inboxOf('a')
    await store.append(id, [{ content: bufferContent('x'), flags: ['\\Seen', '\\Flagged', 'kept'] }])
    const change = async (mode: 'replace' | 'add' | 'remove', flags: string[], rights: string) =>
      (
        await store.storeFlags(id, [1], mode, flags, undefined, {
          seen: rights.includes('s'),
          deleted: rights.includes('t'),
          others: rights.includes('w'),
        })
      ).modified[0]!.flags
    expect(await change('replace', ['\\Deleted', '\\Answered'], 't')).toEqual([
      '\\Deleted',
      '\\Flagged',
      '\\Seen',
      'kept',
    ])
    expect(await change('remove', ['\\Seen', '\\Flagged', 'kept'], 's')).toEqual(['\\Deleted', '\\Flagged', 'kept'])
    expect(await change('replace', ['\\Seen', 'new'], 'w')).toEqual(['\\Deleted', 'new'])
  })

  it('keeps when a message came into its mailbox, through copies anew', async () => {
    const { id } = await inboxOf('a')
    await store.append(id, [{ content: bufferContent('x'), flags: [], receivedAt: 1000 }])
    const [first] = await store.messages(id, [1])
    expect(first).toMatchObject({ receivedAt: 1000 })
    expect(first!.savedAt).toBeGreaterThan(1_700_000_000_000)
  })

  it('keeps shared and private annotations apart, bounded, all of a change or none', async () => {
    const { id } = await inboxOf('a')
    const value = Buffer.from('\0x')
    await store.setAnnotations('a', id, [
      { entry: '/shared/comment', value },
      { entry: '/private/comment', value: Buffer.from('mine') },
    ])
    expect(await store.annotations('guest', id)).toEqual([{ entry: '/shared/comment', value }])
    expect((await store.annotations('a', id)).map(({ entry }) => entry)).toEqual([
      '/private/comment',
      '/shared/comment',
    ])
    expect(await store.annotations('a', null)).toEqual([])
    const large = { entry: '/private/large', value: Buffer.alloc(1_048_577) }
    await expect(
      store.setAnnotations('a', id, [{ entry: '/private/comment', value: null }, large]),
    ).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    expect((await store.annotations('a', id)).length).toBe(2)
    const many = Array.from({ length: 101 }, (_, index) => ({ entry: `/private/${index}`, value }))
    await expect(store.setAnnotations('a', null, many)).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    await store.setAnnotations('a', id, [{ entry: '/shared/comment', value: null }])
    expect((await store.annotations('a', id)).map(({ entry }) => entry)).toEqual(['/private/comment'])
  })
})
