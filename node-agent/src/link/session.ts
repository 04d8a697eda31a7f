/**
 * One authenticated graphql-ws connection to the control plane, from its opening to its end. It never reconnects by itself: the link
 * opens the next one, with a fresh token and after a back-off. What comes in is bounded: a consumer that is slower than the control
 * plane stops the socket from being read.
 */
import { setMaxListeners } from 'node:events'
import { createClient } from 'graphql-ws'
import type { FormattedExecutionResult } from 'graphql'
import { WebSocket } from 'ws'

/** The connection has ended; what was in flight on it may or may not have reached the control plane. */
export class SessionClosedError extends Error {
  override name = 'SessionClosedError'
}
/** The control plane answered with GraphQL errors. */
class SessionRequestError extends Error {
  override name = 'SessionRequestError'
}

export interface SessionOptions {
  url: URL
  token: () => Promise<string>
  keepAliveMs?: number
  requestTimeoutMs?: number
}

export interface Session {
  /** A query or mutation; answers with its `data`. */
  request<Data>(query: string, variables: object): Promise<Data>
  /** A subscription; yields each `data`, ends when the control plane completes it, throws when the connection ends. */
  stream<Data>(query: string, variables: object): AsyncGenerator<Data, void>
  /** Aborted when the connection has ended, its `reason` says why. */
  readonly closed: AbortSignal
  close(): void
}

/** A frame carries at most 256 KiB of entries; JSON within JSON may escape many of its characters. */
const maxPayload = 4 * 1024 * 1024
/** Frames that may wait here before the socket is paused. */
const maxWaiting = 16

class NodeSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols, {
      maxPayload,
      handshakeTimeout: 10_000,
      perMessageDeflate: false,
      followRedirects: false,
    })
  }
}

export function openSession(options: SessionOptions): Promise<Session> {
  const { url, token, keepAliveMs = 10_000, requestTimeoutMs = 30_000 } = options
  const ended = new AbortController()
  // One for each request in flight: not a leak.
  setMaxListeners(0, ended.signal)
  let socket: NodeSocket | undefined
  let pongTimer: NodeJS.Timeout | undefined

  return new Promise((opened, failed) => {
    const end = (reason: unknown) => {
      if (ended.signal.aborted) return
      clearTimeout(pongTimer)
      const error = new SessionClosedError(describe(reason))
      ended.abort(error)
      failed(error)
      // Also keeps the client from reconnecting after a normal closure.
      void Promise.resolve(client.dispose()).catch(() => undefined)
      socket?.terminate()
    }
    const client = createClient({
      url: url.href,
      webSocketImpl: NodeSocket,
      lazy: false,
      retryAttempts: 0,
      keepAlive: keepAliveMs,
      connectionAckWaitTimeout: 10_000,
      connectionParams: async () => ({ token: await token() }),
      onNonLazyError: end,
      on: {
        opened: (opening) => (socket = opening as NodeSocket),
        connected: () => opened(session),
        message: () => clearTimeout(pongTimer),
        ping: (received) => {
          if (received) return
          clearTimeout(pongTimer)
          pongTimer = setTimeout(() => end('the control plane does not answer pings'), keepAliveMs)
        },
        error: end,
        closed: end,
      },
    })

    const session: Session = {
      closed: ended.signal,
      close: () => end('closed here'),
      request: <Data>(query: string, variables: object) =>
        new Promise<Data>((resolve, reject) => {
          if (ended.signal.aborted) return reject(ended.signal.reason as Error)
          const fail = (error: Error) => {
            clearTimeout(timer)
            ended.signal.removeEventListener('abort', onEnd)
            reject(error)
          }
          const onEnd = () => fail(ended.signal.reason as Error)
          ended.signal.addEventListener('abort', onEnd)
          const timer = setTimeout(() => {
            fail(new SessionClosedError('the control plane did not answer a request in time'))
            end('the control plane did not answer a request in time')
          }, requestTimeoutMs)
          client.subscribe<Data>(
            { query, variables: variables as Record<string, unknown> },
            {
              next: (result) => {
                clearTimeout(timer)
                ended.signal.removeEventListener('abort', onEnd)
                settle(result, resolve, reject)
              },
              error: (error) => fail(asError(error)),
              complete: () => fail(new SessionClosedError('the control plane gave no answer')),
            },
          )
        }),
      stream: <Data>(query: string, variables: object) => stream<Data>(query, variables),
    }

    async function* stream<Data>(query: string, variables: object): AsyncGenerator<Data, void> {
      ended.signal.throwIfAborted()
      const waiting: FormattedExecutionResult<Data>[] = []
      let over: { error?: Error } | null = null
      let wake = () => {}
      const onEnd = () => {
        over = { error: ended.signal.reason as Error }
        wake()
      }
      ended.signal.addEventListener('abort', onEnd)
      const dispose = client.subscribe<Data>(
        { query, variables: variables as Record<string, unknown> },
        {
          next: (result) => {
            waiting.push(result as FormattedExecutionResult<Data>)
            if (waiting.length >= maxWaiting) socket?.pause()
            wake()
          },
          error: (error) => {
            over = { error: asError(error) }
            wake()
          },
          complete: () => {
            over ??= {}
            wake()
          },
        },
      )
      try {
        for (;;) {
          const result = waiting.shift()
          if (result) {
            if (waiting.length < maxWaiting / 2 && socket?.isPaused) socket.resume()
            yield await new Promise<Data>((resolve, reject) => settle(result, resolve, reject))
          } else if (over) {
            const { error } = over as { error?: Error }
            if (error) throw error
            return
          } else {
            await new Promise<void>((resolve) => (wake = resolve))
          }
        }
      } finally {
        ended.signal.removeEventListener('abort', onEnd)
        dispose()
        socket?.resume()
      }
    }

    const asError = (error: unknown): Error => {
      if (Array.isArray(error)) {
        return new SessionRequestError(error.map((one: { message: string }) => one.message).join('; '))
      }
      return ended.signal.aborted ? (ended.signal.reason as Error) : new SessionClosedError(describe(error))
    }
  })
}

function settle<Data>(
  result: Pick<FormattedExecutionResult<Data>, 'data' | 'errors'>,
  resolve: (data: Data) => void,
  reject: (error: Error) => void,
): void {
  if (result.data && !result.errors?.length) resolve(result.data)
  else reject(new SessionRequestError(result.errors?.map((error) => error.message).join('; ') ?? 'no data'))
}

/** Close codes of the control plane that need somebody to act. */
const refusals: Record<number, string> = {
  4403: 'the control plane refuses this node: it is suspended or deleted there, or the clocks differ',
  4409: "another process has connected with this node's key",
}

function describe(reason: unknown): string {
  if (typeof reason === 'string') return reason
  const { code, reason: text, message } = reason as { code?: number | string; reason?: string; message?: string }
  if (typeof code === 'number') return refusals[code] ?? `closed with ${code}${text ? ` ${text}` : ''}`
  return message || 'the connection failed'
}
