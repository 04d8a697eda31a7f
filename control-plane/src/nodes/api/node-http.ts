/** POST /node: enrolment, and which protocol versions there are. Everything else of the node API needs a socket. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { execute, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { createErrorFormatter } from '../../platform/graphql/errors.js'
import type { Logger } from '../../platform/logger.js'
import type { NodeServices } from './node-context.js'
import { readOperation } from './node-operation.js'

const maxBodyBytes = 16_384
const bodyTimeoutMs = 5_000

export function createNodeHttpHandler(schema: GraphQLSchema, services: NodeServices, logger: Logger) {
  const formatError = createErrorFormatter(logger)
  const format = (error: GraphQLError): GraphQLFormattedError => formatError(error.toJSON(), error)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: unknown): void => {
      if (response.headersSent || response.destroyed) return
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
      response.end(JSON.stringify(body))
      // What is left of a request that was refused early is not read.
      if (!request.complete) request.destroy()
    }
    const refuse = (status: number, message: string): void =>
      answer(status, { errors: [format(new GraphQLError(message))] })

    if (request.method !== 'POST') return refuse(405, 'POST only.')
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return refuse(415, 'The content type must be application/json.')
    const body = await readBody(request)
    if (body === null) return refuse(413, `A request has at most ${maxBodyBytes} bytes, and comes at once.`)
    let parsed: { query?: unknown; variables?: unknown }
    try {
      parsed = Object(JSON.parse(body))
    } catch {
      return refuse(400, 'The body is not JSON.')
    }
    const document = readOperation(schema, parsed.query, 'http')
    if (!('kind' in document)) return answer(400, { errors: document.map(format) })
    const { data, errors } = await execute({
      schema,
      document,
      variableValues: Object(parsed.variables ?? {}),
      contextValue: { services, session: null },
    })
    answer(200, { ...(data !== undefined && { data }), ...(errors && { errors: errors.map(format) }) })
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  const timer = setTimeout(() => request.destroy(), bodyTimeoutMs)
  try {
    for await (const chunk of request) {
      bytes += chunk.length
      if (bytes > maxBodyBytes) return null
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
