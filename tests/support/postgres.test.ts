import { expect, it } from 'vitest'
import pg from 'pg'
import { startPostgres } from './postgres.js'
it('makes fresh databases', async () => {
  const [a, b] = await Promise.all([startPostgres(), startPostgres()])
  const client = new pg.Client({ connectionString: a.url })
  await client.connect()
  await client.query('create table t (x int)')
  const second = new pg.Client({ connectionString: b.url })
  await second.connect()
  await expect(second.query('select * from t')).rejects.toThrow(/does not exist/)
  expect((await client.query("select lower('ÄÖ') as l")).rows).toEqual([{ l: 'äö' }])
  await client.query('create extension ltree; create extension pg_trgm')
  await second.end()
  // Dropping the database must not wait for those who are still connected.
  client.on('error', () => undefined)
  await Promise.all([a.stop(), b.stop()])
})
