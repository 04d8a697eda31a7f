/** The embedded PostgreSQL with the product's schema in it, and the built control plane as a process of its own. */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EmbeddedPostgres } from '../../../deploy/postgres.mjs'
import { repositoryRoot } from '../../../deploy/places.mjs'

const flags = ['shared_preload_libraries=pg_stat_statements', 'shared_buffers=1GB', 'max_wal_size=8GB'].flatMap(
  (flag) => ['-c', flag],
)

/** Durable as in production; `folder` keeps it from run to run, else it goes with `stop`. */
export async function startDatabase(folder) {
  const dataDir = folder ?? mkdtempSync(join(tmpdir(), 'mailfleet-api-bench-'))
  mkdirSync(dataDir, { recursive: true })
  // As root the server runs as another user, which must be able to reach its data folder.
  chmodSync(dataDir, 0o711)
  const server = new EmbeddedPostgres({ dataDir, port: await freePort(), flags })
  await server.start()
  const { masterKey, root } = secretsIn(dataDir)
  const env = { ...process.env, DATABASE_URL: server.url, MAILFLEET_ADMIN_PASSWORD: root.password }
  const command = (...args) =>
    execFileSync(process.execPath, ['control-plane/dist/cli.js', ...args], { cwd: repositoryRoot, env })
  command('create-administrator', '--email', root.email, '--name', 'Root')
  command('create-join-token', '--node', 'first', '--host-name', 'mx.platform.example')
  return {
    url: server.url,
    masterKey,
    root,
    async stop() {
      await server.stop()
      if (!folder) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Of one data folder, made with it: what is sealed there can be opened by no other key. */
function secretsIn(folder) {
  const file = join(folder, 'bench-secrets.json')
  if (!existsSync(file)) {
    const random = (bytes, encoding) => randomBytes(bytes).toString(encoding)
    const root = { email: 'root@platform.example', password: random(12, 'base64url') }
    writeFileSync(file, JSON.stringify({ root, masterKey: random(32, 'base64') }), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

export async function startControlPlane({ url: databaseUrl, masterKey }) {
  const child = spawn(process.execPath, ['control-plane/dist/main.js'], {
    cwd: repositoryRoot,
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      MAILFLEET_MASTER_KEY: masterKey,
      MAILFLEET_HTTP_PORT: '0',
      MAILFLEET_LOG_LEVEL: 'error',
      MAILFLEET_REQUEST_BUDGET: '0',
      MAILFLEET_DNS_CHECKS: 'off',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg !== 'ready') continue
    child.stdout.resume()
    return {
      url,
      async stop() {
        child.kill('SIGTERM')
        await ended
      },
    }
  }
  throw new Error('the control plane ended before it was ready')
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
