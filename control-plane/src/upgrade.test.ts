/** A database of the release before, with a row in each of its tables: the migrations keep them all, and the application serves them. */
import 'reflect-metadata'
import { randomBytes, randomUUID } from 'node:crypto'
import { noTelemetry } from '@mailfleet/telemetry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../tests/support/postgres.js'
import { TenantsAndAccess1764000000001 } from './access/tenants-and-access.migration.js'
import { startApplication } from './application.js'
import { Domains1764000000003 } from './domains/index.js'
import { entities } from './entities.js'
import { MailEvents1764000000004 } from './events/index.js'
import { EventPartitions } from './events/partitions.js'
import { migrations } from './migrations.js'
import { NodesAndChanges1764000000002 } from './nodes/index.js'
import { openDatabase, type Database } from './platform/database.js'
import { createLogger } from './platform/logger.js'
import { hashPassword } from './platform/password.js'
import { ApiClient } from './test-support/api-client.js'
import { newPassword } from './test-support/test-application.js'

const before = [
  TenantsAndAccess1764000000001,
  NodesAndChanges1764000000002,
  Domains1764000000003,
  MailEvents1764000000004,
]
/** Made empty by what runs all the time: the sequencer, and limits that run out. */
const passing = ['schema_migration', 'change_outbox', 'change_head', 'sign_in_attempt']

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for classes
const open = (known: Function[]) => openDatabase({ url: postgres.url, poolSize: 2, entities, migrations: known })

type Rows = Record<string, Record<string, unknown>[]>

/** All rows, as JSON without the columns that came later. */
async function rowsOf(database: Database, columns?: Rows): Promise<Rows> {
  const tables = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
     AND NOT relispartition ORDER BY relname`,
  )
  const rows: Rows = {}
  for (const { name } of tables.filter(({ name: table }) => !passing.includes(table))) {
    const known = columns && Object.keys(columns[name]?.[0] ?? {})
    const found = await database.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(item) AS row FROM ${name} AS item ORDER BY to_jsonb(item)::text`,
    )
    rows[name] = found.map(({ row }) =>
      known ? Object.fromEntries(Object.entries(row).filter(([column]) => known.includes(column))) : row,
    )
  }
  return rows
}

async function fill(database: Database, email: string, password: string): Promise<void> {
  const [root, reseller, administrator, node, domain, mailbox] = Array.from({ length: 6 }, () => randomUUID())
  const label = (id: string): string => id.replaceAll('-', '')
  const run = (sql: string, ...values: unknown[]) => database.query(sql, values)
  const hash = await hashPassword(password)
  await run(`INSERT INTO tenant (id, path, name, kind) VALUES ($1, $2, 'Root', 'PLATFORM')`, root, label(root!))
  await run(
    `INSERT INTO tenant (id, parent_id, path, name, kind, status) VALUES ($1, $2, $3, 'Reseller', 'RESELLER', 'SUSPENDED')`,
    reseller,
    root,
    `${label(root!)}.${label(reseller!)}`,
  )
  await run(
    `INSERT INTO administrator (id, tenant_id, email, name, role, password_hash) VALUES ($1, $2, $3, 'Old', 'PLATFORM_ADMIN', $4)`,
    administrator,
    root,
    email,
    hash,
  )
  for (const table of ['session', 'api_token']) {
    await run(
      `INSERT INTO ${table} (id, administrator_id, token_hash, expires_at${table === 'session' ? '' : ', name'})
       VALUES ($1, $2, $3, now() + interval '1 day'${table === 'session' ? '' : ", 'old'"})`,
      randomUUID(),
      administrator,
      randomBytes(32),
    )
  }
  await run(
    `INSERT INTO mail_node (id, name, host_name, max_message_bytes, retry_delays, max_queue_age)
     VALUES ($1, 'old', 'mx.old.example', 1000000, '{60}', 3600)`,
    node,
  )
  await run('INSERT INTO mail_node_link (mail_node_id, engine) VALUES ($1, $2)', node, 'builtin')
  await run(
    `INSERT INTO join_token (mail_node_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '1 day')`,
    node,
    randomBytes(32),
  )
  await run(
    `INSERT INTO config_rejection (mail_node_id, kind, resource_id, revision, reason) VALUES ($1, 'Domain', 'x', 1, 'old')`,
    node,
  )
  await run(
    `INSERT INTO domain (id, tenant_id, name, display_name, mail_node_id) VALUES ($1, $2, 'old.example', 'old.example', $3)`,
    domain,
    reseller,
    node,
  )
  await run(
    `INSERT INTO mailbox (id, domain_id, local_part, address, name, password_hash, quota_bytes)
     VALUES ($1, $2, 'old', 'old@old.example', 'Old', $3, 1000)`,
    mailbox,
    domain,
    hash,
  )
  await run(
    `INSERT INTO alias (id, domain_id, local_part, address, targets) VALUES ($1, $2, 'a', 'a@old.example', '{b@old.example}')`,
    randomUUID(),
    domain,
  )
  await run(
    `INSERT INTO forward (id, mailbox_id, targets, keep_copy) VALUES ($1, $2, '{c@else.example}', true)`,
    randomUUID(),
    mailbox,
  )
  await new EventPartitions(database.dataSource).ensure([Date.now()])
  await run(
    `INSERT INTO mail_event (id, at, reported_at, mail_node_id, tenant_id, type) VALUES ($1, now(), now(), $2, $3, 'RECEIVED')`,
    randomUUID(),
    node,
    reseller,
  )
  await run(`INSERT INTO mail_event_stream (mail_node_id, stream, high_water) VALUES ($1, 'old', 7)`, node)
}

test('keeps every row, and serves them', async () => {
  const email = 'old@platform.example'
  const password = newPassword()
  const old = await open(before)
  await old.migrate()
  await fill(old, email, password)
  const had = await rowsOf(old)
  await old.close()

  const upgraded = await open(migrations)
  await upgraded.migrate()
  const has = await rowsOf(upgraded, had)
  await upgraded.close()
  for (const [table, rows] of Object.entries(had)) expect([table, has[table]]).toEqual([table, rows])

  const settings = {
    databaseUrl: postgres.url,
    databasePool: 4,
    httpHost: '127.0.0.1',
    httpPort: 0,
    masterKey: randomBytes(32).toString('base64'),
    masterKeyFile: null,
    publicUrl: null,
    consoleDir: null,
    logLevel: 'silent',
    telemetry: noTelemetry,
    trustedProxies: 0,
    requestBudget: 0,
    outboundNetworks: [],
    // Nobody listens there: tests ask no resolver of the machine.
    dns: { servers: ['127.0.0.1:9'], timeoutMs: 100, periodicChecks: false, autoconfigHost: null },
  }
  const application = await startApplication(settings, createLogger('silent'))
  try {
    const client = new ApiClient(application.url)
    await client.signIn({ email, password })
    const { domains, mailboxes } = await client.query(
      `{ domains { nodes { name tenant { name effectiveStatus } } } mailboxes { nodes { address quotaBytes } } }`,
    )
    expect(domains.nodes).toEqual([{ name: 'old.example', tenant: { name: 'Reseller', effectiveStatus: 'SUSPENDED' } }])
    expect(mailboxes.nodes).toMatchObject([{ address: 'old@old.example' }])
  } finally {
    await application.stop()
  }
})
