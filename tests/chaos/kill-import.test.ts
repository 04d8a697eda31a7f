/** The control plane's process is killed in the middle of an import, again and again: no row is done twice, and none is left out. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Api } from '../support/api.js'
import { buildProduct } from '../support/build.js'
import { freePorts } from '../support/ports.js'
import { startPostgres, type TestPostgres } from '../support/postgres.js'

const root = join(import.meta.dirname, '../..')
const admin = { email: 'founder@example.net', password: randomBytes(12).toString('base64url') }
const rowCount = 2_500
const kills = 2

let postgres: TestPostgres
let database: pg.Client
let environment: NodeJS.ProcessEnv
let running: ChildProcess | null = null

beforeAll(async () => {
  await buildProduct()
  postgres = await startPostgres()
  const [port] = await freePorts(1)
  environment = {
    PATH: process.env['PATH'],
    DATABASE_URL: postgres.url,
    MAILFLEET_MASTER_KEY: randomBytes(32).toString('base64'),
    MAILFLEET_HTTP_HOST: '127.0.0.1',
    MAILFLEET_HTTP_PORT: String(port),
    MAILFLEET_LOG_LEVEL: 'error',
  }
  database = new pg.Client({ connectionString: postgres.url })
  await database.connect()
}, 180_000)
afterAll(async () => {
  running?.kill('SIGKILL')
  await database?.end()
  await postgres?.stop()
})

function cli(args: string[]): void {
  const env = { ...environment, MAILFLEET_ADMIN_PASSWORD: admin.password }
  const { status, stderr } = spawnSync(process.execPath, ['control-plane/dist/cli.js', ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

async function start(): Promise<void> {
  const child = spawn(process.execPath, ['control-plane/dist/main.js'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running = child
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"ready"')) break
  child.stdout.resume()
}

async function kill(): Promise<void> {
  const ended = once(running!, 'exit')
  running!.kill('SIGKILL')
  await ended
}

interface Job {
  state: string
  succeeded: number
  failed: number
}

async function job(id: string): Promise<Job> {
  const { rows } = await database.query<Job>('SELECT state, succeeded, failed FROM job WHERE id = $1', [id])
  return rows[0]!
}

it('does each row of an import once, however often the process is killed', { timeout: 180_000 }, async () => {
  cli(['create-administrator', '--email', admin.email])
  cli(['create-join-token', '--node', 'first', '--host-name', 'mx.example.net'])
  await start()
  const api = new Api(`http://127.0.0.1:${environment['MAILFLEET_HTTP_PORT']}`)
  await api.signIn(admin)
  const { tenants } = await api.run<{ tenants: { nodes: { id: string }[] } }>('{ tenants { nodes { id } } }')
  const tenantId = tenants.nodes[0]!.id
  await api.create('Domain', { tenantId, name: 'killed.example' })
  const passwordHash = await hash(admin.password, { memoryCost: 64, timeCost: 1, parallelism: 1 })
  const lines = Array.from({ length: rowCount }, (_, index) =>
    JSON.stringify({ address: `m${index}@killed.example`, passwordHash }),
  )
  const script = await api.withToken('import')
  const sent = await fetch(`${api.baseUrl}/imports`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: script.authorization },
    body: lines.join('\n'),
  })
  const { upload } = (await sent.json()) as { upload: { id: string } }
  const { startImport } = await script.run<{ startImport: { job: { id: string } } }>(
    'mutation ($input: StartImportInput!) { startImport(input: $input) { job { id } errors { code message } } }',
    { input: { tenantId, uploadId: upload.id, kind: 'MAILBOXES', dryRun: false } },
  )
  const { id } = startImport.job

  let inTheMiddle = 0
  for (let killed = 0; killed < kills; killed++) {
    const before = await job(id)
    for (let now = before; now.succeeded === before.succeeded && now.state !== 'SUCCEEDED'; now = await job(id))
      await sleep(5)
    // Its next batch is under way.
    await sleep(Math.random() * 60)
    await kill()
    if ((await job(id)).state === 'RUNNING') inTheMiddle++
    await start()
  }
  // Else nothing was shown.
  expect(inTheMiddle).toBeGreaterThan(0)
  while (['QUEUED', 'RUNNING'].includes((await job(id)).state)) await sleep(20)
  expect(await job(id)).toEqual({ state: 'SUCCEEDED', succeeded: rowCount, failed: 0 })
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::integer FROM mailbox) AS mailboxes,
       (SELECT count(*)::integer FROM job_row WHERE job_id = $1 AND state = 'SUCCEEDED') AS done,
       count(*)::integer AS entries, count(DISTINCT subject_id)::integer AS subjects
     FROM audit_entry WHERE subject_type = 'Mailbox' AND change = 'CREATED'`,
    [id],
  )
  expect(rows).toEqual([{ mailboxes: rowCount, done: rowCount, entries: rowCount, subjects: rowCount }])
})
