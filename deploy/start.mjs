/**
 * `npm start`: the whole product on one machine. Checks first, then installs, builds, starts PostgreSQL, control plane and
 * one mail node, prints where they are, and stops them in the opposite order. Uses only Node.js until packages are there.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { install, isInstalled } from './install.mjs'
import { provideMasterKey } from './master-key.mjs'
import { helpText, readOptions } from './options.mjs'
import { checkNode, checkPorts, lockDataDir, prepareDataDir } from './preflight.mjs'
import { EmbeddedPostgres } from './postgres.mjs'
import { step } from './progress.mjs'
import { runJson, Service } from './service.mjs'
import { summary } from './summary.mjs'
import { reachableHost } from './loopback.mjs'
import { UserError } from './user-error.mjs'

/** What to undo at the end, last first. */
const undo = []
let stopping = null

async function main() {
  checkNode()
  const options = readOptions(process.argv.slice(2))
  if (options.help) return console.log(helpText())
  prepareDataDir(options.dataDir)
  undo.push(lockDataDir(options.dataDir))
  const database = options.databaseUrl
    ? null
    : new EmbeddedPostgres({ dataDir: options.dataDir, port: options.postgresPort })
  database?.checkAccess()
  // A database that a killed runner left behind holds its port rightly.
  await checkPorts(options, !database || database.runningPid() !== null ? ['postgres-port'] : [])

  console.log(`Mailfleet, data in ${options.dataDir}`)
  if (!isInstalled()) await step('Installing packages', install)
  await build()
  if (database) await step('Starting PostgreSQL', () => startDatabase(database))
  const databaseUrl = options.databaseUrl ?? database.url
  const credentials = await step('Preparing the database', () => createAdministrator(options, databaseUrl))
  const controlPlane = new Service({
    ...processes.controlPlane,
    dataDir: options.dataDir,
    env: controlPlaneEnvironment(options, databaseUrl),
  })
  await step('Starting the control plane', () => startService(controlPlane))
  const node = new Service({
    ...processes.node,
    dataDir: options.dataDir,
    env: nodeEnvironment(options, await joinToken(options, databaseUrl)),
  })
  await step('Starting the mail node', () => startService(node))
  const demo = options.demo
    ? await step('Adding demonstration data', (note) => addDemo(options, credentials, note))
    : null
  console.log(summary(options, credentials, demo))
}

const processes = {
  controlPlane: { name: 'control-plane', title: 'The control plane', script: 'control-plane/dist/main.js' },
  node: { name: 'node', title: 'The mail node', script: 'node-agent/dist/main.js' },
}
const commandLine = 'control-plane/dist/cli.js'

async function startDatabase(database) {
  await database.start()
  const watch = setInterval(() => {
    if (database.runningPid() === null && !stopping && !database.restarting) {
      console.log('  ! PostgreSQL ended; starting it again')
      database.restarting = database.start().catch((error) => console.log(`  ! ${error.message}`))
      void database.restarting.finally(() => (database.restarting = null))
    }
  }, 500)
  undo.push(async () => {
    clearInterval(watch)
    await database.restarting
    await database.stop()
  })
}

async function startService(service) {
  undo.push(() => service.stop())
  return service.start()
}

async function addDemo(options, credentials, note) {
  const { seedDemo } = await import('./demo/seed.mjs')
  return seedDemo({ options, url: localUrl(options), credentials, note })
}

/** On the first run makes the first administrator; answers e-mail and password then, else null. */
async function createAdministrator({ adminEmail, adminPassword }, databaseUrl) {
  const password = adminPassword ?? randomBytes(15).toString('base64url')
  const { created } = await runJson(commandLine, ['create-administrator', '--email', adminEmail], {
    env: { DATABASE_URL: databaseUrl, MAILFLEET_ADMIN_PASSWORD: password },
    failure: 'The database cannot be used',
  })
  return created ? { email: adminEmail, password } : null
}

/** A join token for this machine's node, or none where it has joined before. */
async function joinToken({ dataDir, hostName }, databaseUrl) {
  const { token, enrolled } = await runJson(
    commandLine,
    ['create-join-token', '--node', 'local', '--host-name', hostName],
    {
      env: { DATABASE_URL: databaseUrl },
      failure: 'The mail node cannot be given a join token',
    },
  )
  return enrolled && existsSync(join(dataDir, 'node')) ? '' : token
}

const controlPlaneEnvironment = (options, databaseUrl) => ({
  DATABASE_URL: databaseUrl,
  MAILFLEET_MASTER_KEY_FILE: options.masterKeyFile ?? provideMasterKey(options.dataDir),
  MAILFLEET_HTTP_HOST: options.bind,
  MAILFLEET_HTTP_PORT: String(options.httpPort),
  MAILFLEET_PUBLIC_URL: options.publicUrl ?? localUrl(options),
  MAILFLEET_CONSOLE_DIR: 'admin-ui/dist',
})

const nodeEnvironment = (options, token) => ({
  MAILFLEET_NODE_DATA: join(options.dataDir, 'node'),
  MAILFLEET_CONTROL_PLANE_URL: localUrl(options),
  MAILFLEET_JOIN_TOKEN: token,
  MAILFLEET_BIND_ADDRESS: options.bind,
  MAILFLEET_SMTP_PORT: String(options.smtpPort),
  MAILFLEET_SUBMISSION_PORT: String(options.submissionPort),
  MAILFLEET_SUBMISSIONS_PORT: String(options.submissionsPort),
  MAILFLEET_IMAP_PORT: String(options.imapPort),
  MAILFLEET_IMAPS_PORT: String(options.imapsPort),
  MAILFLEET_POP3_PORT: String(options.pop3Port),
  MAILFLEET_POP3S_PORT: String(options.pop3sPort),
  MAILFLEET_TLS_CERT: options.tlsCert ?? '',
  MAILFLEET_TLS_KEY: options.tlsKey ?? '',
  MAILFLEET_DNS_SERVERS: options.dnsServers ?? '',
  MAILFLEET_OUTBOUND_PORT: String(options.outboundPort),
})

/** The console as a process on this machine reaches it. */
function localUrl({ bind, httpPort }) {
  const host = reachableHost(bind)
  return `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`
}

function stop() {
  stopping ??= (async () => {
    for (const action of undo.reverse()) await action()
  })()
  return stopping
}

async function exit(code) {
  await stop().catch((error) => console.error(error.message))
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    if (stopping) return
    console.log('\nStopping …')
    void exit(0)
  })

try {
  await main()
} catch (error) {
  if (!stopping) {
    console.error(error instanceof UserError ? error.message : error)
    await exit(1)
  }
}
