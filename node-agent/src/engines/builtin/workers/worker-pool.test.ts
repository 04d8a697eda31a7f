/** IMAP and POP3 served by processes of their own: what clients of different processes see of each other, and what a death costs. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  domainResource,
  configKey,
  mailboxResource,
  nodeSettingsResource,
  type ConfigResource,
} from '@mailfleet/schema'
import { hash } from '@node-rs/argon2'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { createAuthenticator } from '../accounts/index.js'
import { imapTexts } from '../imap/index.js'
import { ImapTestClient } from '../imap/test-support/imap-test-client.js'
import { summarizeMessage } from '../message/index.js'
import { createLocalLocks, pop3Texts } from '../pop3/index.js'
import { Pop3TestClient } from '../pop3/test-support/pop3-test-client.js'
import { openMailStore, type OpenedMailStore } from '../store/index.js'
import { createTlsProvider, type RunningTlsProvider } from '../tls/index.js'
import { DispatchingServer, WorkerPool } from './index.js'

const logger = pino({ level: process.env.TEST_LOG ?? 'silent' })
const password = randomBytes(12).toString('base64url')
const directory = new InMemoryDirectory('mail.example.org')
const emitted: string[] = []
const clients: { destroy(): void }[] = []
let folder: string
let store: OpenedMailStore
let tls: RunningTlsProvider
let pool: WorkerPool
let imap: DispatchingServer
let pop3: DispatchingServer
let version = 1

async function apply(...resources: ConfigResource[]): Promise<void> {
  const changes = resources.map((resource) => ({ key: configKey(resource), version: version++, resource }))
  directory.apply(changes)
  await pool?.apply(changes)
}
const account = async (id: string) =>
  mailboxResource.parse({
    kind: 'Mailbox',
    id,
    domainId: 'domain',
    address: `${id}@example.org`,
    displayName: '',
    status: 'ACTIVE',
    passwordHash: await hash(password, { memoryCost: 1024, timeCost: 1, parallelism: 1 }),
    quotaBytes: null,
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailfleet-workers-'))
  directory.apply([])
  await apply(
    nodeSettingsResource.parse({ kind: 'NodeSettings', id: 'node', hostName: 'mail.example.org', status: 'ACTIVE' }),
    domainResource.parse({
      kind: 'Domain',
      id: 'domain',
      tenantId: 'tenant',
      name: 'example.org',
      status: 'ACTIVE',
      catchAll: null,
    }),
    await account('alice'),
  )
  store = await openMailStore({
    dataDir: join(folder, 'store'),
    summarize: summarizeMessage,
    quotaOf: () => null,
    accountExists: (id) => directory.mailboxById(id) !== undefined,
    purgeAfterDays: () => 30,
  })
  tls = await createTlsProvider({ dataDir: join(folder, 'tls'), hostName: 'mail.example.org', logger })
  const events = { emit: (event: { type: string }) => void emitted.push(event.type) }
  const authenticator = createAuthenticator({ directory, events })
  pool = new WorkerPool(
    { store, authenticator, locks: createLocalLocks(), events, directory, tls, logger },
    { workers: 2, dataFolder: folder, hostName: 'mail.example.org', logLevel: logger.level },
  )
  await pool.start()
  const addresses = [{ host: '127.0.0.1', port: 0, implicitTls: true }]
  imap = new DispatchingServer(imapTexts, pool, { addresses, logger })
  pop3 = new DispatchingServer(pop3Texts, pool, { addresses, logger })
  await Promise.all([imap.listen(), pop3.listen()])
}, 60_000)
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await vi.waitFor(() => expect(imap.connections() + pop3.connections()).toBe(0), 5_000)
})
afterAll(async () => {
  await Promise.all([imap.close(1_000), pop3.close(1_000)])
  await pool.close(0)
  await store.close()
  tls.close()
  await rm(folder, { recursive: true, force: true })
})

/** Connections go to the worker with the fewest: two in a row are on two workers. */
async function signIn(id = 'alice'): Promise<ImapTestClient> {
  const client = await ImapTestClient.connect(imap.ports()[0]!)
  clients.push(client)
  await client.ok(`LOGIN ${id}@example.org ${password}`)
  return client
}
const append = (client: ImapTestClient, subject: string) => {
  const message = `Subject: ${subject}\r\n\r\nbody\r\n`
  return client.command(`APPEND INBOX {${message.length}+}\r\n${message}`)
}
const untilTold = async (client: ImapTestClient, wanted: RegExp): Promise<void> => {
  while (!wanted.test(await client.response()));
}

it('clients on different workers see each other’s changes, and deliveries, at once', async () => {
  const [reader, writer] = [await signIn(), await signIn()]
  await reader.ok('SELECT INBOX')
  await writer.ok('SELECT INBOX')
  reader.send('i IDLE\r\n')
  await untilTold(reader, /^\+ /)
  expect((await append(writer, 'one')).tagged).toMatch(/^OK \[APPENDUID /)
  await untilTold(reader, /^\* 1 EXISTS/)
  await writer.ok('STORE 1 +FLAGS (\\Flagged)')
  await untilTold(reader, /^\* 1 FETCH \(.*\\Flagged/)
  const buffer = Buffer.from('Subject: two\r\n\r\nbody\r\n')
  expect(await store.deliver({ size: buffer.length, buffer }, [{ accountId: 'alice' }])).toEqual([null])
  await untilTold(reader, /^\* 2 EXISTS/)
  await writer.ok('NOOP')
  await writer.ok('STORE 1:2 +FLAGS.SILENT (\\Deleted)')
  await writer.ok('EXPUNGE')
  await untilTold(reader, /^\* \d EXPUNGE/)
  expect(emitted).toContain('AUTHENTICATED')
})

it('SIGKILL of a worker under load loses nothing that was answered, and only its connections', async () => {
  await apply(await account('bob'))
  const [doomed, survivor] = [await signIn('bob'), await signIn('bob')]
  await survivor.ok('SELECT INBOX')
  const before = pool.pids()
  const answered: string[] = []
  const load = (async () => {
    for (let number = 0; ; number++)
      if ((await append(doomed, `m${number}`)).tagged.startsWith('OK')) answered.push(`m${number}`)
  })().catch(() => undefined)
  await vi.waitFor(() => expect(answered.length).toBeGreaterThan(20), 10_000)
  // The first connection after none went to the first worker.
  process.kill(before[0]!, 'SIGKILL')
  await load
  await vi.waitFor(() => expect(pool.pids().filter((pid) => !before.includes(pid))).toHaveLength(1), 10_000)
  await survivor.ok('NOOP')
  const subjects = (await survivor.ok('FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]')).join('\n')
  for (const subject of answered) expect(subjects).toContain(`Subject: ${subject}\r\n`)
  // The one that was under way may be there too.
  expect(subjects.match(/Subject: /g)!.length).toBeLessThanOrEqual(answered.length + 1)
  await vi.waitFor(() => signIn('bob'), { timeout: 10_000, interval: 100 })
})

it('a POP3 lock holds on all workers, and ends with the process of its holder', async () => {
  await apply(await account('carol'))
  const enter = async () => {
    const client = await Pop3TestClient.connect(pop3.ports()[0]!)
    clients.push(client)
    await client.send('USER carol@example.org')
    return client.send(`PASS ${password}`)
  }
  expect(await enter()).toMatch(/^\+OK/)
  expect(await enter()).toMatch(/^-ERR \[IN-USE\]/)
  process.kill(pool.pids()[0]!, 'SIGKILL')
  await vi.waitFor(async () => expect(await enter()).toMatch(/^\+OK/), { timeout: 10_000, interval: 50 })
})

it('config is in force in every worker once it is applied', async () => {
  await apply(await account('dave'))
  const sessions = [await signIn('dave'), await signIn('dave')]
  await apply({ ...(await account('dave')), status: 'SUSPENDED' })
  for (const session of sessions) expect(await session.response()).toMatch(/^\* BYE /)
  await expect(signIn('dave')).rejects.toThrow(/AUTHENTICATIONFAILED/)
})

it('sessions of all workers say goodbye at the end', async () => {
  const sessions = [await signIn(), await signIn()]
  const closed = imap.close(2_000)
  for (const session of sessions) expect(await session.response()).toMatch(/^\* BYE The server is shutting down/)
  await closed
})
