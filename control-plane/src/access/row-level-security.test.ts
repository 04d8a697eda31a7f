/** The second wall as PostgreSQL has it: which tables are behind it, and who may put it up. second-wall.test.ts leans on it. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.js'
import { openMigratedDatabase } from '../application.js'
import type { Database } from '../platform/database.js'
import { PolicyEstimates1767000000601 } from './policy-estimates.migration.js'
import { viewerRole } from './reach.js'
import 'reflect-metadata'

let postgres: TestPostgres
let database: Database
beforeAll(async () => {
  postgres = await startPostgres()
  database = await openMigratedDatabase({ databaseUrl: postgres.url, databasePool: 2 })
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
})

/** Requests cannot use them at all, or only as said here. A new table is protected (`protectTable`), or it is none of a tenant's. */
const notProtected: Record<string, string> = {
  schema_migration: 'of no tenant',
  data_key: 'of no tenant',
  idempotency_key: 'sealed, and looked up as the system',
  upload_chunk: 'sealed, and read by jobs alone',
  mail_address: 'kept by triggers',
  domain_placement: 'kept by triggers',
  change_outbox: 'requests write into it, and read nothing',
  change_log: 'for nodes',
  change_head: 'for nodes',
  node_token_use: 'for nodes',
  mail_event_stream: 'for nodes',
  mail_event_set_aside: 'for nodes',
  config_hold: 'for nodes',
  node_traffic: 'counts of nodes; requests read it as the system',
  audit_head: 'of no tenant',
  audit_checkpoint_report: 'for nodes',
  single_sign_on_flow: 'before anybody is known',
  sign_in_attempt: 'before anybody is known',
  sign_in_network: 'before anybody is known',
  webhook_cursor: 'how far the trail was read; requests use it in no way',
  webhook_mail_batch: 'where events came in; requests use it in no way',
}

test('every table is behind the second wall, or it is said why not', async () => {
  const rows = await database.query<{ name: string; protected: boolean; readable: boolean; writable: boolean }>(
    `SELECT relname AS name, relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) AS protected,
       has_table_privilege($1, oid, 'SELECT') AS readable, has_table_privilege($1, oid, 'INSERT, UPDATE, DELETE') AS writable
     FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition`,
    [viewerRole],
  )
  const open = rows.filter((row) => !row.protected)
  expect(open.map(({ name }) => name).sort()).toEqual(Object.keys(notProtected).sort())
  expect(open.filter(({ readable }) => readable)).toEqual([])
  expect(open.filter(({ writable }) => writable).map(({ name }) => name)).toEqual(['change_outbox'])
})

test('partitions have no way past the policies of their table', async () => {
  await database.query(
    `CREATE TABLE mail_event_of_once PARTITION OF mail_event FOR VALUES FROM ('2001-01-01') TO ('2001-01-02')`,
  )
  const [row] = await database.query(`SELECT has_table_privilege($1, 'mail_event_of_once', 'SELECT') AS readable`, [
    viewerRole,
  ])
  expect(row).toEqual({ readable: false })
})

test('what runs with the rights of the owner looks nowhere else', async () => {
  const definers = await database.query<{ name: string; config: string[] | null; definer: boolean }>(
    `SELECT proname AS name, proconfig AS config, prosecdef AS definer FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace AND (prosecdef OR prorettype = 'trigger'::regtype)
       AND NOT EXISTS (SELECT FROM pg_depend WHERE pg_depend.objid = pg_proc.oid AND pg_depend.deptype = 'e')`,
  )
  expect(definers.map(({ name }) => name)).toEqual(expect.arrayContaining(['reached_tenants', 'audit_mailbox']))
  for (const { name, config, definer } of definers) {
    expect(definer, name).toBe(true)
    expect(config, name).toEqual(['search_path=public, pg_temp'])
  }
})

test('without settings nothing is reached, nor with empty ones', async () => {
  await database.query(
    `INSERT INTO tenant (id, path, name, kind) VALUES (gen_random_uuid(), 'root', 'root', 'PLATFORM') ON CONFLICT DO NOTHING`,
  )
  const nobody = database.scoped(() => ({ role: viewerRole }))
  const empty = database.scoped(() => ({ role: viewerRole, 'mailfleet.subtrees': '', 'mailfleet.self': '' }))
  for (const reader of [nobody, empty]) expect(await reader.query('SELECT id FROM tenant')).toEqual([])
  const root = database.scoped(() => ({ role: viewerRole, 'mailfleet.tenants': 'root' }))
  expect(await root.query('SELECT name FROM tenant')).toEqual([{ name: 'root' }])
})

test('an owner who may make no roles is told what is missing, and needs nothing more than that', async () => {
  const server = new pg.Client({ connectionString: postgres.url })
  await server.connect()
  const [owner, password] = [`plain_${randomBytes(4).toString('hex')}`, randomBytes(12).toString('hex')]
  const url = new URL(postgres.url)
  Object.assign(url, { username: owner, password, pathname: `/${owner}` })
  try {
    await server.query(`CREATE ROLE ${owner} LOGIN NOCREATEROLE PASSWORD '${password}'`)
    await server.query(`CREATE DATABASE ${owner} OWNER ${owner} TEMPLATE template0`)
    const open = () => openMigratedDatabase({ databaseUrl: url.href, databasePool: 2 })
    await expect(open()).rejects.toThrow(`GRANT ${viewerRole} TO ${owner};`)
    await server.query(`GRANT ${viewerRole} TO ${owner}`)
    const opened = await open()
    const nobody = opened.scoped(() => ({ role: viewerRole }))
    expect(await nobody.query('SELECT id FROM mailbox')).toEqual([])
    await opened.close()
  } finally {
    await server.query(`DROP DATABASE IF EXISTS ${owner} WITH (FORCE)`)
    await server.query(`DROP ROLE ${owner}`)
    await server.end()
  }
})

const policies = () =>
  database.query<{ table: string; condition: string }>(
    `SELECT polrelid::regclass::text AS "table", pg_get_expr(polqual, polrelid) AS condition FROM pg_policy
     WHERE polname LIKE '%_reached' ORDER BY 1`,
  )

test('policies have the form that the planner estimates well, and those of before are brought into it', async () => {
  const wanted = await policies()
  for (const { table, condition } of wanted) {
    expect(condition, table).toMatch(/^\(NULLIF\((.*), false\) IS NOT NULL\)$/s)
  }
  const ofOwner = (table: string, owner: string) =>
    `EXISTS (SELECT FROM ${owner} AS owner WHERE owner.id = ${table}.${owner}_id)`
  const before = {
    webhook: 'tenant_id IN (SELECT unnest(reached_tenants()))',
    mailbox: ofOwner('mailbox', 'domain'),
    external_identity: `${ofOwner('external_identity', 'administrator')} OR ${ofOwner('external_identity', 'mailbox')}`,
  }
  await database.transaction(async (manager) => {
    for (const [table, condition] of Object.entries(before)) {
      await manager.query(`ALTER POLICY ${table}_reached ON ${table} USING (${condition})`)
    }
    await new PolicyEstimates1767000000601().up(manager.queryRunner!)
  })
  expect(await policies()).toEqual(wanted)
})

test('the planner takes what policies are asked about for reached, and so reads lists in their order', async () => {
  const rows = await database.transaction(async (manager) => {
    await manager.query(`
      SET LOCAL session_replication_role = replica;
      INSERT INTO tenant (id, parent_id, path, name, kind)
        SELECT uuidv7(), uuidv7(), ('all.r' || number)::ltree, 'Customer ' || number, 'CUSTOMER' FROM generate_series(1, 200) AS number;
      INSERT INTO domain (id, tenant_id, name, display_name) SELECT uuidv7(), id, id, id FROM tenant;
      INSERT INTO mailbox (id, domain_id, local_part, address, name, password_hash)
        SELECT uuidv7(), domain.id, number, number || '@' || domain.name, 'Somebody', '!' FROM domain, generate_series(1, 5) AS number;
      ANALYZE tenant, domain, mailbox`)
    await manager.query(`SELECT set_config('role', $1, true)`, [viewerRole])
    const [explained] = await manager.query('EXPLAIN (FORMAT JSON) SELECT FROM mailbox')
    await manager.query('RESET ROLE')
    return explained['QUERY PLAN'][0].Plan['Plan Rows'] as number
  })
  expect(rows).toBeGreaterThan(900)
})
