/**
 * The engine `builtin`: mail store, outbound queue and the SMTP, IMAP and POP3 servers over one directory.
 *
 * Opened from the inside out and closed from the outside in, so that a port answers only while all behind it works. `apply` works
 * before `start`: the first config is in force when the first port opens.
 */
import { X509Certificate } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigChange, ConfigResult, Engine, EngineHealth, EngineManifest } from '@mailfleet/schema'
import type { Logger } from 'pino'
import { mapInSlices } from '../../config/slices.js'
import type { InMemoryDirectory } from '../../config/in-memory-directory.js'
import type { Writer } from '../../durable/writer.js'
import type { EventSink } from '../../events/event-sink.js'
import type { PortSettings, Settings } from '../../settings.js'
import { StartError } from '../../start-error.js'
import { Undo } from '../../undo.js'
import { AccountLifecycle } from './account-lifecycle.js'
import { createAuthenticator, readDecoySecret } from './accounts/index.js'
import { createAuthentication } from './authentication/index.js'
import { admissionFault } from './config-admission.js'
import { createImapServer, imapTexts } from './imap/index.js'
import { createLocalDelivery } from './local-delivery.js'
import { summarizeMessage } from './message/index.js'
import type { ProtocolServer } from './net/index.js'
import { createLocalLocks, createPop3Server, pop3Texts } from './pop3/index.js'
import { addressesOf, assignPorts, listen, noPorts, streamAddressesOf } from './ports.js'
import { openSendLimits } from './policies/index.js'
import { createOutboundQueue } from './queue/index.js'
import type { OpenedOutboundQueue, OutboundQueue } from './queue/index.js'
import { createRouter } from './routing/index.js'
import { createSmtpServer } from './smtp/index.js'
import { openMailStore } from './store/index.js'
import type { OpenedMailStore } from './store/index.js'
import { createTlsProvider } from './tls/index.js'
import { DispatchingServer, WorkerPool, type PoolServices } from './workers/index.js'

interface BuiltinEngineOptions {
  settings: Settings
  directory: InMemoryDirectory
  events: EventSink
  logger: Logger
  agentVersion: string
}

export interface BuiltinEngine extends Engine {
  /** The durable databases whose outboxes hold mail events; known once started. */
  writers(): Writer[]
  /** The open ports; null where there is none. */
  ports(): PortSettings
  readonly load: EngineLoad
}

/** What there is of everything just now, for whoever watches. */
export interface EngineLoad {
  connections(): { protocol: 'smtp' | 'imap' | 'pop3'; count: number }[]
  queue: Pick<OutboundQueue, 'size' | 'attempts' | 'oldestMs'> | null
  /** When the certificate that is shown ends (ms); null before the start. */
  certificateEndsAt(): number | null
}

type SharedParts = Omit<PoolServices, 'locks'>
type SessionServer = ProtocolServer & { ports(): number[] }
type SessionServers = [imap: SessionServer, pop3: SessionServer]

export const createBuiltinEngine = (options: BuiltinEngineOptions): BuiltinEngine => new Builtin(options)

class Builtin implements BuiltinEngine {
  readonly manifest: EngineManifest
  private readonly undo = new Undo()
  private outboxes: Writer[] = []
  private servers: ProtocolServer[] = []
  private protocols: Partial<Record<'smtp' | 'imap' | 'pop3', ProtocolServer>> = {}
  private certificate: (() => string) | null = null
  private opened: PortSettings = noPorts
  private store: OpenedMailStore | null = null
  private queue: OpenedOutboundQueue | null = null
  private accounts: AccountLifecycle | null = null
  private workers: WorkerPool | null = null
  private stopped: Promise<void> | null = null

  constructor(private readonly options: BuiltinEngineOptions) {
    this.manifest = {
      engine: 'builtin',
      version: options.agentVersion,
      capabilities: ['SMTP', 'SUBMISSION', 'IMAP', 'POP3', 'QUEUE'],
    }
  }

  writers = (): Writer[] => this.outboxes
  ports = (): PortSettings => this.opened

  async start(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      await this.stop(0).catch(() => undefined)
      throw error
    }
  }

  async apply(changes: ConfigChange[]): Promise<ConfigResult[]> {
    const results = await mapInSlices(changes, ({ key, version, resource }): ConfigResult => {
      const fault = resource && admissionFault(resource)
      return fault ? { key, version, status: 'REJECTED', error: fault } : { key, version, status: 'APPLIED' }
    })
    const admitted = changes.filter((_change, index) => results[index]!.status === 'APPLIED')
    await this.accounts?.beforeApply(admitted)
    this.options.directory.apply(admitted)
    await this.workers?.apply(admitted)
    await this.accounts?.afterApply(admitted)
    return results
  }

  health(): EngineHealth {
    const problems = [this.store, this.queue].flatMap((part) => part?.problems() ?? [])
    problems.push(...this.outboxes.flatMap(({ problem }) => problem ?? []))
    return {
      healthy: problems.length === 0,
      problems,
      queuedMessages: this.queue?.size() ?? 0,
      openConnections: this.servers.reduce((sum, server) => sum + server.connections(), 0),
    }
  }

  get load(): EngineLoad {
    return {
      connections: () =>
        (['smtp', 'imap', 'pop3'] as const).map((protocol) => ({
          protocol,
          count: this.protocols[protocol]?.connections() ?? 0,
        })),
      queue: this.queue,
      certificateEndsAt: () => this.certificate && Date.parse(new X509Certificate(this.certificate()).validTo),
    }
  }

  stop(graceMs: number): Promise<void> {
    return (this.stopped ??= this.undo.run(graceMs))
  }

  private async open(): Promise<void> {
    const { settings, directory, events, logger } = this.options
    const { undo } = this
    const folder = (...names: string[]) => join(settings.dataFolder, ...names)

    const store = await openMailStore({
      dataDir: folder('store'),
      summarize: summarizeMessage,
      quotaOf: (id) => {
        const mailbox = directory.mailboxById(id)
        return mailbox ? directory.policy('MAILBOX_QUOTA', mailbox).value : null
      },
      accountExists: (id) => directory.mailboxById(id) !== undefined,
      purgeAfterDays: () => directory.settings().purgeAfterDays,
    })
    undo.add(() => store.close())
    this.store = store
    for (const problem of store.problems()) logger.error(problem)
    for (const what of store.healed()) logger.warn(what)
    const accounts = new AccountLifecycle(store, directory, logger)
    await accounts.reconcile()
    this.accounts = accounts

    const router = createRouter(directory)
    const queue = await createOutboundQueue(
      { directory, logger, deliverLocal: createLocalDelivery({ store, router, directory, logger }) },
      {
        dataDir: folder('queue'),
        dnsServers: settings.dnsServers,
        validatingDnsServers: settings.validatingDnsServers,
        transport: { reporter: settings.tlsReporter ?? undefined },
        outboundPort: settings.outboundPort,
      },
    )
    undo.add((graceMs) => queue.close(graceMs))
    this.queue = queue

    const sendLimits = await openSendLimits({ dataDir: folder('policies'), directory })
    undo.add(() => sendLimits.close())
    this.follow([...store.writers, queue.writer, sendLimits.writer])

    const tls = await createTlsProvider({
      dataDir: folder('tls'),
      hostName: () => directory.settings().hostName,
      certFile: settings.tlsCert,
      keyFile: settings.tlsKey,
      logger,
    }).catch((error: Error) => {
      throw new StartError(`the TLS certificate cannot be used: ${error.message}`)
    })
    undo.add(() => tls.close())
    this.certificate = () => tls.certificate()
    undo.add(
      directory.onChange((changes) => {
        if (changes.some(({ key }) => key.startsWith('NodeSettings/'))) void tls.refresh()
      }),
    )
    const authenticator = createAuthenticator({ directory, events, decoySecret: readDecoySecret(folder('decoy.key')) })

    const shared = { store, authenticator, tls, directory, events, logger }
    const [imap, pop3] =
      settings.sessionWorkers > 1 ? await this.serversInWorkers(shared) : this.serversInProcess(shared)
    const smtp = createSmtpServer(
      { ...shared, queue, router, sendLimits, authenticate: createAuthentication({ dnsServers: settings.dnsServers }) },
      {
        mx: addressesOf(settings, 'smtp'),
        submission: addressesOf(settings, 'submission'),
        submissions: addressesOf(settings, 'submissions'),
        spoolFolder: folder('spool', 'smtp'),
      },
    )
    undo.add((graceMs) => Promise.all(this.servers.map((server) => server.close(graceMs))))
    this.protocols = { smtp, imap, pop3 }
    for (const server of [imap, pop3, smtp]) {
      await listen(server, settings)
      this.servers.push(server)
    }
    const { mx, submission, submissions } = smtp.ports()
    this.opened = {
      ...noPorts,
      ...assignPorts(settings, ['imap', 'imaps'], imap.ports()),
      ...assignPorts(settings, ['pop3', 'pop3s'], pop3.ports()),
      smtp: mx[0] ?? null,
      submission: submission[0] ?? null,
      submissions: submissions[0] ?? null,
    }
    await queue.start()
  }

  /** IMAP and POP3 in this process. */
  private serversInProcess(shared: SharedParts): SessionServers {
    const { settings } = this.options
    const spoolDirectory = join(settings.dataFolder, 'spool', 'imap')
    rmSync(spoolDirectory, { recursive: true, force: true })
    mkdirSync(spoolDirectory, { recursive: true, mode: 0o700 })
    return [
      createImapServer(shared, { addresses: streamAddressesOf(settings, 'imap'), spoolDirectory }),
      createPop3Server(shared, { addresses: streamAddressesOf(settings, 'pop3') }),
    ]
  }

  private async serversInWorkers(shared: SharedParts): Promise<SessionServers> {
    const { settings } = this.options
    const { sessionWorkers, dataFolder, hostName, logLevel } = settings
    const pool = new WorkerPool(
      { ...shared, locks: createLocalLocks() },
      { workers: sessionWorkers, dataFolder, hostName, logLevel },
    )
    this.undo.add((graceMs) => pool.close(graceMs))
    await pool.start()
    this.workers = pool
    const { logger } = shared
    return [
      new DispatchingServer(imapTexts, pool, { addresses: streamAddressesOf(settings, 'imap'), logger }),
      new DispatchingServer(pop3Texts, pool, { addresses: streamAddressesOf(settings, 'pop3'), logger }),
    ]
  }

  /** A writer that failed takes nothing more: what it keeps is refused for now, the rest goes on. */
  private follow(writers: Writer[]): void {
    this.outboxes = writers
    for (const writer of writers) {
      writer.on('failed', (error) => {
        if (this.stopped) return
        const [name] = writer.stream.split('/')
        this.options.logger.error(
          { err: error, database: name },
          'a database failed; restart the node once its disk works',
        )
      })
    }
  }
}
