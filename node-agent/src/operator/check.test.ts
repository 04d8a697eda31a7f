import { readFileSync, writeFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OpenedMailStore } from '../engines/builtin/store/index.js'
import { octetsOf } from '../engines/builtin/store/test-support/numbered-messages.js'
import { bufferContent, openTestStore, temporaryFolder } from '../engines/builtin/store/test-support/store-fixture.js'
import { check, type Finding } from './check.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore
beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openTestStore(folder.path, { shards: 1 })
  for (let number = 0; number < 10; number++) await store.deliver(bufferContent(octetsOf(number)), [{ accountId: 'a' }])
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

function findings(repair: boolean): Finding[] {
  const found: Finding[] = []
  check(folder.path, repair, (finding) => found.push(finding))
  return found
}
const change = (sql: string): void => {
  const db = new Database(join(folder.path, 'shard-00', 'index.db'))
  db.exec(sql)
  db.close()
}

test('finds nothing in a sound store that is in use', () => {
  expect(findings(false)).toEqual([])
})

test.each([
  ['UPDATE mailboxes SET unseen = 1', /count their messages wrongly/],
  ['UPDATE accounts SET bytes = 1', /count their use wrongly/],
  ['UPDATE mailboxes SET uid_next = 3', /UID twice/],
  ['UPDATE contents SET refs = 7', /contents count/],
])('%s is found, and repaired while the store runs', async (sql, what) => {
  change(sql)
  expect(findings(false)).toEqual([expect.objectContaining({ what: expect.stringMatching(what), repaired: false })])
  expect(findings(true)).toEqual([expect.objectContaining({ repaired: true })])
  expect(findings(false)).toEqual([])
  const [failure] = await store.deliver(bufferContent(octetsOf(11)), [{ accountId: 'a' }])
  expect(failure).toBeNull()
  expect(findings(false)).toEqual([])
})

test('names the message whose octets are damaged', () => {
  const [segment] = readdirSync(join(folder.path, 'shard-00', 'segments'))
  const path = join(folder.path, 'shard-00', 'segments', segment!)
  const octets = readFileSync(path)
  octets[100]! ^= 1
  writeFileSync(path, octets)
  expect(findings(true)).toEqual([
    {
      database: join('shard-00', 'index.db'),
      what: expect.stringMatching(/damaged \(INBOX, UID \d+\)/),
      repaired: false,
    },
  ])
})
