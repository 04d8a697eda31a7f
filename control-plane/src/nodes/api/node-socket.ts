/**
 * The graphql-ws endpoint of nodes (the graphql-transport-ws protocol): a socket is a node's from connection_init on, or closed.
 *
 * Frames are bounded, and so are operations at a time. No browser comes here: the HTTP server refuses any Origin.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import { createErrorFormatter } from '../../platform/graphql/errors.js'
import { logSocketFailures, orTryAgain } from '../../platform/http/socket-failures.js'
import type { Logger } from '../../platform/logger.js'
import { closeCodes, type LiveLinks } from '../link/live-links.js'
import { authenticateNode } from '../link/node-authentication.js'
import { NodeSession } from '../link/node-session.js'
import type { NodeContext, NodeServices } from './node-context.js'
import { readOperation } from './node-operation.js'

/** A batch of events of 1 MiB, as JSON text within JSON. */
const maxFrameBytes = 4 * 1_048_576
const initTimeoutMs = 3_000
const keepAliveMs = 5_000
const maxOperations = 128
/** What a suspended node gets to take its new settings in. */
const suspendedMs = 3_000

// A type, not an interface: graphql-ws asks for an index signature.
type SocketExtra = {
  socket: WebSocket
  request: IncomingMessage
  session?: NodeSession
}

export interface NodeSocketOptions {
  schema: GraphQLSchema
  services: NodeServices
  links: LiveLinks
  logger: Logger
}

export function createNodeSocket({ schema, services, links, logger }: NodeSocketOptions) {
  const formatError = createErrorFormatter(logger)
  const format = (error: GraphQLError): GraphQLFormattedError => formatError(error.toJSON(), error)
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false })

  const connect = async ({ socket, request }: SocketExtra, token: unknown): Promise<NodeSession | null> => {
    const node = await authenticateNode(services.dataSource, token)
    const remoteAddress = request.socket.remoteAddress
    if (!node) {
      logger.warn({ remoteAddress }, 'node refused')
      return null
    }
    const close = (code: number, reason: string) => closeSocket(socket, code, reason)
    const session = new NodeSession({ ...node, linkId: randomUUID() }, close)
    if (node.suspended) {
      admitForAWhile(session, socket)
      logger.info({ mailNodeId: session.mailNodeId, remoteAddress }, 'suspended node told so')
      return session
    }
    // From here on the socket's end ends the session, even while its row is being written.
    socket.once('close', () => {
      logger.info({ mailNodeId: session.mailNodeId }, 'node disconnected')
      links.remove(session).catch((error) => logger.error({ error }, 'a link could not be closed in the database'))
    })
    if (socket.readyState !== socket.OPEN) session.ended()
    await links.add(session)
    logger.info({ mailNodeId: session.mailNodeId, remoteAddress }, 'node connected')
    return session
  }

  /** One at a time of each node here, as links are. */
  const suspended = new Map<string, NodeSession>()
  function admitForAWhile(session: NodeSession, socket: WebSocket): void {
    const { mailNodeId } = session
    suspended.get(mailNodeId)?.close(closeCodes.replaced, 'Replaced by a newer connection')
    suspended.set(mailNodeId, session)
    const timer = setTimeout(() => session.close(closeCodes.forbidden, 'Forbidden'), suspendedMs)
    const end = (): void => {
      clearTimeout(timer)
      session.ended()
      if (suspended.get(mailNodeId) === session) suspended.delete(mailNodeId)
    }
    socket.once('close', end)
    if (socket.readyState !== socket.OPEN) end()
  }

  const disposable = useServer<{ token?: unknown }, SocketExtra>(
    {
      schema,
      connectionInitWaitTimeout: initTimeoutMs,
      onConnect: async ({ connectionParams, extra }) => {
        const session = await orTryAgain(extra.socket, logger, connect(extra, connectionParams?.token))
        if (!session) return false
        extra.session = session
        return { protocolVersions: [1] }
      },
      onSubscribe: ({ extra, subscriptions }, _id, { query, variables }) => {
        if (Object.keys(subscriptions).length > maxOperations)
          return [new GraphQLError(`At most ${maxOperations} operations at a time.`)]
        const document = readOperation(schema, query, 'socket')
        if (!('kind' in document)) return document
        const contextValue: NodeContext = { services, session: extra.session! }
        return { schema, document, variableValues: variables, contextValue }
      },
      onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
        errors ? { ...result, errors: errors.map(format) } : undefined,
      onError: (_context, _id, _payload, errors) =>
        errors.map((error) => format(error instanceof GraphQLError ? error : new GraphQLError('failed'))),
    },
    server,
    keepAliveMs,
  )
  logSocketFailures(server, logger)

  return {
    server,
    async stop(): Promise<void> {
      for (const client of server.clients) closeSocket(client, closeCodes.goingAway, 'Going away')
      await disposable.dispose()
    },
  }
}

/** A peer that does not answer the close within a second is not waited for. */
function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason)
  const timer = setTimeout(() => socket.terminate(), 1_000)
  socket.once('close', () => clearTimeout(timer))
}
