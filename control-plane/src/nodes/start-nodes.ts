/** The node endpoint of one replica, and the links that it holds. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import { Announcer, type Changes } from '../changes/index.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import type { NodeServices } from './api/node-context.js'
import { createNodeErrorFormatter } from './api/node-errors.js'
import { createNodeHttpHandler } from './api/node-http.js'
import { createNodeSocket } from './api/node-socket.js'
import { nodeChannel } from './channels.js'
import { LiveLinks } from './link/live-links.js'
import { forgetExpiredTokens } from './link/node-authentication.js'

const forgetEveryMs = 60_000

export interface NodesOptions {
  database: Database
  changes: Changes
  logger: Logger
  schema: GraphQLSchema
  ingestEvents: NodeServices['ingestEvents']
}

export interface Nodes {
  /** POST /node. */
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The websocket upgrade of /node. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  links: LiveLinks
  announcer: Announcer
  stop(): Promise<void>
}

export function startNodes({ database, changes, logger, schema, ingestEvents }: NodesOptions): Nodes {
  const { dataSource } = database
  const onError = (error: unknown): void => logger.error({ error }, 'node links are not up to date')
  const announcer = new Announcer(dataSource, { channel: nodeChannel, onError })
  const links = new LiveLinks(dataSource, { onError, onChange: (id) => announcer.announce(id) })
  // Whoever suspends, deletes or enrols a node, on whichever replica, wakes the one that holds its link.
  const unsubscribe = changes.notifications.on(nodeChannel, () => links.beatSoon())
  const services: NodeServices = { dataSource, follower: changes.follower, nodeAnnouncer: announcer, ingestEvents }
  const format = createNodeErrorFormatter(logger)
  const socket = createNodeSocket({ schema, services, links, format, logger })
  const forgetting = setInterval(() => void forgetExpiredTokens(dataSource).catch(onError), forgetEveryMs)
  return {
    handleRequest: createNodeHttpHandler(schema, services, format),
    handleUpgrade: socket.handleUpgrade,
    links,
    announcer,
    async stop() {
      clearInterval(forgetting)
      unsubscribe()
      await links.stop()
      await socket.stop()
      await announcer.stop()
    },
  }
}
