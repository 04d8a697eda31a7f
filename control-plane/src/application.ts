/** One replica of the control plane, put together. It keeps nothing that another replica, or the next start, would need. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { operationsServer } from '@mailfleet/telemetry'
import { Registry } from 'prom-client'
import { createAdminEndpoint } from './admin-endpoint.js'
import { createAdminSchema } from './admin-schema.js'
import { startAudit } from './audit/index.js'
import { startBans } from './bans/index.js'
import { startSendShares } from './budgets/index.js'
import { rowOperations } from './bulk/index.js'
import { startChanges } from './changes/index.js'
import { startDkimRotation, startFirstKeys } from './dkim/index.js'
import {
  createScimEndpoint,
  directoryResolvers,
  passwordDirectories,
  startDirectorySyncs,
} from './directories/index.js'
import { entities } from './entities.js'
import { DnsChecker, DomainDnsResolver, recordSources } from './domain-dns/index.js'
import { startEvents } from './events/index.js'
import { createExportEndpoint } from './exports/index.js'
import { createUploadEndpoint } from './imports/index.js'
import { startQueue } from './queue/index.js'
import { startJobs } from './jobs/index.js'
import { migrations } from './migrations.js'
import { createNodeSchema, startNodes } from './nodes/index.js'
import { openDatabase, type Database } from './platform/database.js'
import { registerDatabaseMetrics } from './platform/database.metrics.js'
import { DnsResolver } from './platform/dns/index.js'
import { RequestBudget } from './platform/graphql/request-budget.js'
import { Outbound } from './platform/http/outbound.js'
import { createHttpServer, listen } from './platform/http/http-server.js'
import type { Logger } from './platform/logger.js'
import { readMasterKeys, Secrets } from './platform/secrets/index.js'
import type { Settings } from './platform/settings.js'
import { startRollouts } from './rollouts/index.js'
import { AttemptLimits, signInResolvers } from './sign-in/index.js'
import { startPurge } from './life-cycle/index.js'
import { startWebhooks, WebhookResolver } from './webhooks/index.js'

export interface Application {
  /** Where it listens. */
  url: string
  /** Of metrics and health; null: nowhere. */
  metricsPort: number | null
  database: Database
  secrets: Secrets
  /** Lets what is under way finish, for a while. */
  stop(): Promise<void>
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** What requests get to end in. */
const drainMs = 8_000

export async function openMigratedDatabase(
  settings: Pick<Settings, 'databaseUrl' | 'databasePool'>,
): Promise<Database> {
  const database = await openDatabase({
    url: settings.databaseUrl,
    poolSize: settings.databasePool,
    entities,
    migrations,
  })
  try {
    await database.migrate()
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

export async function startApplication(settings: Settings, logger: Logger): Promise<Application> {
  /** What was started, in that order; it is stopped the other way round. */
  const started: (() => Promise<void>)[] = []
  let isReady = (): Promise<void> => Promise.reject(new Error('starting'))
  const stop = async (): Promise<void> => {
    isReady = () => Promise.reject(new Error('stopping'))
    for (const stopPart of started.splice(0).reverse()) {
      await stopPart().catch((error: unknown) => logger.error({ error }, 'a part did not stop'))
    }
  }
  try {
    const registry = new Registry()
    const operations = await operationsServer({
      settings: settings.telemetry,
      component: 'control-plane',
      version,
      registry,
      isReady: () => isReady(),
    })
    started.push(() => operations.close())
    const database = await openMigratedDatabase(settings)
    started.push(() => database.close())
    registerDatabaseMetrics(registry, database, settings.databasePool)
    const secrets = await Secrets.open(database, readMasterKeys(settings))
    const changes = await startChanges({ database, databaseUrl: settings.databaseUrl, logger, registry })
    started.push(() => changes.stop())
    const audit = startAudit({ database, logger })
    started.push(() => audit.stop())
    const events = await startEvents({ database, logger, registry })
    started.push(() => events.stop())
    const bans = startBans({ database, logger })
    started.push(() => bans.stop())
    const queue = startQueue({ database, logger })
    started.push(() => queue.stop())
    const purge = startPurge({ database, logger })
    started.push(() => purge.stop())
    const dns = new DnsResolver(settings.dns)
    started.push(async () => dns.close())
    const dkim = startDkimRotation({ database, secrets, dns, logger })
    started.push(() => dkim.stop())
    const outbound = new Outbound(settings.outboundNetworks)
    const dnsChecker = new DnsChecker(dns, recordSources(settings.dns), { outbound, port: 443 })
    if (settings.dns.periodicChecks) {
      const checks = dnsChecker.start({ database, logger })
      started.push(() => checks.stop())
      const firstKeys = startFirstKeys({ database, secrets, logger })
      started.push(() => firstKeys.stop())
    }
    const sendShares = startSendShares({ database, logger })
    started.push(() => sendShares.stop())
    const rollouts = startRollouts({ database, logger })
    started.push(() => rollouts.stop())
    const directorySyncs = startDirectorySyncs({ database, secrets, logger, outbound })
    started.push(() => directorySyncs.stop())
    const webhooks = startWebhooks({ database, changes, secrets, outbound, logger, registry })
    started.push(() => webhooks.stop())
    let closed = Promise.resolve()
    started.push(() => closed)
    const nodes = startNodes({
      database,
      changes,
      secrets,
      logger,
      registry,
      schema: createNodeSchema(),
      ingestEvents: (session, batch) => events.ingestEvents(session, batch),
    })
    started.push(() => nodes.stop())

    const secure = settings.publicUrl?.startsWith('https:') ?? false
    const reached = { secure, trustedProxies: settings.trustedProxies }
    const signIn = {
      limits: new AttemptLimits(database),
      reached,
      publicUrl: settings.publicUrl,
      directoryOf: passwordDirectories(outbound),
    }
    const schema = createAdminSchema([
      ...signInResolvers(signIn),
      ...directoryResolvers(signIn, outbound),
      new DomainDnsResolver(dnsChecker),
      new WebhookResolver(outbound),
    ])
    const jobs = startJobs({ database, secrets, logger, registry, operations: rowOperations(schema) })
    started.push(() => jobs.stop())
    const budget = new RequestBudget({ viewer: settings.requestBudget })
    const admin = await createAdminEndpoint({
      schema,
      database,
      secrets,
      logger,
      reached,
      publicUrl: settings.publicUrl,
      budget,
      registry,
    })
    started.push(() => admin.stop())
    const scim = createScimEndpoint({
      database,
      secrets,
      logger,
      trustedProxies: settings.trustedProxies,
      publicUrl: settings.publicUrl,
    })
    const server = createHttpServer({
      secure,
      trustedProxies: settings.trustedProxies,
      consoleDir: settings.consoleDir,
      endpoints: [
        admin.endpoint,
        createUploadEndpoint({ database, secrets, reached, budget }),
        createExportEndpoint({ schema, database, secrets, logger, reached, budget }),
        nodes.endpoint,
        scim,
      ],
      isReady: () => isReady(),
      logger,
      registry,
    })
    const { port } = await listen(server, settings.httpHost, settings.httpPort)
    isReady = async () => void (await database.query('SELECT 1'))
    // First nobody new comes in; requests under way end before the database closes.
    started.push(async () => void (closed = closeServer(server)))
    const host = settings.httpHost.includes(':') ? `[${settings.httpHost}]` : settings.httpHost
    const url = settings.publicUrl ?? `http://${host}:${port}`
    return { url, metricsPort: operations.port, database, secrets, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves when the last connection is gone, websockets included: others close those meanwhile. */
async function closeServer(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(idle)
  clearTimeout(cut)
}
