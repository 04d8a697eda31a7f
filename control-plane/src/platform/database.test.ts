import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { openMigratedDatabase } from '../application.js'
import { openDatabase } from './database.js'
import 'reflect-metadata'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

test('replicas that start at once migrate once', async () => {
  const settings = { databaseUrl: postgres.url, databasePool: 2 }
  const replicas = await Promise.all(Array.from({ length: 4 }, () => openMigratedDatabase(settings)))
  const applied = await replicas[0]!.query<{ name: string }>('SELECT name FROM schema_migration ORDER BY id')
  expect(new Set(applied.map((row) => row.name)).size).toBe(applied.length)
  expect(applied.length).toBeGreaterThanOrEqual(4)
  for (const replica of replicas) await replica.close()
})

test('a transaction calls back after its commit and not after a rollback, and survives a deadlock', async () => {
  const database = await openMigratedDatabase({ databaseUrl: postgres.url, databasePool: 4 })
  let commits = 0
  const forget = database.onCommit(() => commits++)
  await expect(
    database.transaction(async () => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(commits).toBe(0)

  await database.query('CREATE TABLE counter (id integer PRIMARY KEY, value integer NOT NULL)')
  await database.query('INSERT INTO counter VALUES (1, 0), (2, 0)')
  // Each holds one row before it asks for the other's; the one that is broken off runs again, alone.
  let holding = 0
  const add = (first: number, second: number) =>
    database.transaction(async (manager) => {
      await manager.query('UPDATE counter SET value = value + 1 WHERE id = $1', [first])
      holding++
      await expect.poll(() => holding, { interval: 5 }).toBeGreaterThanOrEqual(2)
      await manager.query('UPDATE counter SET value = value + 1 WHERE id = $1', [second])
    })
  await Promise.all([add(1, 2), add(2, 1)])
  expect(holding).toBe(3)
  expect(await database.query('SELECT value FROM counter')).toEqual([{ value: 2 }, { value: 2 }])
  expect(commits).toBe(2)
  forget()
  await database.close()
})

/** As a change of a large table would find it. */
class SlowChange1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE limits AS SELECT current_setting('statement_timeout') AS statement,
         current_setting('idle_in_transaction_session_timeout') AS idle`,
    )
  }
  async down(): Promise<void> {}
}

test('a migration has as long as it takes, what comes after it has not', async () => {
  const other = await startPostgres()
  const database = await openDatabase({
    url: other.url,
    poolSize: 1,
    entities: [],
    migrations: [SlowChange1700000000000],
  })
  await database.migrate()
  expect(await database.query('SELECT * FROM limits')).toEqual([{ statement: '0', idle: '0' }])
  expect(await database.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '30s' }])
  await database.close()
  await other.stop()
})
