/** A subscription that goes on: a connection that breaks is made again, and the listener is told of the gap. */
import { createClient, type FormattedExecutionResult } from 'graphql-ws'
import { WebSocket } from 'ws'
import { ApiFailure, CommandFailure, exitCodes, type ApiError } from '../failures.js'
import type { Data, Server } from './connection.js'

/** What the server closes with when it will not be otherwise in a moment. */
const denied = new Set([4400, 4401, 4403])
const maxWaitMs = 30_000

export interface WatchOptions {
  signal: AbortSignal
  /** `since`: when the connection broke. */
  onGap: (since: Date, until: Date) => void
  onLost: (reason: string) => void
}

interface Closed {
  code?: number
  reason?: string
}

export async function* watch(
  server: Server,
  query: string,
  variables: Data,
  options: WatchOptions,
): AsyncGenerator<Data> {
  let lostAt: Date | null = null
  const client = createClient({
    url: new URL('graphql', server.url).href.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: server.token ? { authorization: `Bearer ${server.token}` } : {},
    keepAlive: 15_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (reason) => !denied.has((reason as Closed).code ?? 0),
    retryWait: (retries) =>
      new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(maxWaitMs, 500 * 2 ** retries))),
    on: {
      closed: (event) => {
        if (options.signal.aborted || lostAt) return
        lostAt = new Date()
        options.onLost(String((event as Closed).reason || (event as Closed).code || ''))
      },
      connected: () => {
        if (lostAt) options.onGap(lostAt, new Date())
        lostAt = null
      },
    },
  })
  const events = client.iterate<Data>({ query, variables })
  const stop = () => void events.return?.()
  options.signal.addEventListener('abort', stop)
  try {
    for await (const event of events) yield dataOf(event)
  } catch (error) {
    throw failureOf(error)
  } finally {
    options.signal.removeEventListener('abort', stop)
    await client.dispose()
  }
}

function dataOf({ data, errors }: FormattedExecutionResult<Data, unknown>): Data {
  if (errors?.length || !data) throw failureOf(errors ?? [])
  return data
}

function failureOf(error: unknown): unknown {
  if (error instanceof CommandFailure) return error
  if (Array.isArray(error)) {
    return new ApiFailure(
      error.map(({ message, extensions }: { message: string; extensions?: Partial<ApiError> }) => ({
        ...extensions,
        message,
        code: extensions?.code ?? 'INTERNAL',
      })),
    )
  }
  const { code, reason } = error as Closed
  if (code !== undefined && denied.has(code)) {
    return new CommandFailure(`UNAUTHENTICATED: the server closed the connection (${code} ${reason})`, exitCodes.denied)
  }
  return new CommandFailure(
    `the connection ended: ${reason || String((error as Error).message)}`,
    exitCodes.unavailable,
  )
}
