import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import { migrations } from '../migrations.js'
import { openDatabase, type Database } from '../platform/database.js'
import { readChangedKeys, readHead, recordChanges } from './index.js'
import { startSequencer } from './sequencer.js'

let postgres: TestPostgres
let database: Database
const nodeId = randomUUID()

beforeAll(async () => {
  postgres = await startPostgres()
  database = await openDatabase({
    url: postgres.url,
    poolSize: 12,
    entities: [],
    migrations,
  })
  await database.migrate()
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
})
beforeEach(async () => {
  await database.query('TRUNCATE change_outbox, change_log')
  await database.query('UPDATE change_head SET revision = 0, compacted_to = 0')
})

const record = (id: string, manager = database.dataSource.manager) =>
  recordChanges(manager, [{ kind: 'Mailbox', id, mailNodeId: nodeId }])

const logged = () =>
  database.query<{ revision: string; resource_id: string }>(
    'SELECT revision, resource_id FROM change_log ORDER BY revision',
  )

async function sequenced(count: number): Promise<void> {
  const until = Date.now() + 15_000
  while ((await readHead(database.dataSource)).revision < count) {
    if (Date.now() > until) throw new Error(`the head did not reach ${count}`)
    await sleep(5)
  }
}

describe('sequencer', () => {
  test('a transaction that was first to record and last to commit is not skipped', async () => {
    const sequencer = startSequencer(database.dataSource, { pollMs: 60_000 })
    const [late, early] = [randomUUID(), randomUUID()]
    const slow = database.dataSource.createQueryRunner()
    await slow.connect()
    await slow.startTransaction()
    await record(late, slow.manager)
    await record(early)
    sequencer.wake()
    await sequencer.idle()
    expect(await logged()).toEqual([{ revision: '1', resource_id: early }])

    await slow.commitTransaction()
    await slow.release()
    sequencer.wake()
    await sequencer.stop()
    expect(await logged()).toEqual([
      { revision: '1', resource_id: early },
      { revision: '2', resource_id: late },
    ])
  })

  test('what is rolled back gets no revision', async () => {
    const sequencer = startSequencer(database.dataSource, { pollMs: 60_000 })
    await database
      .transaction(async (manager) => {
        await record(randomUUID(), manager)
        throw new Error('no')
      })
      .catch(() => undefined)
    const id = randomUUID()
    await record(id)
    sequencer.wake()
    await sequencer.stop()
    expect(await logged()).toEqual([{ revision: '1', resource_id: id }])
  })

  test('many writers, some slow, and two replicas: revisions are dense, and a reader that follows the head misses nothing', async () => {
    const replicas = [1, 2].map(() => startSequencer(database.dataSource, { batchSize: 7, pollMs: 20 }))
    const written = new Set<string>()
    const writer = async (seed: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const ids = Array.from({ length: 1 + ((seed + i) % 3) }, () => randomUUID())
        await database.transaction(async (manager) => {
          for (const id of ids) await record(id, manager)
          if ((seed * 7 + i) % 9 === 0) await sleep(15)
        })
        for (const id of ids) written.add(id)
        replicas[i % 2]!.wake()
      }
    }
    const read: number[] = []
    let done = false
    const reader = (async () => {
      let position = 0
      while (!done || position < written.size) {
        const head = await readHead(database.dataSource)
        const range = { mailNodeId: nodeId, base: position, after: position, upTo: head.revision, limit: 10_000 }
        for (const key of (await readChangedKeys(database.dataSource, range))!) read.push(key.revision)
        position = head.revision
      }
    })()
    await Promise.all([1, 2, 3, 4, 5].map(writer))
    done = true
    await sequenced(written.size)
    await reader
    await Promise.all(replicas.map((replica) => replica.stop()))
    expect(read).toEqual(Array.from({ length: written.size }, (_, i) => i + 1))
    expect(new Set((await logged()).map((row) => row.resource_id))).toEqual(written)
    expect(await database.query('SELECT 1 FROM change_outbox')).toEqual([])
  })

  test('records of a process that died before it woke the sequencer are found by polling', async () => {
    await record(randomUUID())
    const sequencer = startSequencer(database.dataSource, { pollMs: 10 })
    await sequenced(1)
    await sequencer.stop()
  })
})

describe('changed keys', () => {
  test('every key once, at its first change after the base, with its last version; pages join without loss', async () => {
    const keys = Array.from({ length: 6 }, () => randomUUID())
    const nodes = [nodeId, randomUUID()]
    const change = fc.record({ key: fc.nat(5), node: fc.nat(1) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 40 }),
        fc.nat(40),
        fc.integer({ min: 1, max: 7 }),
        async (changes, from, limit) => {
          await database.query('TRUNCATE change_log')
          await database.query('UPDATE change_head SET revision = $1', [changes.length])
          await database.query(
            `INSERT INTO change_log (revision, kind, resource_id, mail_node_id)
           SELECT row_number() OVER (), 'Mailbox', * FROM unnest($1::uuid[], $2::uuid[])`,
            [changes.map((c) => keys[c.key]), changes.map((c) => nodes[c.node])],
          )
          const base = Math.min(from, changes.length)
          const expected = new Map<string, { revision: number; version: number }>()
          changes.forEach(({ key, node }, i) => {
            if (node !== 0 || i + 1 <= base) return
            const id = keys[key]!
            expected.set(id, { revision: expected.get(id)?.revision ?? i + 1, version: i + 1 })
          })
          const seen = new Map<string, { revision: number; version: number }>()
          let after = base
          for (;;) {
            const range = { mailNodeId: nodeId, base, after, upTo: changes.length, limit }
            const page = (await readChangedKeys(database.dataSource, range))!
            for (const { id, revision, version } of page) {
              expect(seen.has(id)).toBe(false)
              expect(revision).toBeGreaterThan(after)
              seen.set(id, { revision, version })
            }
            if (page.length < limit) break
            after = page.at(-1)!.revision
          }
          expect(seen).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })
})
