/** The whole control plane on a fresh database and a free port, and clients that speak to it over HTTP only. */
import 'reflect-metadata'
import { startPostgres } from '../../../tests/support/postgres.js'
import { createFirstAdministrator } from '../administrators/index.js'
import { openMigratedDatabase, startApplication, type Application } from '../application.js'
import { provideJoinToken } from '../nodes/index.js'
import { createLogger } from '../platform/logger.js'
import type { Settings } from '../platform/settings.js'
import { noTelemetry } from '@mailfleet/telemetry'
import { randomBytes } from 'node:crypto'
import { ApiClient } from './api-client.js'

export interface TestApplication extends Application {
  databaseUrl: string
  masterKey: string
  /** Signed in as the first platform administrator. */
  admin: ApiClient
  credentials: { email: string; password: string }
  rootId: string
  mailNodeId: string
  /** For another replica on the same database. */
  settings: Settings
}

export const newPassword = (): string => randomBytes(12).toString('base64url')

export async function startTestApplication({
  dns,
  ...more
}: Partial<Pick<Settings, 'trustedProxies' | 'requestBudget' | 'outboundNetworks' | 'telemetry'>> & {
  dns?: Partial<Settings['dns']>
} = {}): Promise<TestApplication> {
  const postgres = await startPostgres()
  const masterKey = randomBytes(32).toString('base64')
  const settings: Settings = {
    databaseUrl: postgres.url,
    databasePool: 4,
    httpHost: '127.0.0.1',
    httpPort: 0,
    masterKey,
    masterKeyFile: null,
    publicUrl: null,
    consoleDir: null,
    logLevel: 'silent',
    trustedProxies: 0,
    requestBudget: 0,
    // Peers of tests are on this machine.
    outboundNetworks: ['127.0.0.0/8'],
    // Nobody listens there: tests ask no resolver of the machine.
    dns: { servers: ['127.0.0.1:9'], timeoutMs: 100, periodicChecks: false, autoconfigHost: null, ...dns },
    telemetry: noTelemetry,
    ...more,
  }
  const credentials = { email: 'root@platform.example', password: newPassword() }
  const setUp = await openMigratedDatabase(settings)
  await createFirstAdministrator(setUp, { ...credentials, name: 'Root' })
  const { nodeId } = await provideJoinToken(setUp, { name: 'first', hostName: 'mx.platform.example' })
  await setUp.close()

  const application = await startApplication(settings, createLogger('silent'))
  const admin = new ApiClient(application.url)
  await admin.signIn(credentials)
  const { tenants } = await admin.query(`{ tenants(filter: { kind: PLATFORM }) { nodes { id } } }`)
  return {
    ...application,
    databaseUrl: postgres.url,
    masterKey,
    admin,
    credentials,
    rootId: tenants.nodes[0].id,
    mailNodeId: nodeId,
    settings,
    stop: async () => {
      await application.stop()
      await postgres.stop()
    },
  }
}
