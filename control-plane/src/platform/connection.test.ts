import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import { readPage, type PageOrder, type PageRequest } from './connection.js'
import { openDatabase, type Database } from './database.js'
import { newId } from './ids.js'
import { SqlParameters } from './sql-parameters.js'

let postgres: TestPostgres
let database: Database
beforeAll(async () => {
  postgres = await startPostgres()
  database = await openDatabase({ url: postgres.url, poolSize: 2, entities: [], migrations: [] })
  await database.query('CREATE TABLE thing (id uuid PRIMARY KEY, name text NOT NULL, made timestamptz NOT NULL)')
  // Many of the same name and of the same moment, so that the id must decide.
  for (let index = 0; index < 23; index++) {
    const made = `2026-01-01 00:00:00.00000${index % 3}+00`
    await database.query('INSERT INTO thing VALUES ($1, $2, $3)', [newId(), `name ${index % 4}`, made])
  }
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
})

const orders: PageOrder[] = [
  { name: 'thing.name', sql: 'lower(thing.name)', type: 'text', direction: 'ASC' },
  { name: 'thing.name', sql: 'lower(thing.name)', type: 'text', direction: 'DESC' },
  { name: 'thing.made', sql: 'thing.made', type: 'timestamptz', direction: 'ASC' },
  { name: 'thing.made', sql: 'thing.made', type: 'timestamptz', direction: 'DESC' },
]

function read(request: PageRequest, order: PageOrder, name?: string) {
  const parameters = new SqlParameters()
  const conditions = name ? [`thing.name <> ${parameters.bind(name, 'text')}`] : []
  return readPage(database, request, { from: 'thing', id: 'thing.id', conditions, parameters, order })
}

async function expected(order: PageOrder, name: string): Promise<string[]> {
  const { sql, direction } = order
  const rows = await database.query<{ id: string }>(
    `SELECT id FROM thing WHERE name <> $1 ORDER BY ${sql} ${direction}, id ${direction}`,
    [name],
  )
  return rows.map((row) => row.id)
}

describe.each(orders)('$name $direction', (order) => {
  test('pages forward and backward see every row once, in order', async () => {
    const all = await expected(order, 'name 2')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), async (size) => {
        const forward: string[] = []
        let after: string | null = null
        for (let more = true; more;) {
          const page = await read({ first: size, after }, order, 'name 2')
          forward.push(...page.ids)
          expect(page.hasPreviousPage).toBe(after !== null)
          more = page.hasNextPage
          after = page.cursors.at(-1)!
        }
        expect(forward).toEqual(all)
        const backward: string[] = []
        let before: string | null = null
        for (let more = true; more;) {
          const page = await read({ last: size, before }, order, 'name 2')
          backward.unshift(...page.ids)
          more = page.hasPreviousPage
          before = page.cursors[0]!
        }
        expect(backward).toEqual(all)
      }),
      { numRuns: 8 },
    )
  })

  test('between two cursors', async () => {
    const page = await read({ first: 10 }, order)
    const between = await read({ first: 100, after: page.cursors[1], before: page.cursors[7] }, order)
    expect(between.ids).toEqual(page.ids.slice(2, 7))
    expect(await between.count()).toBe(23)
  })
})

const order = orders[0]!

test.each<[string, PageRequest]>([
  ['more than 200', { first: 201 }],
  ['a milliard', { last: 1e9 }],
  ['less than nothing', { first: -1 }],
  ['both ends', { first: 1, last: 1 }],
  ['no cursor', { after: 'x' }],
  ['a cursor of JSON that is none', { after: Buffer.from('{"a":1}').toString('base64url') }],
  ['a cursor with no id', { after: Buffer.from('["thing.name","a","b"]').toString('base64url') }],
  ['a cursor with NUL', { after: Buffer.from(`["thing.name","\\u0000","${newId()}"]`).toString('base64url') }],
  ['a huge cursor', { before: 'A'.repeat(3_000) }],
])('refuses %s', async (_, request) => {
  await expect(read(request, order)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test("refuses another order's cursor, and a moment that is none", async () => {
  const page = await read({ first: 1 }, order)
  await expect(read({ after: page.cursors[0] }, orders[2]!)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  for (const moment of ['yesterday', '2026-02-30 00:00:00+00', '2026-13-01 00:00:00+00', '2026-01-01 00:00:00+99']) {
    const forged = Buffer.from(JSON.stringify(['thing.made', moment, newId()])).toString('base64url')
    for (const argument of ['after', 'before'])
      await expect(read({ [argument]: forged }, orders[2]!)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        inputPath: [argument],
      })
  }
})

test('nothing wanted is nothing read, but whether there is more is told', async () => {
  expect(await read({ first: 0 }, order)).toMatchObject({ ids: [], hasNextPage: true })
})
