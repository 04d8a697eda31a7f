/** Store, queue, router, sign-in and SMTP ports of one node in a temporary folder, all of them real. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import type {
  AliasResource,
  ConfigResource,
  DomainResource,
  ForwardResource,
  GroupResource,
  MailboxResource,
  MailEvent,
  NodeSettingsResource,
} from '@mailfleet/schema'
import { configKey, domainOf, nodeSettingsResource } from '@mailfleet/schema'
import { InMemoryDirectory } from '../../../../config/in-memory-directory.js'
import { readOutbox } from '../../../../durable/outbox-table.js'
import { createAuthenticator } from '../../accounts/index.js'
import { createAuthentication, type AuthenticationOptions } from '../../authentication/index.js'
import { createLocalDelivery } from '../../local-delivery.js'
import { summarizeMessage } from '../../message/index.js'
import { openSendLimits } from '../../policies/index.js'
import { createOutboundQueue } from '../../queue/index.js'
import type { OpenedOutboundQueue, OutboundQueueDeps, OutboundQueueOptions } from '../../queue/index.js'
import { createRouter } from '../../routing/index.js'
import { openTestStore, readAll } from '../../store/test-support/store-fixture.js'
import type { OpenedMailStore } from '../../store/index.js'
import type { ProtocolServer } from '../../net/protocol-server.js'
import { createTlsProvider } from '../../tls/index.js'
import { createSmtpServer } from '../create-smtp-server.js'
import type { SmtpServerOptions } from '../create-smtp-server.js'

const shortTimeouts = {
  connect: 2_000,
  handshake: 2_000,
  greeting: 2_000,
  command: 5_000,
  dataStart: 5_000,
  dataBlock: 5_000,
  dataEnd: 5_000,
}

export const password = randomBytes(12).toString('base64url')
const passwordHash = await hash(password, { memoryCost: 1024, timeCost: 1 })

export const domain = (name: string, more: Partial<DomainResource> = {}): DomainResource => ({
  kind: 'Domain',
  id: `d-${name}`,
  tenantId: 't',
  name,
  status: 'ACTIVE',
  catchAll: null,
  tenantPath: [],
  receivesWhileSuspended: false,
  dkimKeys: [],
  ...more,
})
export const mailbox = (address: string, more: Partial<MailboxResource> = {}): MailboxResource => ({
  kind: 'Mailbox',
  id: `m-${address}`,
  domainId: `d-${domainOf(address)}`,
  address,
  displayName: '',
  status: 'ACTIVE',
  passwordHash,
  quotaBytes: null,
  members: [],
  ...more,
})
export const alias = (address: string, targets: string[], more: Partial<AliasResource> = {}): AliasResource => ({
  kind: 'Alias',
  id: `a-${address}`,
  domainId: `d-${domainOf(address)}`,
  address,
  status: 'ACTIVE',
  targets,
  ...more,
})
export const forward = (of: string, targets: string[], more: Partial<ForwardResource> = {}): ForwardResource => ({
  kind: 'Forward',
  id: `f-${of}`,
  mailboxId: `m-${of}`,
  status: 'ACTIVE',
  targets,
  keepCopy: false,
  ...more,
})
export const group = (address: string, members: string[], more: Partial<GroupResource> = {}): GroupResource => ({
  kind: 'Group',
  id: `g-${address}`,
  domainId: `d-${domainOf(address)}`,
  address,
  name: '',
  status: 'ACTIVE',
  members,
  owners: [`boss@${domainOf(address)}`],
  posting: 'ANYONE',
  posters: [],
  ...more,
})
export const settings = (more: Partial<NodeSettingsResource> = {}): NodeSettingsResource => ({
  ...nodeSettingsResource.parse({ kind: 'NodeSettings', id: 'n1', hostName: 'mx.here.test', status: 'ACTIVE' }),
  ...more,
})

export interface MailNodeOptions {
  resources: ConfigResource[]
  dataDir?: string
  smtp?: Partial<SmtpServerOptions>
  queue?: Partial<OutboundQueueOptions>
  queueDeps?: Partial<OutboundQueueDeps>
  authentication?: AuthenticationOptions
}

export interface MailNode {
  dataDir: string
  directory: InMemoryDirectory
  store: OpenedMailStore
  queue: OpenedOutboundQueue
  smtp: ProtocolServer
  /** MX, submission, implicit TLS. */
  mx: number
  submission: number
  submissions: number
  apply(...resources: ConfigResource[]): void
  /** Messages of the account's INBOX, oldest first. */
  inbox(address: string): Promise<string[]>
  /** Of all outboxes, and those that were only emitted, by time of the outbox. */
  events(type?: MailEvent['type']): MailEvent[]
  stop(): Promise<void>
}

export async function startMailNode(options: MailNodeOptions): Promise<MailNode> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'mailfleet-smtp-')))
  const logger = pino({ level: 'silent' })
  const directory = new InMemoryDirectory('mx.here.test')
  const apply = (...resources: ConfigResource[]): void =>
    directory.apply(resources.map((resource) => ({ key: configKey(resource), version: 1, resource })))
  apply(...options.resources)
  if (directory.settings().status !== 'ACTIVE' && !options.resources.some(({ kind }) => kind === 'NodeSettings'))
    apply(settings())
  const emitted: MailEvent[] = []
  const events = { emit: (event: MailEvent) => void emitted.push(event) }

  const store = await openTestStore(join(dataDir, 'store'), {
    summarize: summarizeMessage,
    quotaOf: (id) => {
      const held = directory.mailboxById(id)
      return held ? directory.policy('MAILBOX_QUOTA', held).value : null
    },
    accountExists: (id) => directory.mailboxById(id) !== undefined,
  })
  const router = createRouter(directory)
  const deliverLocal = createLocalDelivery({ store, router, directory, logger })
  const queue = await createOutboundQueue(
    { directory, logger, deliverLocal, ...options.queueDeps },
    { dataDir: join(dataDir, 'queue'), timeouts: shortTimeouts, ...options.queue },
  )
  const tls = await createTlsProvider({ dataDir: join(dataDir, 'tls'), hostName: 'mx.here.test', logger })
  const authenticator = createAuthenticator({ directory, events })
  const sendLimits = await openSendLimits({ dataDir: join(dataDir, 'policies'), directory })
  const any = [{ host: '127.0.0.1', port: 0 }]
  const smtp = createSmtpServer(
    {
      store,
      queue,
      router,
      authenticator,
      tls,
      directory,
      events,
      logger,
      sendLimits,
      authenticate: createAuthentication(options.authentication),
    },
    { mx: any, submission: any, submissions: any, spoolFolder: join(dataDir, 'spool'), ...options.smtp },
  )
  await smtp.listen()
  await queue.start()
  const ports = smtp.ports()

  return {
    dataDir,
    directory,
    store,
    queue,
    smtp,
    mx: ports.mx[0]!,
    submission: ports.submission[0]!,
    submissions: ports.submissions[0]!,
    apply,
    async inbox(address) {
      const info = await store.mailbox(`m-${address}`, 'INBOX')
      if (info === null) return []
      const { uids } = await store.snapshot(info.id)
      return Promise.all(uids.map(async (uid) => (await readAll(await store.open(info.id, uid))).toString('latin1')))
    },
    events(type) {
      const stored = [...store.writers, queue.writer].flatMap((writer) => {
        const db = new Database(writer.path, { readonly: true })
        try {
          return readOutbox(db, 0, 100_000).map(({ body }) => JSON.parse(body) as MailEvent)
        } finally {
          db.close()
        }
      })
      return [...stored, ...emitted].filter((event) => type === undefined || event.type === type)
    },
    async stop() {
      await smtp.close(200)
      await queue.close(200)
      await sendLimits.close()
      tls.close()
      await store.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
