/** Whose settings a connection carries: never those of whoever had it before, whatever became of them. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import { beyondReach } from './database-scope.js'
import { openDatabase, type Database } from './database.js'
import 'reflect-metadata'

let postgres: TestPostgres
let system: Database
let somebody: Database
const role = 'pg_read_all_settings'
const who = `SELECT current_user::text AS role, coalesce(current_setting('test.name', true), '') AS name`

beforeAll(async () => {
  postgres = await startPostgres()
})
beforeEach(async () => {
  // One connection: each use follows upon another's.
  system = await openDatabase({ url: postgres.url, poolSize: 1, entities: [], migrations: [] })
  somebody = system.scoped(() => ({ role, 'test.name': 'somebody' }))
  return () => system.close()
})
afterAll(() => postgres?.stop())

const expectOwn = async (): Promise<void> => {
  const [{ role: owner }] = (await system.query(who)) as [{ role: string }]
  expect(owner).not.toBe(role)
  expect(await system.query(who)).toEqual([{ role: owner, name: '' }])
  expect(await somebody.query(who)).toEqual([{ role, name: 'somebody' }])
  expect(await system.query(who)).toEqual([{ role: owner, name: '' }])
}

test('each statement has the role and the settings of its own scope', expectOwn)

test('so has what uses the pool itself', async () => {
  await somebody.query(who)
  const { master: pool } = system.dataSource.driver as unknown as { master: { query(sql: string): Promise<unknown> } }
  expect(await pool.query(who)).toMatchObject({ rows: [{ name: '' }] })
})

test.each([
  ['an error of ours', () => Promise.reject(new Error('ours'))],
  ['an error of PostgreSQL', (query: Query) => query('SELECT 1 / 0')],
  ['a time-out', (query: Query) => query(`SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)`)],
  ['an own end of the transaction', (query: Query) => query('ROLLBACK')],
  ['a lost connection', (query: Query) => query('SELECT pg_terminate_backend(pg_backend_pid())')],
])('after %s', async (_name, end) => {
  for (const database of [somebody, system]) {
    await database.transaction((manager) => end((sql) => manager.query(sql))).catch(() => undefined)
    await expectOwn()
  }
})
type Query = (sql: string) => Promise<unknown>

test('a connection that is given back within a transaction is not used again', async () => {
  await somebody.query(who)
  const { master: pool } = system.dataSource.driver as unknown as { master: { connect(): Promise<Client> } }
  const client = await pool.connect()
  const [before] = await pidOf(client)
  await client.query('BEGIN')
  client.release()
  await expectOwn()
  expect(await system.query('SELECT pg_backend_pid() AS pid')).not.toEqual([before])
})
interface Client {
  query(sql: string): Promise<{ rows: unknown[] }>
  release(): void
}
const pidOf = async (client: Client) => (await client.query('SELECT pg_backend_pid() AS pid')).rows

test('beyond one’s reach is the system, for that long', async () => {
  const named = async (manager: { query(sql: string): Promise<{ role: string }[]> }) => (await manager.query(who))[0]!
  await somebody.transaction(async (manager) => {
    const beyond = await beyondReach(manager, () => named(manager))
    expect(beyond.role).not.toBe(role)
    expect((await named(manager)).role).toBe(role)
    await expect(beyondReach(manager, () => Promise.reject(new Error('ours')))).rejects.toThrow('ours')
    expect((await named(manager)).role).toBe(role)
    // A failure of PostgreSQL, taken back to a savepoint.
    await manager.transaction((inner) => beyondReach(inner, () => inner.query('SELECT 1 / 0'))).catch(() => undefined)
    expect((await named(manager)).role).toBe(role)
  })
})

test('within one transaction whoever comes at the same moment waits for those of another scope', async () => {
  await system.transaction(async (manager) => {
    const inner = system.within(manager)
    const other = inner.scoped(() => ({ role, 'test.name': 'other' }))
    const uses = Array.from({ length: 40 }, (_, index) => (index % 3 ? other : inner))
    const seen = await Promise.all(uses.map((database) => database.query<{ name: string }>(who)))
    expect(seen.map(([row]) => row!.name)).toEqual(uses.map((database) => (database === other ? 'other' : '')))
    // What is asked for within what is under way does not wait for it.
    const nested = await other.transaction(() => inner.query<{ name: string }>(who))
    expect(nested[0]!.name).toBe('')
    expect((await other.query<{ name: string }>(who))[0]!.name).toBe('other')
  })
})
