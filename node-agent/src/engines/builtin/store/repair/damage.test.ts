/**
 * Acceptance A 5: bytes flipped anywhere in a store. `MAILFLEET_DAMAGE_RUNS` sets how often, `MAILFLEET_DAMAGE_SEED` where a run
 * begins; a failure names its seed.
 */
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenedMailStore } from '../index.js'
import { accountOf, octetsOf } from '../test-support/numbered-messages.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from '../test-support/store-fixture.js'

const runs = Number(process.env['MAILFLEET_DAMAGE_RUNS'] ?? 60)
const firstSeed = Number(process.env['MAILFLEET_DAMAGE_SEED'] ?? 1)
const accounts = [0, 1, 2, 3, 4, 5, 6].map(accountOf)

/** Octets by `account mailbox uidvalidity uid`. */
type Contents = Map<string, Buffer>
const prefixOf = (number: number): Buffer => Buffer.from(`Delivered-To: ${number}@example.com\r\n`)

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let expected: Contents
/** Also what is gone: damage may undo a removal. */
let ever: Contents
/** After an orderly end, and as a crash leaves it, with most of the changes in the write-ahead log. */
const states = ['closed', 'crashed'] as const

beforeAll(async () => {
  folder = await temporaryFolder()
  const path = join(folder.path, 'live')
  let store = await openTestStore(path, { shards: 1 })
  ever = new Map()
  const remember = async (number: number, name: string, uid: number | undefined): Promise<void> => {
    const account = accountOf(number)
    const { id, uidValidity } = (await store.mailbox(account, name))!
    const last = uid ?? (await store.snapshot(id)).uids.at(-1)!
    ever.set([account, name, uidValidity, last].join(' '), await readAll(await store.open(id, last)))
  }
  const deliver = async (number: number): Promise<void> => {
    const delivery = { accountId: accountOf(number), prefix: prefixOf(number) }
    const content = octetsOf(number)
    const large = join(folder.path, 'incoming')
    writeFileSync(large, content)
    const given = number % 20 === 0 ? { size: content.length, path: large } : bufferContent(content)
    expect(await store.deliver(given, [delivery], number)).toEqual([null])
    await remember(number, 'INBOX', undefined)
  }
  for (let number = 1; number <= 80; number++) await deliver(number)
  await store.close()
  store = await openTestStore(path, { shards: 1 })
  for (let number = 81; number <= 160; number++) {
    await deliver(number)
    const inbox = (await store.mailbox(accountOf(number), 'INBOX'))!.id
    const { uids } = await store.snapshot(inbox)
    if (number % 5 === 0) await store.expunge(inbox, [uids[0]!], true)
    if (number % 7 !== 0) continue
    const archive = (await store.mailbox(accountOf(number), 'Archive'))!.id
    await remember(number, 'Archive', (await store.copy(inbox, [uids[1]!], archive, true)).to[0])
  }
  cpSync(path, join(folder.path, 'crashed'), { recursive: true })
  expected = await contentsOf(store, (number) => Buffer.concat([prefixOf(number), octetsOf(number)]))
  await store.close()
  cpSync(path, join(folder.path, 'closed'), { recursive: true })
}, 120_000)
afterAll(() => folder.remove())

/** What is read must be what `octets` says of it, or be refused. */
async function contentsOf(store: OpenedMailStore, octets: ((number: number) => Buffer) | null): Promise<Contents> {
  const contents: Contents = new Map()
  for (const account of accounts)
    for (const { id, name, uidValidity, noSelect } of await store.mailboxes(account)) {
      if (noSelect) continue
      for (const uid of (await store.snapshot(id)).uids) {
        try {
          const key = [account, name, uidValidity, uid].join(' ')
          const read = await readAll(await store.open(id, uid))
          if (octets) {
            const [message] = await store.messages(id, [uid])
            expect(read.equals(octets(message!.receivedAt))).toBe(true)
          }
          contents.set(key, read)
        } catch (error) {
          if ((error as { code?: string }).code !== 'UNAVAILABLE') throw error
        }
      }
    }
  return contents
}

function random(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1) | 0
    return ((state ^ (state >>> 13)) >>> 0) % below
  }
}

function damage(path: string, next: (below: number) => number): string {
  const shard = join(path, 'shard-00')
  const files = ['index.db', 'index.db', 'index.db', 'index.db-wal', 'index.db-wal'].filter(
    (name) => existsSync(join(shard, name)) && statSync(join(shard, name)).size > 0,
  )
  for (const kind of ['segments', 'large']) {
    const names = readdirSync(join(shard, kind))
    files.push(join(kind, names[next(names.length)]!))
  }
  const name = files[next(files.length)]!
  const octets = readFileSync(join(shard, name))
  const at: number[] = []
  for (let count = [1, 1, 3, 20][next(4)]!; count > 0 && octets.length > 0; count--) {
    at.push(next(octets.length))
    octets[at.at(-1)!]! ^= 1 << next(8)
  }
  // Sometimes a whole page.
  if (next(8) === 0) {
    const page = 4096 * next(Math.ceil(octets.length / 4096))
    octets.fill(next(256), page, Math.min(page + 4096, octets.length))
  }
  writeFileSync(join(shard, name), octets)
  return `${name} at ${at.join()} of ${statSync(join(shard, name)).size}`
}

test(
  `whatever bytes are flipped, no message has octets of another and the store goes on (${runs} times)`,
  { timeout: 600_000 },
  async () => {
    const known = [...ever.values()]
    let lost = 0
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const next = random(seed)
      const state = states[next(2)]!
      const path = join(folder.path, `run-${seed}`)
      cpSync(join(folder.path, state), path, { recursive: true })
      const what = `seed ${seed}, ${state}: ${damage(path, next)}`
      const store = await openTestStore(path, { shards: 1 }).catch((error: Error) => {
        throw new Error(`${what}: does not start`, { cause: error })
      })
      try {
        const found = await contentsOf(store, null)
        for (const [key, octets] of found) {
          if (key.includes(' Recovered ')) continue
          const before = ever.get(key)
          // A new UIDVALIDITY may number them as it likes, but they are whole messages.
          if (before) expect(before.equals(octets), `${what}: ${key}`).toBe(true)
          else
            expect(
              known.some((message) => message.equals(octets)),
              `${what}: ${key}`,
            ).toBe(true)
        }
        lost += Math.max(0, expected.size - found.size)
        for (const account of accounts) {
          const [failure] = await store.deliver(bufferContent(`new ${account}`), [{ accountId: account }])
          expect(failure, what).toBeNull()
          const inbox = (await store.mailbox(account, 'INBOX'))!
          const uid = (await store.snapshot(inbox.id)).uids.at(-1)!
          expect((await readAll(await store.open(inbox.id, uid))).toString(), what).toBe(`new ${account}`)
          expect(ever.has([account, 'INBOX', inbox.uidValidity, uid].join(' ')), what).toBe(false)
        }
      } finally {
        await store.close()
      }
    }
    // Most damage costs nothing or one message: a repair that throws everything away would pass what is above.
    expect(lost).toBeLessThan(runs * expected.size * 0.15)
    console.log(`lost ${lost} of ${runs * expected.size} messages in ${runs} runs`)
  },
)
