/**
 * A fresh, empty PostgreSQL database for a test; real PostgreSQL always.
 *
 * With DATABASE_URL set, the database is made on that server. Else one embedded server is started per Vitest run, by
 * the coordinator (see postgres-coordinator.ts), when the first test asks for it. Outside Vitest each process
 * has its own.
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startEmbeddedPostgres } from './embedded-postgres.js'

export interface TestPostgres {
  url: string
  /** Drops the database, whoever is still connected. */
  stop(): Promise<void>
}

export async function startPostgres(): Promise<TestPostgres> {
  const server = await serverUrl()
  const name = `mailfleet_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, stop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

let ownServer: Promise<string> | undefined

async function serverUrl(): Promise<string> {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL
  const coordinator = process.env.MAILFLEET_TEST_POSTGRES
  if (!coordinator) return (ownServer ??= startEmbeddedPostgres().then((server) => server.url))
  const response = await fetch(coordinator, { signal: AbortSignal.timeout(100_000) })
  const text = await response.text()
  if (!response.ok) throw new Error(`the test PostgreSQL did not start: ${text}`)
  return text
}

/** One statement on a connection of its own. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
