/**
 * Subscriptions over graphql-ws. Only subscriptions: queries and mutations go over HTTP, where Apollo's rules hold.
 *
 * Who is connected is looked at again every few seconds, and the socket closed when that has changed: a permission
 * taken away does not live on in an open subscription.
 */
import { GraphQLError, getOperationAST, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer, type Extra } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { ExpectedError } from '../errors.js'
import { admit, type Caller } from '../graphql/admission.js'
import { createErrorFormatter } from '../graphql/errors.js'
import { armorProtection, requestLimits } from '../graphql/limits.js'
import type { RequestBudget } from '../graphql/request-budget.js'
import type { Logger } from '../logger.js'
import { logSocketFailures, orTryAgain } from './socket-failures.js'

const maxFrameBytes = 65_536
const maxOperationsPerSocket = 20

interface SocketIdentity<C> {
  /** A context for one operation. */
  createContext(): C
  caller: Caller
  /** Whether the caller still is who it was, with the same rights. */
  isCurrent(): Promise<boolean>
}

export interface GraphqlSocketOptions<C> {
  schema: GraphQLSchema
  /** Null refuses the connection. */
  identify(request: Extra['request'], parameters: Record<string, unknown>): Promise<SocketIdentity<C> | null>
  budget: RequestBudget
  logger: Logger
  recheckMs?: number
}

export interface GraphqlSocket {
  server: WebSocketServer
  stop(): Promise<void>
}

interface Connected<C> extends Extra, Record<PropertyKey, unknown> {
  identity?: SocketIdentity<C>
  recheck?: NodeJS.Timeout
}

export function createGraphqlSocket<C>(options: GraphqlSocketOptions<C>): GraphqlSocket {
  const { schema, logger } = options
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes })
  const format = createErrorFormatter(logger)
  const invalid = (message: string) => [new GraphQLError(message)]
  const formatted = (errors: readonly GraphQLError[]) =>
    errors.map((error) => {
      const { message, ...details } = format(error.toJSON(), error)
      return new GraphQLError(message, { extensions: details.extensions })
    })

  const disposable = useServer<Record<string, unknown>, Connected<C>>(
    {
      connectionInitWaitTimeout: 3_000,
      onConnect: async ({ extra, connectionParams }) => {
        const asked = options.identify(extra.request, connectionParams ?? {})
        const identity = await orTryAgain(extra.socket, logger, asked)
        // Who has gone meanwhile would be looked after for ever.
        if (!identity || extra.socket.readyState !== extra.socket.OPEN) return false
        extra.identity = identity
        extra.recheck = watch(extra, identity)
        return true
      },
      // What it returns passes through onError.
      onSubscribe: async (context, _id, payload) => {
        // The subscription that is about to begin is counted already.
        if (Object.keys(context.subscriptions).length > maxOperationsPerSocket) {
          return invalid(`At most ${maxOperationsPerSocket} subscriptions on one socket.`)
        }
        try {
          const document = parse(payload.query, { maxTokens: requestLimits.tokens })
          const errors = validate(schema, document, [...specifiedRules, ...armorProtection.validationRules])
          if (errors.length > 0) return errors
          const operation = getOperationAST(document, payload.operationName)
          if (operation?.operation !== 'subscription') return invalid('Only subscriptions are served here.')
          const identity = context.extra.identity!
          await admit({ schema, document, operation, variables: payload.variables }, identity.caller, options.budget)
          return {
            schema,
            document,
            operationName: payload.operationName,
            variableValues: payload.variables,
            contextValue: identity.createContext(),
          }
        } catch (error) {
          if (error instanceof ExpectedError) return [new GraphQLError(error.message, { originalError: error })]
          return [error instanceof GraphQLError ? error : new GraphQLError('The request is not valid.')]
        }
      },
      onNext: (_context, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: formatted(result.errors) } : undefined,
      onError: (_context, _id, _payload, errors) => formatted(errors as GraphQLError[]).map((error) => error.toJSON()),
      onClose: ({ extra }) => clearInterval(extra.recheck),
    },
    server,
    12_000,
  )
  logSocketFailures(server, logger)

  function watch(extra: Connected<C>, identity: SocketIdentity<C>): NodeJS.Timeout {
    return setInterval(async () => {
      // While the database is away nobody can be asked; the next look decides.
      const current = await identity.isCurrent().catch((error: unknown) => {
        logger.warn({ error }, 'a socket could not be checked')
        return true
      })
      if (!current) extra.socket.close(CloseCode.Forbidden, 'Forbidden')
    }, options.recheckMs ?? 4_000)
  }

  return { server, stop: async () => disposable.dispose() }
}
