/** The node side of a control plane, as main.ts wires it, on a fresh database and a free port; and rows to work with. */
import 'reflect-metadata'
import { randomBytes, randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { Registry } from 'prom-client'
import type { EntityManager } from 'typeorm'
import { startPostgres } from '../../../../tests/support/postgres.js'
import { recordChanges, startChanges, type Changes } from '../../changes/index.js'
import { Domain } from '../../domains/index.js'
import { startEvents, type Events } from '../../events/index.js'
import { openDatabase, type Database } from '../../platform/database.js'
import { createHttpServer, listen } from '../../platform/http/http-server.js'
import { newId } from '../../platform/ids.js'
import { createLogger } from '../../platform/logger.js'
import { readMasterKeys, Secrets } from '../../platform/secrets/index.js'
import { migrations } from '../../migrations.js'
import { Tenant } from '../../tenants/index.js'
import { createNodeSchema, MailNode, provideJoinToken, startNodes, type Nodes } from '../index.js'

/** The same for all replicas. */
const masterKey = randomBytes(32).toString('base64')

export interface Replica {
  database: Database
  changes: Changes
  nodes: Nodes
  events: Events
  url: string
  stop(): Promise<void>
}

export async function startReplica(databaseUrl: string): Promise<Replica> {
  const logger = createLogger('silent')
  const registry = new Registry()
  const database = await openDatabase({
    url: databaseUrl,
    poolSize: 6,
    entities: [Tenant, Domain, MailNode],
    migrations,
  })
  await database.migrate()
  const changes = await startChanges({ database, databaseUrl, logger, registry })
  const events = await startEvents({ database, logger, registry })
  const schema = createNodeSchema()
  const secrets = await Secrets.open(database, readMasterKeys({ masterKey, masterKeyFile: null }))
  const nodes = startNodes({
    database,
    changes,
    secrets,
    logger,
    registry,
    schema,
    ingestEvents: events.ingestEvents,
  })
  const server: Server = createHttpServer({
    secure: false,
    trustedProxies: 0,
    consoleDir: null,
    endpoints: [nodes.endpoint],
    isReady: async () => undefined,
    logger,
    registry,
  })
  const { port } = await listen(server, '127.0.0.1', 0)
  return {
    database,
    changes,
    nodes,
    events,
    url: `http://127.0.0.1:${port}/node`,
    async stop() {
      await nodes.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await events.stop()
      await changes.stop()
      await database.close()
    },
  }
}

export interface Fleet extends Replica {
  databaseUrl: string
  rootId: string
  stopAll(): Promise<void>
}

export async function startFleet(): Promise<Fleet> {
  const postgres = await startPostgres()
  const replica = await startReplica(postgres.url)
  const rootId = newId()
  await replica.database.query(
    `INSERT INTO tenant (id, parent_id, path, name, kind) VALUES ($1, NULL, $2, 'Platform', 'PLATFORM')`,
    [rootId, label(rootId)],
  )
  return {
    ...replica,
    databaseUrl: postgres.url,
    rootId,
    async stopAll() {
      await replica.stop()
      await postgres.stop()
    },
  }
}

const label = (id: string): string => id.replaceAll('-', '')

export async function makeNode(fleet: Fleet, name = `n-${randomUUID().slice(0, 8)}`) {
  return provideJoinToken(fleet.database, { name, hostName: `${name}.example.net` })
}

export async function makeCustomer(fleet: Fleet): Promise<string> {
  const id = newId()
  await fleet.database.query(
    `INSERT INTO tenant (id, parent_id, path, name, kind) VALUES ($1, $2, $3, $4, 'CUSTOMER')`,
    [id, fleet.rootId, `${label(fleet.rootId)}.${label(id)}`, `customer ${id}`],
  )
  return id
}

export async function insertDomain(manager: EntityManager, tenantId: string, mailNodeId: string): Promise<string> {
  const id = newId()
  const name = `d${label(id)}.example`
  await manager.query(
    `INSERT INTO domain (id, tenant_id, name, display_name, mail_node_id, proof, proven_at)
     VALUES ($1, $2, $3, $3, $4, 'WAIVED', now())`,
    [id, tenantId, name, mailNodeId],
  )
  await recordChanges(manager, [{ kind: 'Domain', id, mailNodeId }])
  return id
}

export async function insertMailbox(manager: EntityManager, domainId: string): Promise<string> {
  const id = newId()
  const [domain] = await manager.query('SELECT name, mail_node_id FROM domain WHERE id = $1', [domainId])
  const local = `m${label(id)}`
  await manager.query(
    `INSERT INTO mailbox (id, domain_id, local_part, address, name, password_hash, quota_bytes)
     VALUES ($1, $2, $3, $4, 'Someone', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA', 1000000)`,
    [id, domainId, local, `${local}@${domain.name}`],
  )
  await recordChanges(manager, [{ kind: 'Mailbox', id, mailNodeId: domain.mail_node_id }])
  return id
}
