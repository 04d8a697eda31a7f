/** `rulesToSql` and `ability.can` must agree on every row, whatever the rules: checked on a real PostgreSQL. */
import { createMongoAbility, subject, type MongoAbility, type RawRuleOf } from '@casl/ability'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import { rulesToSql, type SubjectColumns } from './casl-sql.js'
import { SqlParameters } from './sql-parameters.js'

const columns: SubjectColumns = {
  name: { sql: 'thing.name', type: 'text', nullable: true },
  kind: { sql: 'thing.kind', type: 'text' },
  size: { sql: 'thing.size', type: 'integer' },
  open: { sql: 'thing.open', type: 'boolean', nullable: true },
  within: { sql: 'thing.path', type: 'path', nullable: true },
  place: { sql: 'thing.path', type: 'exactPath', nullable: true },
}

const paths = ['a', 'a.b', 'a.b.c', 'a.bc', 'd']
const pathsAbove = (path: string | null) =>
  path === null ? [] : path.split('.').map((_, index, labels) => labels.slice(0, index + 1).join('.'))

interface Row {
  name: string | null
  kind: string
  size: number
  open: boolean | null
  path: string | null
}

const rows: Row[] = []
for (const name of [null, 'x', 'y']) {
  for (const kind of ['k', 'l']) {
    for (const [size, open] of [
      [0, true],
      [1, false],
      [2, null],
    ] as const) {
      for (const path of [null, ...paths]) rows.push({ name, kind, size, open, path })
    }
  }
}

let postgres: TestPostgres
let client: pg.Client
beforeAll(async () => {
  postgres = await startPostgres()
  client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`CREATE EXTENSION ltree;
    CREATE TABLE thing (id integer, name text, kind text NOT NULL, size integer NOT NULL, open boolean, path ltree)`)
  for (const [id, { name, kind, size, open, path }] of rows.entries()) {
    await client.query('INSERT INTO thing VALUES ($1, $2, $3, $4, $5, $6)', [id, name, kind, size, open, path])
  }
})
afterAll(async () => {
  await client?.end()
  await postgres?.stop()
})

const valueOf: Record<string, fc.Arbitrary<unknown>> = {
  name: fc.constantFrom('x', 'y', 'z', null),
  kind: fc.constantFrom('k', 'l', 'm'),
  size: fc.integer({ min: -1, max: 3 }),
  open: fc.constantFrom(true, false, null),
  within: fc.constantFrom(...paths, 'e'),
  place: fc.constantFrom(...paths, 'e', null),
}

const fieldCondition = fc.constantFrom(...Object.keys(columns)).chain((field) => {
  const value = valueOf[field]!
  const operators: fc.Arbitrary<object>[] = [
    value.map((eq) => ({ $eq: eq })),
    value.map((ne) => ({ $ne: ne })),
    fc.array(value, { minLength: 1, maxLength: 3 }).map((among) => ({ $in: among })),
    fc.array(value, { minLength: 1, maxLength: 3 }).map((among) => ({ $nin: among })),
  ]
  if (field === 'size') {
    for (const operator of ['$lt', '$lte', '$gt', '$gte']) operators.push(value.map((bound) => ({ [operator]: bound })))
  }
  return fc.oneof(...operators).map((condition) => ({ [field]: condition }))
})

/** CASL's own matcher knows no `$or` within one rule: several rules say that. */
const condition = fc
  .array(fieldCondition, { minLength: 1, maxLength: 3 })
  .map((parts) => Object.assign({}, ...parts) as object)

const rule = fc.record({
  action: fc.constantFrom('read', 'write', 'manage'),
  subject: fc.constantFrom('Thing', 'Thing', 'all', 'Other'),
  inverted: fc.boolean(),
  conditions: fc.option(condition, { nil: undefined, freq: 6 }),
  fields: fc.option(fc.subarray(['name', 'kind', 'size'], { minLength: 1 }), { nil: undefined, freq: 1 }),
})

test('agree on every row for random rules', async () => {
  let mixed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(rule, { maxLength: 6 }), async (rules) => {
      const ability = createMongoAbility(rules as RawRuleOf<MongoAbility>[])
      const parameters = new SqlParameters()
      const sql = rulesToSql(ability, 'read', 'Thing', columns, parameters)
      const selected = await client.query(`SELECT id FROM thing WHERE ${sql} ORDER BY id`, parameters.values)
      const allowed = rows
        .map(({ path, ...row }, id) => ({
          id,
          allowed: ability.can('read', subject('Thing', { ...row, within: pathsAbove(path), place: path })),
        }))
        .filter((row) => row.allowed)
      if (allowed.length > 0 && allowed.length < rows.length) mixed++
      expect(selected.rows.map((row) => row.id)).toEqual(allowed.map((row) => row.id))
    }),
    { numRuns: 800 },
  )
  // Else it has compared all with all and nothing with nothing.
  expect(mixed).toBeGreaterThan(150)
})

test.each([
  ['a pattern', { name: { $regex: '^x' } }],
  ['existence', { name: { $exists: true } }],
  ['an order on text', { kind: { $gt: 'k' } }],
  ['an order on what may be null', { open: { $gt: 0 } }],
  ['an unknown field', { secret: 1 }],
  ['a junction within a rule', { $or: [{ kind: 'k' }] }],
])('refuse %s', (_, conditions) => {
  const ability = createMongoAbility([{ action: 'read', subject: 'Thing', conditions }] as RawRuleOf<MongoAbility>[])
  expect(() => rulesToSql(ability, 'read', 'Thing', columns, new SqlParameters())).toThrow()
})

test('nothing allowed selects nothing', () => {
  expect(rulesToSql(createMongoAbility([]), 'read', 'Thing', columns, new SqlParameters())).toBe('false')
})
