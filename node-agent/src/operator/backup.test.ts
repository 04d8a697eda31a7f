/** A backup under load, and a store that starts on it. */
import { join } from 'node:path'
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OpenedMailStore } from '../engines/builtin/store/index.js'
import {
  bufferContent,
  openTestStore,
  readAll,
  temporaryFolder,
} from '../engines/builtin/store/test-support/store-fixture.js'
import { octetsOf } from '../engines/builtin/store/test-support/numbered-messages.js'
import { backUp } from './backup.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let stores: OpenedMailStore[] = []
const open = async (path: string): Promise<OpenedMailStore> => {
  const store = await openTestStore(path, { upkeepIntervalMs: 20 })
  stores.push(store)
  return store
}
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()))
  stores = []
  await folder.remove()
})

test('holds all that was stored before it, and nothing by halves, while deliveries and removals go on', async () => {
  const store = await open(join(folder.path, 'node', 'store'))
  const inbox = (await store.mailbox('a', 'INBOX'))!.id
  const deliver = async (number: number): Promise<void> => {
    const [failure] = await store.deliver(bufferContent(octetsOf(number)), [{ accountId: 'a' }], number + 1)
    if (failure) throw failure
  }
  for (let number = 0; number < 60; number++) await deliver(number)
  await store.storeFlags(inbox, [1, 3, 5], 'add', ['\\Seen', 'Work'])
  await store.createMailbox('a', 'Projects/2024')
  await store.copy(inbox, [7, 8], (await store.mailbox('a', 'Projects/2024'))!.id, true)
  const before = await store.snapshot(inbox)

  let running = true
  const load = (async () => {
    for (let number = 60; running; number++) {
      await deliver(number)
      // Large bodies come and go, and segments are compacted.
      if (number % 3 === 0) await store.expunge(inbox, [(await store.snapshot(inbox)).uids.at(-2)!], true)
    }
  })()
  const copy = join(folder.path, 'copy')
  try {
    await backUp(join(folder.path, 'node'), copy)
  } finally {
    running = false
    await load
  }
  const after = await store.snapshot(inbox)

  expect(readdirSync(join(copy, 'store'))).not.toContain('lock.db')
  const restored = await open(join(copy, 'store'))
  expect(restored.problems()).toEqual([])
  expect((await restored.mailboxes('a')).map(({ name }) => name)).toEqual(
    (await store.mailboxes('a')).map(({ name }) => name),
  )
  const snapshot = await restored.snapshot(inbox)
  expect(snapshot.uidValidity).toBe(before.uidValidity)
  expect(snapshot.uidNext).toBeGreaterThan(after.uidNext)
  expect(snapshot.highestModSeq).toBeGreaterThan(after.highestModSeq)
  for (const [index, uid] of before.uids.slice(0, -1).entries()) {
    const at = snapshot.uids.indexOf(uid)
    expect(snapshot.flags[at]).toEqual(before.flags[index])
  }
  for (const { uid, receivedAt } of await restored.messages(inbox, snapshot.uids))
    expect((await readAll(await restored.open(inbox, uid))).equals(octetsOf(receivedAt - 1))).toBe(true)
  const [original, copied] = [store, restored].map(({ writers }) => writers.map(({ stream }) => stream))
  expect(copied!.filter((stream) => original!.includes(stream))).toEqual([])
})

test('does not write over what is there', async () => {
  const store = await open(join(folder.path, 'node'))
  await store.mailboxes('a')
  await expect(backUp(join(folder.path, 'node'), folder.path)).rejects.toThrow('is not empty')
})
