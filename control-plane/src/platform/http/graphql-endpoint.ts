/**
 * GraphQL over HTTP by Apollo Server: POST for everything, GET for queries with a preflight header only, no batches.
 * Requests that a browser could send from another site without asking are refused (csrfPrevention).
 */
import { ApolloServer, type ApolloServerPlugin, type BaseContext } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { expressMiddleware } from '@as-integrations/express5'
import express, { Router, type Request, type Response } from 'express'
import type { GraphQLSchema } from 'graphql'
import { createErrorFormatter } from '../graphql/errors.js'
import { armorProtection, maxRequestBytes, requestLimits } from '../graphql/limits.js'
import type { Logger } from '../logger.js'

export interface GraphqlHttp {
  handler: Router
  stop(): Promise<void>
}

export interface GraphqlHttpOptions<C> {
  schema: GraphQLSchema
  context: (request: Request, response: Response) => Promise<C>
  logger: Logger
}

export async function createGraphqlHttp<C extends BaseContext>(options: GraphqlHttpOptions<C>): Promise<GraphqlHttp> {
  const apollo = new ApolloServer<C>({
    schema: options.schema,
    ...armorProtection,
    // The armour is typed against Apollo Server's CommonJS declarations.
    plugins: [
      ...armorProtection.plugins,
      ApolloServerPluginLandingPageDisabled(),
    ] as unknown as ApolloServerPlugin<C>[],
    parseOptions: { maxTokens: requestLimits.tokens },
    introspection: true,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    formatError: createErrorFormatter(options.logger),
    logger: options.logger,
  })
  await apollo.start()
  const handler = Router()
  handler.use(express.json({ limit: maxRequestBytes, strict: true }))
  handler.use(expressMiddleware(apollo, { context: ({ req, res }) => options.context(req, res) }))
  return { handler, stop: () => apollo.stop() }
}
