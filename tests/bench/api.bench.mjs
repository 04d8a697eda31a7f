/**
 * The API at scale, through HTTP against the built control plane on a real PostgreSQL: 1,000 resellers, 100,000 domains, 2,000,000
 * mailboxes. `node tests/bench/api.bench.mjs [--size=full|smoke] [--rounds=30] [--data-dir=folder to keep the world in]`.
 *
 * Prints Markdown tables of p50 and p99 in milliseconds, and of SQL statements a request. One request at a time.
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { listCases } from './api/cases.mjs'
import { Client } from './api/client.mjs'
import { measureRounds, print } from './api/rounds.mjs'
import { startControlPlane, startDatabase } from './api/servers.mjs'
import { fillWorld, sizes } from './api/world.mjs'
import { measureWork, signInAndCreate } from './api/work.mjs'

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'full' },
    rounds: { type: 'string', default: '30' },
    'data-dir': { type: 'string' },
    only: { type: 'string' },
    'skip-work': { type: 'boolean', default: false },
  },
})
const size = sizes[options.size]
if (!size) throw new Error(`--size is one of ${Object.keys(sizes).join(', ')}`)
const rounds = Number(options.rounds)

const server = await startDatabase(options['data-dir'])
const database = new pg.Client({ connectionString: server.url })
await database.connect()
try {
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  await filled()
  const controlPlane = await startControlPlane(server)
  try {
    await measure(controlPlane.url)
  } finally {
    await controlPlane.stop()
  }
} finally {
  await database.end()
  await server.stop()
}

async function filled() {
  const { rows } = await database.query("SELECT FROM tenant WHERE kind = 'RESELLER' LIMIT 1")
  if (rows.length === 0) {
    const start = performance.now()
    await fillWorld(database, size)
    console.log(`filled in ${((performance.now() - start) / 1_000).toFixed(0)} s`)
  }
  const { rows: held } = await database.query(
    `SELECT (SELECT count(*) FROM tenant WHERE kind = 'RESELLER') AS resellers, (SELECT count(*) FROM domain) AS domains,
       (SELECT count(*) FROM mailbox) AS mailboxes, pg_size_pretty(pg_database_size(current_database())) AS disk`,
  )
  console.log(held[0])
}

async function measure(url) {
  const platform = new Client(url)
  await platform.signIn(server.root)
  const resellers = []
  for (const [number, count] of [
    [1, size.small],
    [0, size.large],
  ]) {
    resellers.push(
      await resellerOf(platform, `Reseller ${number}`, `reseller with ${count.toLocaleString('en')} domains`),
    )
  }
  const { rows } = await database.query('SELECT path::text FROM tenant WHERE parent_id IS NULL')
  const viewers = [...resellers, { client: platform, who: 'platform', path: rows[0].path }]
  const cases = []
  for (const viewer of viewers) {
    for await (const one of listCases(viewer.client, { ...viewer, database })) {
      if (!options.only || one.name.includes(options.only)) cases.push(one)
    }
  }
  console.log(`\n## Lists\n`)
  print(await measureRounds(cases, { rounds, warmUp: 1, database }))
  if (options['skip-work']) return
  console.log(`\n## Sign-in and changes\n`)
  print(await measureRounds(await signInAndCreate(resellers.at(-1), url, database), { rounds, warmUp: 1, database }))
  await measureWork(resellers.at(-1), size)
}

/** A new administrator of the tenant, signed in. */
async function resellerOf(platform, name, who) {
  const { rows } = await database.query('SELECT id, path::text FROM tenant WHERE name = $1', [name])
  const [{ id, path }] = rows
  const search = `{ tenants(filter: { search: "${name}", kind: RESELLER }) { nodes { id name } } }`
  const { tenants } = await platform.query(search)
  const tenantId = tenants.nodes.find((tenant) => tenant.name === name).id
  const credentials = { email: `bench-${Date.now()}-${id}@people.example`, password: server.root.password }
  await platform.mutate(
    'createAdministrator',
    { tenantId, role: 'RESELLER', name: who, ...credentials },
    'administrator { id }',
  )
  const client = new Client(platform.url)
  await client.signIn(credentials)
  return { client, who, path, tenantId, credentials }
}
