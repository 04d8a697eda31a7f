/** A real IMAP server over a real store, sign-in and TLS, on loopback, for tests. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { domainResource, configKey, type ConfigResource, type MailboxResource } from '@mailfleet/schema'
import { pino } from 'pino'
import { InMemoryDirectory } from '../../../../config/in-memory-directory.js'
import { createAuthenticator } from '../../accounts/index.js'
import { summarizeMessage } from '../../message/index.js'
import { openMailStore, type OpenedMailStore } from '../../store/index.js'
import { createTlsProvider } from '../../tls/index.js'
import { createImapServer, type ImapServer, type ImapServerOptions } from '../index.js'
import { ImapTestClient } from './imap-test-client.js'

export interface ImapFixture {
  store: OpenedMailStore
  directory: InMemoryDirectory
  server: ImapServer
  mailbox: MailboxResource
  password: string
  /** Where large messages wait, beside the folders of the store and of TLS. */
  spoolDirectory: string
  plainPort: number
  tlsPort: number
  /** Puts resources into the directory, as config from the control plane would. */
  apply(...resources: ConfigResource[]): void
  remove(resource: ConfigResource): void
  connect(): Promise<ImapTestClient>
  signIn(): Promise<ImapTestClient>
  deliver(message: string | Buffer, mailbox?: string): Promise<void>
  close(): Promise<void>
}

export async function openImapFixture(
  options: Partial<ImapServerOptions> & { maxMessageBytes?: number; quotaBytes?: number } = {},
): Promise<ImapFixture> {
  const { maxMessageBytes = 8_388_608, quotaBytes = 1_073_741_824, ...serverOptions } = options
  const folder = await mkdtemp(join(tmpdir(), 'mailfleet-imap-'))
  const logger = pino({ level: process.env.TEST_LOG ?? 'silent' })
  const directory = new InMemoryDirectory('mail.example.org')
  let version = 1
  const apply = (...resources: ConfigResource[]): void =>
    directory.apply(resources.map((resource) => ({ key: configKey(resource), version: version++, resource })))
  const password = randomBytes(12).toString('base64url')
  const mailbox: MailboxResource = {
    kind: 'Mailbox',
    id: 'alice',
    domainId: 'domain',
    address: 'alice@example.org',
    displayName: 'Alice',
    status: 'ACTIVE',
    passwordHash: await hash(password, { memoryCost: 1024, timeCost: 1, parallelism: 1 }),
    quotaBytes,
    members: [],
  }
  apply(
    {
      kind: 'NodeSettings',
      id: 'node',
      hostName: 'mail.example.org',
      status: 'ACTIVE',
      maxMessageBytes,
      maxRecipients: 100,
      outboundRoutes: [],
      retryDelays: [60],
      maxQueueAge: 3600,
      purgeAfterDays: 30,
      oauthIssuers: [],
    },
    domainResource.parse({
      kind: 'Domain',
      id: 'domain',
      tenantId: 'tenant',
      name: 'example.org',
      status: 'ACTIVE',
      catchAll: null,
    }),
    mailbox,
  )
  const store = await openMailStore({
    dataDir: join(folder, 'store'),
    summarize: summarizeMessage,
    quotaOf: (accountId) => directory.mailboxById(accountId)?.quotaBytes ?? null,
    accountExists: (accountId) => directory.mailboxById(accountId) !== undefined,
    shards: 1,
    purgeAfterDays: () => 30,
  })
  const tls = await createTlsProvider({ dataDir: join(folder, 'tls'), hostName: 'mail.example.org', logger })
  const events = { emit: () => undefined }
  const authenticator = createAuthenticator({ directory, events })
  const server = createImapServer(
    { store, authenticator, tls, directory, events, logger },
    {
      addresses: [
        { host: '127.0.0.1', port: 0, implicitTls: false },
        { host: '127.0.0.1', port: 0, implicitTls: true },
      ],
      spoolDirectory: folder,
      ...serverOptions,
    },
  )
  await server.listen()
  const [plainPort, tlsPort] = server.ports() as [number, number]
  const clients: ImapTestClient[] = []
  const connect = async (): Promise<ImapTestClient> => {
    const client = await ImapTestClient.connect(tlsPort)
    clients.push(client)
    return client
  }
  return {
    store,
    directory,
    server,
    mailbox,
    password,
    spoolDirectory: folder,
    plainPort,
    tlsPort,
    apply,
    remove: (resource) => directory.apply([{ key: configKey(resource), version: version++, resource: null }]),
    connect,
    async signIn() {
      const client = await connect()
      await client.ok(`LOGIN ${mailbox.address} ${password}`)
      return client
    },
    async deliver(message, name) {
      const buffer = Buffer.from(message)
      const [failure] = await store.deliver({ size: buffer.length, buffer }, [
        { accountId: mailbox.id, ...(name ? { mailbox: name } : {}) },
      ])
      if (failure) throw failure
    },
    async close() {
      for (const client of clients) client.destroy()
      await server.close(2_000)
      await store.close()
      tls.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
