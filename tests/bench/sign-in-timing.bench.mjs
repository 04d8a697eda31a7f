/**
 * Whether the time of a refusal tells if there is an account (ACCEPTANCE C 18): `node tests/bench/sign-in-timing.bench.mjs [tries]`, on an idle
 * machine, after npm run build. Tries of known and unknown logins take turns, each from an address of its own, since what is throttled
 * is not measured. Prints both medians and their difference, which is to be below 5 ms.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { repositoryRoot } from '../../deploy/places.mjs'

const tries = Number(process.argv[2] ?? 2_000)
/** Below what an account may be tried within the window. */
const triesOfOne = 50
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
    env: { ...process.env, MAILFLEET_ADMIN_PASSWORD: password, MAILFLEET_TRUSTED_PROXIES: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
for await (const line of createInterface({ input: product.stdout })) if (line.includes('Ctrl-C stops')) break

let cookie = ''
let address = 0
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

async function api(query, variables, as = {}) {
  const response = await fetch(`http://127.0.0.1:${ports.http}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...as },
    body: JSON.stringify({ query, variables }),
  })
  cookie ||= response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { errors { code message } } }'

/** Milliseconds of one refusal, and what it said. */
async function refused(email) {
  address++
  const from = { 'x-forwarded-for': `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}` }
  const start = performance.now()
  const { signIn: payload } = await api(signIn, { input: { email, password: 'not the password' } }, from)
  return { ms: performance.now() - start, said: JSON.stringify(payload.errors) }
}

try {
  await api(signIn, { input: { email: 'admin@mail.localhost', password } })
  const admin = { cookie }
  const { tenants } = await api('{ tenants(first: 1) { nodes { id } } }', {}, admin)
  const known = []
  for (let index = 0; index < Math.ceil(tries / 2 / triesOfOne); index++) {
    const email = `known${index}@bench.example`
    const input = { tenantId: tenants.nodes[0].id, email, name: 'Known', role: 'SUPPORT', password }
    const create =
      'mutation ($input: CreateAdministratorInput!) { createAdministrator(input: $input) { errors { code } } }'
    await api(create, { input }, admin)
    known.push(email)
  }
  for (let index = 0; index < 20; index++) await refused(`warm${index}@bench.example`)
  const times = { known: [], unknown: [] }
  const said = new Set()
  for (let index = 0; index < tries / 2; index++) {
    for (const [kind, email] of [
      ['known', known[index % known.length]],
      ['unknown', `unknown${index % known.length}@bench.example`],
    ]) {
      const answer = await refused(email)
      times[kind].push(answer.ms)
      said.add(answer.said)
    }
  }
  const [one, other] = [median(times.known), median(times.unknown)]
  console.log(
    `known ${one.toFixed(2)} ms, unknown ${other.toFixed(2)} ms, difference ${Math.abs(one - other).toFixed(2)} ms`,
  )
  console.log(`answers: ${[...said].join(' | ')}`)
  process.exitCode = Math.abs(one - other) < 5 && said.size === 1 ? 0 : 1
} finally {
  product.kill('SIGINT')
  await new Promise((resolve) => product.once('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
