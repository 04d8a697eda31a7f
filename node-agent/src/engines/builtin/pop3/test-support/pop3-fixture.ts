/** A real POP3 server over a real store, sign-in and TLS, on loopback, for tests. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  domainResource,
  configKey,
  nodeSettingsResource,
  type ConfigResource,
  type MailboxResource,
} from '@mailfleet/schema'
import { hash } from '@node-rs/argon2'
import { pino } from 'pino'
import { InMemoryDirectory } from '../../../../config/in-memory-directory.js'
import { createAuthenticator } from '../../accounts/index.js'
import { summarizeMessage } from '../../message/index.js'
import { openMailStore, type OpenedMailStore } from '../../store/index.js'
import { createTlsProvider } from '../../tls/index.js'
import { createPop3Server, type Pop3Server, type Pop3ServerOptions } from '../index.js'
import { Pop3TestClient } from './pop3-test-client.js'

export interface Pop3Fixture {
  store: OpenedMailStore
  server: Pop3Server
  alice: MailboxResource
  password: string
  plainPort: number
  tlsPort: number
  apply(...resources: ConfigResource[]): void
  remove(resource: ConfigResource): void
  deliver(...messages: (string | Buffer)[]): Promise<void>
  connect(): Promise<Pop3TestClient>
  signIn(): Promise<Pop3TestClient>
  /** The same server, with `alice` as somebody new. */
  withNewMailbox(): Pop3Fixture
  /** Cuts all clients off and waits until the server has noticed. */
  reset(): Promise<void>
  close(): Promise<void>
}

export async function openPop3Fixture(options: Partial<Pop3ServerOptions> = {}): Promise<Pop3Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'mailfleet-pop3-'))
  const logger = pino({ level: process.env.TEST_LOG ?? 'silent' })
  const directory = new InMemoryDirectory('mail.example.org')
  let version = 1
  const apply = (...resources: ConfigResource[]): void =>
    directory.apply(resources.map((resource) => ({ key: configKey(resource), version: version++, resource })))
  const password = `${randomBytes(9).toString('base64url')} with spaces `
  const alice: MailboxResource = {
    kind: 'Mailbox',
    id: 'alice',
    domainId: 'domain',
    address: 'alice@example.org',
    displayName: 'Alice',
    status: 'ACTIVE',
    passwordHash: await hash(password, { memoryCost: 1024, timeCost: 1, parallelism: 1 }),
    quotaBytes: null,
    members: [],
  }
  apply(
    nodeSettingsResource.parse({ kind: 'NodeSettings', id: 'node', hostName: 'mail.example.org', status: 'ACTIVE' }),
    domainResource.parse({
      kind: 'Domain',
      id: 'domain',
      tenantId: 'tenant',
      name: 'example.org',
      status: 'ACTIVE',
      catchAll: null,
    }),
    alice,
  )
  const store = await openMailStore({
    dataDir: join(folder, 'store'),
    summarize: summarizeMessage,
    quotaOf: () => null,
    accountExists: () => true,
    shards: 1,
    purgeAfterDays: () => 30,
  })
  const tls = await createTlsProvider({ dataDir: join(folder, 'tls'), hostName: 'mail.example.org', logger })
  const events = { emit: () => undefined }
  const authenticator = createAuthenticator({ directory, events })
  const server = createPop3Server(
    { store, authenticator, tls, directory, events, logger },
    {
      addresses: [
        { host: '127.0.0.1', port: 0, implicitTls: false },
        { host: '127.0.0.1', port: 0, implicitTls: true },
      ],
      ...options,
    },
  )
  await server.listen()
  const [plainPort, tlsPort] = server.ports() as [number, number]
  const clients: Pop3TestClient[] = []
  const connect = async (): Promise<Pop3TestClient> => {
    const client = await Pop3TestClient.connect(tlsPort)
    clients.push(client)
    return client
  }
  const reset = async (): Promise<void> => {
    for (const client of clients.splice(0)) client.destroy()
    while (server.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  let mailboxes = 0
  const view = (alice: MailboxResource): Pop3Fixture => ({
    store,
    server,
    alice,
    password,
    plainPort,
    tlsPort,
    apply,
    remove: (resource) => directory.apply([{ key: configKey(resource), version: version++, resource: null }]),
    async deliver(...messages) {
      for (const message of messages) {
        const buffer = Buffer.from(message)
        const [failure] = await store.deliver({ size: buffer.length, buffer }, [{ accountId: alice.id }])
        if (failure) throw failure
      }
    },
    connect,
    async signIn() {
      const client = await connect()
      await client.send(`USER ${alice.address}`)
      const reply = await client.send(`PASS ${password}`)
      if (!reply.startsWith('+OK')) throw new Error(reply)
      return client
    },
    withNewMailbox() {
      const number = ++mailboxes
      const somebody = { ...alice, id: `alice-${number}`, address: `alice${number}@example.org` }
      apply(somebody)
      return view(somebody)
    },
    reset,
    async close() {
      for (const client of clients) client.destroy()
      await server.close(2_000)
      await store.close()
      tls.close()
      await rm(folder, { recursive: true, force: true })
    },
  })
  return view(alice)
}
