/** pg warns, once in a process, of a statement that is given while another runs: here that is a failure. */
import 'reflect-metadata'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import { Notifications } from '../changes/notifications.js'
import { openDatabase, type Database } from './database.js'

let postgres: TestPostgres
let database: Database
const warnings: string[] = []
const keep = ({ message }: Error): void => void warnings.push(message)

beforeAll(async () => {
  process.on('warning', keep)
  postgres = await startPostgres()
  database = await openDatabase({ url: postgres.url, poolSize: 1, entities: [], migrations: [] })
})
afterAll(async () => {
  process.off('warning', keep)
  await database?.close()
  await postgres?.stop()
})

test('side by side in one transaction: in order, each with its own answer, and what fails ends there', async () => {
  const order: number[] = []
  const answers = await database.transaction((manager) =>
    Promise.all(
      [1, 2, 3].map(async (number) => {
        const [row] = await manager.query('SELECT $1::integer AS number, pg_sleep($2)', [number, (3 - number) / 100])
        order.push(number)
        return row.number
      }),
    ),
  )
  expect([answers, order]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  const failing = database.transaction((manager) =>
    Promise.all([manager.query('SELECT 1 / 0'), manager.query('SELECT 1')]),
  )
  await expect(failing).rejects.toThrow('division by zero')
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('channels that are listened to at once', async () => {
  const notifications = new Notifications({ url: postgres.url })
  await notifications.start()
  const heard = new Set<string>()
  for (const channel of ['one', 'two', 'three']) notifications.on(channel, () => heard.add(channel))
  for (; heard.size < 3; await setImmediate()) {
    await database.query(`SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel`, [['one', 'two', 'three']])
  }
  await notifications.stop()
  expect([...heard].sort()).toEqual(['one', 'three', 'two'])
})

test('nobody was warned', async () => {
  await setImmediate()
  expect(warnings.filter((message) => message.includes('already executing'))).toEqual([])
})
