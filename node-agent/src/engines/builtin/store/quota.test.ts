import type { MailEvent } from '@mailfleet/schema'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOutbox } from '../../../durable/outbox-table.js'
import type { OpenedMailStore } from './index.js'
import { bufferContent, openTestStore, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore
const quotas = new Map<string, number>()

beforeAll(async () => {
  folder = await temporaryFolder()
  store = await openTestStore(folder.path, { quotaOf: (accountId) => quotas.get(accountId) ?? null })
})
afterAll(async () => {
  await store.close()
  await folder.remove()
})
const inboxOf = async (accountId: string) => (await store.mailbox(accountId, 'INBOX'))!.id

const toldEvents = (): MailEvent[] =>
  store.writers.flatMap(({ path }) => {
    const db = new Database(path, { readonly: true })
    const rows = readOutbox(db, 0, 1000)
    db.close()
    return rows.map(({ body }) => JSON.parse(body) as MailEvent)
  })

test('50 parallel deliveries at the edge of the quota', async () => {
  quotas.set('edge', 1_050)
  const deliveries = Array.from({ length: 50 }, () =>
    store.deliver(bufferContent('x'.repeat(100)), [{ accountId: 'edge' }]),
  )
  const outcomes = (await Promise.all(deliveries)).flat()
  expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(10)
  expect(outcomes.filter((outcome) => outcome?.code === 'OVER_QUOTA')).toHaveLength(40)
  expect(await store.usage('edge')).toEqual({ bytes: 1_000, messages: 10 })
})

test('the prefix counts, and the last octet fits', async () => {
  quotas.set('exact', 10)
  const prefix = Buffer.from('12345')
  expect(await store.deliver(bufferContent('123456'), [{ accountId: 'exact', prefix }])).toMatchObject([
    { code: 'OVER_QUOTA' },
  ])
  expect(await store.deliver(bufferContent('12345'), [{ accountId: 'exact', prefix }])).toEqual([null])
  expect(await store.usage('exact')).toEqual({ bytes: 10, messages: 1 })
})

test('one of several recipients is over quota: the others get it, and only they are told as delivered', async () => {
  quotas.set('full', 0)
  const accounts = ['r1', 'full', 'r2', 'r3']
  const outcomes = await store.deliver(
    bufferContent('hello'),
    accounts.map((accountId) => ({ accountId, event: { type: 'DELIVERED', at: 1, recipient: accountId } })),
  )
  expect(outcomes).toMatchObject([null, { code: 'OVER_QUOTA' }, null, null])
  const told = toldEvents().flatMap(({ recipient }) => recipient ?? [])
  expect(told.sort()).toEqual(['r1', 'r2', 'r3'])
})

test('the events of the transaction are written once, with the first delivery that is stored', async () => {
  quotas.set('full', 0)
  const events = [{ type: 'ACCEPTED' as const, at: 77 }]
  const accepted = () => toldEvents().filter(({ type, at }) => type === 'ACCEPTED' && at === 77)
  await store.deliver(bufferContent('hello'), [{ accountId: 'full' }], 1, events)
  expect(accepted()).toHaveLength(0)
  const accountIds = ['full', ...Array.from({ length: 8 }, (_, index) => `accepted-${index}`)]
  await store.deliver(
    bufferContent('hello'),
    accountIds.map((accountId) => ({ accountId })),
    1,
    events,
  )
  expect(accepted()).toHaveLength(1)
})

test('APPEND is all or nothing', async () => {
  quotas.set('append', 10)
  const inbox = await inboxOf('append')
  const messages = ['12345', '123456'].map((body) => ({ content: bufferContent(body), flags: ['new'] }))
  await expect(store.append(inbox, messages)).rejects.toMatchObject({ name: 'StoreError', code: 'OVER_QUOTA' })
  expect(await store.status(inbox)).toMatchObject({ messages: 0, uidNext: 1 })
  expect((await store.append(inbox, messages.slice(0, 1))).uids).toEqual([1])
})

test('a copy counts, a move does not, and what is expunged comes back', async () => {
  quotas.set('copy', 10)
  await store.deliver(bufferContent('123456'), [{ accountId: 'copy' }])
  const inbox = await inboxOf('copy')
  const trash = (await store.mailbox('copy', 'Trash'))!.id
  await expect(store.copy(inbox, [1], trash, false)).rejects.toMatchObject({ code: 'OVER_QUOTA' })
  await store.copy(inbox, [1], trash, true)
  expect(await store.usage('copy')).toEqual({ bytes: 6, messages: 1 })
  await store.expunge(trash, [1], true)
  expect(await store.usage('copy')).toEqual({ bytes: 0, messages: 0 })
})
