/**
 * GraphQL over HTTP by Apollo Server: POST for everything, GET for queries with a preflight header only, no batches.
 * Requests that a browser could send from another site without asking are refused (csrfPrevention).
 *
 * Apollo parses, validates and keeps the documents; our executor runs them, by way of the interface that is there for
 * federation gateways.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ApolloServer,
  HeaderMap,
  type ApolloServerOptionsWithGateway,
  type ApolloServerPlugin,
  type BaseContext,
  type HTTPGraphQLResponse,
} from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { GraphQLError, type ExecutionResult, type GraphQLSchema } from 'graphql'
import type { Registry } from 'prom-client'
import { ExpectedError } from '../errors.js'
import { admit, type Caller } from '../graphql/admission.js'
import { createErrorFormatter } from '../graphql/errors.js'
import { createExecutor, type Execution } from '../graphql/executor.js'
import { operationMetrics } from '../graphql/graphql.metrics.js'
import { armorProtection, maxRequestBytes, requestLimits } from '../graphql/limits.js'
import type { RequestBudget } from '../graphql/request-budget.js'
import type { Logger } from '../logger.js'
import { answerFailure } from './failure.js'
import { BodyError, readJsonBody } from './json-body.js'

export interface GraphqlHttp {
  listener: (request: IncomingMessage, response: ServerResponse) => void
  stop(): Promise<void>
}

/** What wraps the execution of mutations. */
export type AroundMutation<C> = (
  context: C,
  execution: Execution,
  run: (context: C) => Promise<ExecutionResult>,
) => Promise<ExecutionResult>

export interface GraphqlHttpOptions<C> {
  schema: GraphQLSchema
  context: (request: IncomingMessage, response: ServerResponse) => Promise<C>
  caller: (context: C) => Caller
  budget: RequestBudget
  aroundMutation: AroundMutation<C>
  logger: Logger
  registry: Registry
}

export async function createGraphqlHttp<C extends BaseContext>(options: GraphqlHttpOptions<C>): Promise<GraphqlHttp> {
  const { schema, logger } = options
  const formatError = createErrorFormatter(logger)
  const apollo = new ApolloServer<C>({
    gateway: gatewayTo(options),
    ...armorProtection,
    // The armour is typed against Apollo Server's CommonJS declarations.
    plugins: [
      ...armorProtection.plugins,
      operationMetrics(options.registry),
      admission(schema, options),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ] as unknown as ApolloServerPlugin<C>[],
    parseOptions: { maxTokens: requestLimits.tokens },
    introspection: true,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    formatError,
    logger,
  })
  await apollo.start()

  const refuse = (response: ServerResponse, { status, message }: BodyError): void => {
    const error = new GraphQLError(message)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify({ errors: [formatError(error.toJSON(), error)] }))
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = new HeaderMap()
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
    }
    let body: unknown
    try {
      body = request.method === 'POST' ? await readJsonBody(request, maxRequestBytes) : undefined
    } catch (error) {
      if (error instanceof BodyError) return refuse(response, error)
      throw error
    }
    const { method = '', url = '' } = request
    const query = url.indexOf('?')
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { body, headers, method, search: query < 0 ? '' : url.slice(query) },
      context: () => options.context(request, response),
    })
    await send(answer, response)
  }
  return {
    listener: (request, response) =>
      void serve(request, response).catch((error: unknown) => answerFailure(logger, error, response)),
    stop: () => apollo.stop(),
  }
}

async function send({ status, headers, body }: HTTPGraphQLResponse, response: ServerResponse): Promise<void> {
  response.statusCode = status ?? 200
  for (const [name, value] of headers) response.setHeader(name, value)
  if (body.kind === 'complete') return void response.end(body.string)
  for await (const chunk of body.asyncIterator) response.write(chunk)
  response.end()
}

function gatewayTo<C extends BaseContext>(
  options: GraphqlHttpOptions<C>,
): NonNullable<ApolloServerOptionsWithGateway<C>['gateway']> {
  const execute = createExecutor(options.schema)
  let announce: ((schema: { apiSchema: GraphQLSchema; coreSupergraphSdl: string }) => void) | null = null
  return {
    onSchemaLoadOrUpdate(callback) {
      announce = callback
      return () => (announce = null)
    },
    async load() {
      announce?.({ apiSchema: options.schema, coreSupergraphSdl: '' })
      return {
        executor: async ({ document, operation, operationName, request, context }) => {
          const execution = { document, operation, operationName, variables: request.variables }
          const run = (contextOfRun: C) => execute(execution, contextOfRun)
          const asked = context as unknown as C
          if (operation.operation !== 'mutation') return run(asked)
          return options.aroundMutation(asked, execution, run).catch((error: unknown) => {
            // Apollo answers whatever an executor throws with 500, were no status given.
            throw refusal(error)
          })
        },
      }
    },
    async stop() {},
  }
}

/** Costs and budgets, before any resolver runs; what is left is told with the answer. */
function admission<C extends BaseContext>(
  schema: GraphQLSchema,
  options: GraphqlHttpOptions<C>,
): ApolloServerPlugin<C> {
  return {
    async requestDidStart() {
      let extensions: Record<string, unknown> | null = null
      return {
        async didResolveOperation({ document, operation, request, contextValue }) {
          try {
            if (!operation) throw new GraphQLError('Name one operation of the document.')
            const asked = { schema, document, operation, variables: request.variables }
            const spent = await admit(asked, options.caller(contextValue), options.budget)
            extensions = spent && { cost: spent }
          } catch (error) {
            throw refusal(error)
          }
        },
        async willSendResponse({ response }) {
          if (extensions && response.body.kind === 'single') {
            response.body.singleResult.extensions = { ...response.body.singleResult.extensions, ...extensions }
          }
        },
      }
    },
  }
}

/** What is refused before anything has run answers with a status of its own. */
const statusOf: Partial<Record<string, number>> = {
  INVALID_REQUEST: 400,
  IDEMPOTENCY_KEY_REUSED: 409,
  RATE_LIMITED: 429,
}

function refusal(error: unknown): unknown {
  if (error instanceof ExpectedError) {
    const status = statusOf[error.code]
    if (status === undefined) return error
    const retryAfter = error.params.find(({ name }) => name === 'retryAfter')?.value
    const headers = new HeaderMap(retryAfter === undefined ? [] : [['retry-after', retryAfter]])
    return new GraphQLError(error.message, { originalError: error, extensions: { http: { status, headers } } })
  }
  if (!(error instanceof GraphQLError)) return error
  return new GraphQLError(error.message, { extensions: { http: { status: 400 } } })
}
