/** The admin API at /graphql: queries and mutations over HTTP, subscriptions over a websocket. */
import type { IncomingMessage } from 'node:http'
import { sampledGauge } from '@mailfleet/telemetry'
import type { GraphQLSchema } from 'graphql'
import type { Registry } from 'prom-client'
import {
  bearer,
  findViewer,
  packedRulesOf,
  presentedCredential,
  publicMutations,
  RequestContext,
  type AdminContext,
  type Reached,
  type Viewer,
  reasonOf,
} from './access/index.js'
import { applyOnce } from './idempotency/index.js'
import type { RequestBudget } from './platform/graphql/request-budget.js'
import { clientAddress } from './platform/http/client-address.js'
import type { Database } from './platform/database.js'
import type { Endpoint } from './platform/http/endpoint.js'
import { createGraphqlHttp } from './platform/http/graphql-endpoint.js'
import { createGraphqlSocket } from './platform/http/graphql-socket.js'
import type { Secrets } from './platform/secrets/index.js'
import type { Logger } from './platform/logger.js'

export interface AdminEndpointOptions {
  schema: GraphQLSchema
  database: Database
  secrets: Secrets
  logger: Logger
  reached: Reached
  /** Where browsers find this, where a proxy changes the Host header. */
  publicUrl: string | null
  budget: RequestBudget
  registry: Registry
}

export async function createAdminEndpoint(options: AdminEndpointOptions) {
  const { schema, database, secrets, logger, reached, budget, registry } = options
  const parts = { database, secrets, logger }
  const originOf = (request: IncomingMessage): AdminContext['origin'] => ({
    ip: clientAddress(request, reached.trustedProxies),
    userAgent: request.headers['user-agent']?.slice(0, 256) ?? null,
    reason: reasonOf(request),
  })
  const http = await createGraphqlHttp<AdminContext>({
    schema,
    logger,
    registry,
    context: async (request, response) =>
      new RequestContext({
        ...parts,
        viewer: await findViewer(database, presentedCredential(request, reached)),
        origin: originOf(request),
        http: { request, response },
      }),
    caller: ({ viewer, origin }) => ({ viewer: viewer?.administratorId ?? null, address: origin.ip }),
    budget,
    aroundMutation: applyOnce(publicMutations(schema)),
  })
  const socket = createGraphqlSocket<AdminContext>({
    schema,
    budget,
    logger,
    identify: async (request, parameters) => {
      const { authorization } = parameters
      const presented =
        typeof authorization === 'string'
          ? bearer(authorization, request, reached)
          : presentedCredential(request, reached)
      const viewer = await findViewer(database, presented)
      if (!viewer) return null
      const rights = packedRulesOf(viewer.ability)
      const origin = originOf(request)
      return {
        createContext: () => new RequestContext({ ...parts, viewer, origin, http: null }),
        caller: { viewer: viewer.administratorId, address: origin.ip },
        isCurrent: async () => {
          const current = await findViewer(database, presented)
          return current !== null && isSameIdentity(current, viewer) && packedRulesOf(current.ability) === rights
        },
      }
    },
  })
  sampledGauge(registry, {
    name: 'mailfleet_graphql_sockets',
    help: 'Open sockets of subscriptions of the admin API.',
    sample: () => [{ value: socket.server.clients.size }],
  })
  const publicOrigin = options.publicUrl && new URL(options.publicUrl).origin
  const endpoint: Endpoint = {
    path: '/graphql',
    listener: http.listener,
    socket: socket.server,
    // Scripts send no Origin and bring a token. A browser sends the true one, and the session cookie of the host that it
    // speaks to: a page of that very host is ours, by whatever name it was reached.
    acceptsOrigin: (origin, request) => origin === undefined || origin === publicOrigin || isSameHost(origin, request),
  }
  return {
    endpoint,
    async stop() {
      await socket.stop()
      await http.stop()
    },
  }
}

/** Not so once one begins, or ends, to act as somebody else. */
const isSameIdentity = (one: Viewer, other: Viewer): boolean =>
  one.administratorId === other.administratorId &&
  one.impersonator?.administratorId === other.impersonator?.administratorId

function isSameHost(origin: string, request: IncomingMessage): boolean {
  try {
    return new URL(origin).host === request.headers.host
  } catch {
    return false
  }
}
