/**
 * `GET /exports/<kind>?format=csv|jsonl&variables=<JSON>`: a list of any length, page by page as it is read. Who asks is looked at
 * again while it lasts; where rights end in the middle, or anything fails, the connection is cut, so that a part is not taken for the whole.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { getOperationAST, type GraphQLSchema } from 'graphql'
import {
  findViewer,
  packedRulesOf,
  presentedCredential,
  RequestContext,
  type Reached,
  type Viewer,
} from '../access/index.js'
import type { Database } from '../platform/database.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import { createExecutor } from '../platform/graphql/executor.js'
import { operationCost } from '../platform/graphql/operation-cost.js'
import { retryAfterOf, type RequestBudget } from '../platform/graphql/request-budget.js'
import { AtOnce } from '../platform/http/at-once.js'
import { clientAddress } from '../platform/http/client-address.js'
import type { Endpoint } from '../platform/http/endpoint.js'
import { forgetLoaded } from '../platform/loader.js'
import type { Logger } from '../platform/logger.js'
import type { Secrets } from '../platform/secrets/index.js'
import { exportKinds, type Connection, type ExportKind } from './export-kinds.js'
import { formats, type Format } from './formats.js'

export interface ExportOptions {
  schema: GraphQLSchema
  database: Database
  secrets: Secrets
  logger: Logger
  reached: Reached
  budget: RequestBudget
}

const pageSize = 200
const recheckMs = 4_000
const limits = { all: 8, each: 2 }
const maxVariables = 4_000

export function createExportEndpoint(options: ExportOptions): Endpoint {
  const execute = createExecutor(options.schema)
  const atOnce = new AtOnce(limits)

  async function* linesOf(
    request: Request,
    viewer: Viewer,
    { kind, format, variables }: Asked,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { schema, database, secrets, logger, reached, budget } = options
    const origin = {
      ip: clientAddress(request, reached.trustedProxies),
      userAgent: request.headers['user-agent']?.slice(0, 256) ?? null,
    }
    const context = new RequestContext({ database, secrets, logger, viewer, origin, http: null })
    const operation = getOperationAST(kind.document)!
    const columns = kind.columns.map(([name]) => name)
    const rights = packedRulesOf(viewer.ability)
    const cost = operationCost(schema, kind.document, operation, { first: pageSize })
    let looked = Date.now()
    let after: string | null = null
    for (let isFirst = true; ; isFirst = false) {
      if (isFirst) await budget.spend(viewer.administratorId, origin.ip, cost)
      else await budget.spendPaced(viewer.administratorId, origin.ip, cost, signal)
      if (Date.now() - looked > recheckMs) {
        const current = await findViewer(database, presentedCredential(request, reached))
        if (!current || packedRulesOf(current.ability) !== rights) throw new ExpectedError('FORBIDDEN')
        looked = Date.now()
      }
      forgetLoaded(context)
      const page = await readPage({ first: pageSize, after, ...variables })
      if (isFirst) yield format.head(columns)
      yield page.nodes
        .map((node) =>
          format.row(
            columns,
            kind.columns.map(([, value]) => value(node)),
          ),
        )
        .join('')
      if (!page.pageInfo.hasNextPage) return
      after = page.pageInfo.endCursor
    }

    async function readPage(all: Record<string, unknown>): Promise<Connection> {
      const execution = { document: kind.document, operation, operationName: null, variables: all }
      const { data, errors } = await execute(execution, context)
      const [error] = errors ?? []
      if (error?.originalError instanceof ExpectedError) throw error.originalError
      // What is wrong before anything has run is in the variables, and those are the caller's.
      if (error && error.path === undefined) throw invalidInput(['variables'], error.message)
      if (error) throw error
      const connection = kind.connection(data as Record<string, unknown>)
      if (!connection) throw notFound(['variables', 'id'])
      return connection
    }
  }

  const serve = async (request: Request, response: Response): Promise<void> => {
    const viewer = await findViewer(options.database, presentedCredential(request, options.reached))
    if (!viewer) throw new ExpectedError('UNAUTHENTICATED')
    if (viewer.mustEnrol) throw new ExpectedError('TWO_FACTOR_REQUIRED')
    const asked = askedOf(request)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    await atOnce.run(viewer.administratorId, async () => {
      const lines = linesOf(request, viewer, asked, gone.signal)
      // What is wrong with the request shows at the first page, while it can still be told.
      const first = await lines.next()
      response.setHeader('content-type', asked.format.type)
      response.setHeader('cache-control', 'no-store')
      response.attachment(`${asked.name}.${asked.format.extension}`)
      await pipeline(Readable.from(joined(first, lines)), response)
    })
  }

  return {
    path: '/exports',
    handler: (request, response, next) => {
      serve(request, response).catch((error: unknown) => {
        if (response.headersSent) return void response.destroy()
        if (!(error instanceof ExpectedError)) return next(error)
        const { code, message, params, inputPath } = error
        const extensions = { code, params, ...(inputPath && { path: inputPath }) }
        if (code === 'RATE_LIMITED') response.setHeader('retry-after', retryAfterOf(error))
        response.status(statusOf[code] ?? 403).json({ errors: [{ message, extensions }] })
      })
    },
  }
}

const statusOf: Partial<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  INVALID_INPUT: 400,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
}

interface Asked {
  name: string
  kind: ExportKind
  format: Format
  variables: Record<string, unknown>
}

function askedOf(request: Request): Asked {
  if (request.method !== 'GET') throw invalidInput([], 'Exports are read by GET.')
  const url = new URL(request.url, 'http://export')
  const name = url.pathname.slice(1)
  if (!Object.hasOwn(exportKinds, name)) throw notFound()
  const wanted = url.searchParams.get('format') ?? 'csv'
  if (!Object.hasOwn(formats, wanted)) throw invalidInput(['format'], 'The formats are csv and jsonl.')
  return { name, kind: exportKinds[name]!, format: formats[wanted]!, variables: variablesOf(url) }
}

function variablesOf(url: URL): Record<string, unknown> {
  const text = url.searchParams.get('variables') ?? '{}'
  if (text.length > maxVariables) throw invalidInput(['variables'], 'This is too long.')
  let variables: unknown
  try {
    variables = JSON.parse(text)
  } catch {
    throw invalidInput(['variables'], 'This is no JSON.')
  }
  if (variables === null || typeof variables !== 'object' || Array.isArray(variables)) {
    throw invalidInput(['variables'], 'This must be a JSON object.')
  }
  const { filter, id, state } = variables as Record<string, unknown>
  return { filter, id, state }
}

async function* joined(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done) return
  yield first.value
  yield* rest
}
