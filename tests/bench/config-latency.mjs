/**
 * How long a change takes from the mutation's answer until the mail node acts on it: creates mailboxes one after the other and asks
 * the node by RCPT TO until it says 250. `node tests/bench/config-latency.mjs [count]`, on an idle machine.
 *
 * Prints median, 95th percentile and maximum in milliseconds; the mutation's own time beside it.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { repositoryRoot } from '../../deploy/places.mjs'

const count = Number(process.argv[2] ?? 200)
const names = ['http', 'postgres', 'smtp', 'submission', 'submissions', 'imap', 'imaps', 'pop3', 'pop3s']
const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()])))
const folder = mkdtempSync(join(tmpdir(), 'mailfleet-bench-'))
chmodSync(folder, 0o711)
const password = randomBytes(12).toString('base64url')
const product = spawn(
  process.execPath,
  ['deploy/start.mjs', '--data-dir', folder, ...names.flatMap((name) => [`--${name}-port`, String(ports[name])])],
  {
    cwd: repositoryRoot,
    env: { ...process.env, MAILFLEET_ADMIN_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
for await (const line of createInterface({ input: product.stdout })) if (line.includes('Ctrl-C stops')) break

try {
  const api = client()
  await api('mutation ($input: SignInInput!) { signIn(input: $input) { errors { message } } }', {
    input: { email: 'admin@mail.localhost', password },
  })
  const root = (await api('{ tenants(first: 1) { nodes { id } } }')).tenants.nodes[0].id
  const tenant = await create('Tenant', { parentId: root, name: 'Bench', kind: 'CUSTOMER' })
  const domain = await create('Domain', { tenantId: tenant, name: 'bench.test' })
  const mutation = []
  const effect = []
  for (let index = 0; index < count; index++) {
    // A session each: the node ends one that names many unknown recipients.
    let smtp = await transaction()
    const before = performance.now()
    await create('Mailbox', { domainId: domain, localPart: `m${index}`, name: 'm', password })
    const answered = performance.now()
    mutation.push(answered - before)
    for (let asked = 1; !(await smtp.ask(`RCPT TO:<m${index}@bench.test>`)).startsWith('250'); asked++) {
      await sleep(1)
      if (asked % 5 > 0) continue
      smtp.end()
      smtp = await transaction()
    }
    effect.push(performance.now() - answered)
    smtp.end()
    await sleep(20)
  }
  report('mutation', mutation)
  report('answer to effect', effect)

  async function create(type, input) {
    const field = type.toLowerCase()
    const query = `mutation ($input: Create${type}Input!) { create${type}(input: $input) { ${field} { id } errors { message } } }`
    return (await api(query, { input }))[`create${type}`][field].id
  }
} finally {
  const ended = new Promise((resolve) => product.once('exit', resolve))
  product.kill('SIGINT')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

function report(title, values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1)
  console.log(`${title.padEnd(17)} n ${values.length}  median ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms`)
}

function client() {
  let cookie
  return async (query, variables) => {
    const response = await fetch(`http://127.0.0.1:${ports.http}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie && { cookie }) },
      body: JSON.stringify({ query, variables }),
    })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const { data, errors } = await response.json()
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
}

/** An SMTP session that has come to RCPT TO. */
async function transaction() {
  const socket = connect(ports.smtp, '127.0.0.1')
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const reply = async () => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error('the node closed the session')
      if (value[3] !== '-') return value
    }
  }
  const ask = (command) => {
    socket.write(`${command}\r\n`)
    return reply()
  }
  await reply()
  await ask('EHLO bench.example')
  await ask('MAIL FROM:<>')
  return { ask, end: () => socket.destroy() }
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
