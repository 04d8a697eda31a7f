/** The node endpoint of one replica, and the links that it holds. */
import type { GraphQLSchema } from 'graphql'
import type { Registry } from 'prom-client'
import { Announcer, type Changes } from '../changes/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Endpoint } from '../platform/http/endpoint.js'
import type { Logger } from '../platform/logger.js'
import type { Secrets } from '../platform/secrets/index.js'
import type { NodeServices } from './api/node-context.js'
import { createNodeHttpHandler } from './api/node-http.js'
import { createNodeSocket } from './api/node-socket.js'
import { nodeChannel } from './channels.js'
import { LiveLinks } from './link/live-links.js'
import { nodeMetrics, registerFleetMetrics } from './node.metrics.js'
import { forgetExpiredTokens } from './link/node-authentication.js'

const forgetEveryMs = 60_000

export interface NodesOptions {
  database: Database
  changes: Changes
  secrets: Pick<Secrets, 'open'>
  logger: Logger
  registry: Registry
  schema: GraphQLSchema
  ingestEvents: NodeServices['ingestEvents']
}

export interface Nodes {
  endpoint: Endpoint
  links: LiveLinks
  announcer: Announcer
  stop(): Promise<void>
}

export function startNodes(options: NodesOptions): Nodes {
  const { database, changes, secrets, logger, registry, schema, ingestEvents } = options
  const { dataSource } = database
  const onError = (error: unknown): void => logger.error({ error }, 'node links are not up to date')
  const announcer = new Announcer(dataSource, { channel: nodeChannel, onError })
  const links = new LiveLinks(dataSource, { onError, onChange: (id) => announcer.announce(id) })
  // Whoever suspends, deletes or enrols a node, on whichever replica, wakes the one that holds its link.
  const unsubscribe = changes.notifications.on(nodeChannel, () => links.beatSoon())
  const services: NodeServices = {
    dataSource,
    follower: changes.follower,
    async openSealed(sealed, purpose) {
      try {
        return await secrets.open(sealed, purpose)
      } catch (error) {
        logger.error({ error, purpose }, 'a key for a node does not open')
        throw error
      }
    },
    nodeAnnouncer: announcer,
    metrics: nodeMetrics(registry),
    ingestEvents,
  }
  registerFleetMetrics(registry, dataSource, links)
  const socket = createNodeSocket({ schema, services, links, logger })
  const forgetting = new BackgroundWork({
    everyMs: forgetEveryMs,
    onError,
    step: () => forgetExpiredTokens(dataSource).then(() => false),
  })
  return {
    endpoint: { path: '/node', handler: createNodeHttpHandler(schema, services, logger), socket: socket.server },
    links,
    announcer,
    async stop() {
      await forgetting.stop()
      unsubscribe()
      await links.stop()
      await socket.stop()
      await announcer.stop()
    },
  }
}
