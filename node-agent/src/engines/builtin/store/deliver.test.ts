/** The events of a transaction: written with its last delivery, when one is stored and none is left uncertain. */
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOutbox } from '../../../durable/outbox-table.js'
import type { OpenedMailStore } from './index.js'
import { shardIndexOf } from './shard/shard.js'
import { bufferContent, openTestStore, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore

const open = async (): Promise<OpenedMailStore> =>
  (store = await openTestStore(folder.path, { quotaOf: (id) => (id.startsWith('full') ? 1 : null) }))
/** An account of that shard. */
const account = (shard: number, name: string): string =>
  Array.from({ length: 100 }, (_, index) => `${name}${index}`).find((id) => shardIndexOf(id, 2) === shard)!
const told = (): string[] =>
  store.writers.flatMap(({ path }) => {
    const db = new Database(path, { readonly: true })
    const events = readOutbox(db, 0, 1_000).map(({ body }) => (JSON.parse(body) as { type: string }).type)
    db.close()
    return events
  })
const deliver = (...accountIds: string[]) =>
  store.deliver(
    bufferContent('hello'),
    accountIds.map((accountId) => ({ accountId, event: { type: 'DELIVERED', at: 1 } })),
    1,
    [{ type: 'ACCEPTED', at: 1 }],
  )

beforeEach(async () => {
  folder = await temporaryFolder()
  await open()
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

test.each([
  ['both shards take it', ['a', 'b'], ['ACCEPTED', 'DELIVERED', 'DELIVERED']],
  ['the last one refuses', ['a', 'full'], ['ACCEPTED', 'DELIVERED']],
  ['the first one refuses', ['full', 'b'], ['ACCEPTED', 'DELIVERED']],
  ['both refuse', ['full', 'full'], []],
])('%s', async (_what, [first, second], events) => {
  await deliver(account(0, first!), account(1, second!))
  expect(told().sort()).toEqual(events)
})

test.each([0, 1])('shard %i is not available', async (broken) => {
  await deliver(account(0, 'a'), account(1, 'b'))
  // As after a commit that failed.
  await store.writers[broken]!.close()
  const before = told()
  const outcomes = await deliver(account(0, 'a'), account(1, 'b'))
  expect(outcomes.map((outcome) => outcome?.code ?? 'stored')).toEqual(
    broken === 0 ? ['UNAVAILABLE', 'stored'] : ['stored', 'UNAVAILABLE'],
  )
  expect(told().sort()).toEqual([...before, 'DELIVERED'].sort())
})
