/**
 * Requests to the server. One whose answer is lost is sent again: queries as they are, mutations with their idempotency key, so
 * that they take effect once. Redirections are not followed: a token goes to the server it is for.
 */
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiFailure, CommandFailure, exitCodes, type ApiError } from '../failures.js'

export interface Server {
  url: string
  token: string | null
}

export interface RequestOptions {
  signal: AbortSignal
  timeoutMs: number
  /** Null: it is not sent twice. */
  idempotencyKey?: string | null
  repeatable: boolean
  onRetry?: (reason: string, seconds: number) => void
}

export type Data = Record<string, unknown>

const maxAttempts = 6
const maxWaitSeconds = 60

interface Body {
  data?: Data | null
  errors?: { message: string; extensions?: Partial<ApiError> }[]
}

/** What may be otherwise in a moment. */
class Passing extends Error {
  constructor(
    message: string,
    readonly retryAfter: number | null,
  ) {
    super(message)
  }
}

export class ApiConnection {
  /** Of a session while one signs in; tokens need none. */
  private cookie: string | null = null

  constructor(readonly server: Server) {}

  /** The data; throws what the API refuses. */
  async request(query: string, variables: Data, options: RequestOptions): Promise<Data> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.send(query, variables, options)
      } catch (error) {
        if (!(error instanceof Passing)) throw error
        if (!options.repeatable || attempt === maxAttempts) {
          throw new CommandFailure(`${this.server.url}: ${error.message}`, exitCodes.unavailable)
        }
        const wait = Math.min(error.retryAfter ?? Math.random() * 2 ** (attempt - 1), maxWaitSeconds)
        options.onRetry?.(error.message, wait)
        await sleep(wait * 1_000, undefined, { signal: options.signal })
      }
    }
  }

  /** Streams a file to an endpoint beside the API; its answer is the one field of the body. */
  async upload(path: string, contentType: string, file: Readable, signal: AbortSignal): Promise<unknown> {
    let response: Response
    try {
      response = await fetch(new URL(path, this.server.url), {
        method: 'POST',
        redirect: 'error',
        signal,
        headers: {
          'content-type': contentType,
          ...(this.server.token && { authorization: `Bearer ${this.server.token}` }),
        },
        body: Readable.toWeb(file) as RequestInit['body'],
        duplex: 'half',
      } as RequestInit)
    } catch (error) {
      signal.throwIfAborted()
      const { cause, message } = error as Error & { cause?: Error & { code?: string } }
      throw new CommandFailure(`${this.server.url}: ${cause?.code ?? message}`, exitCodes.unavailable)
    }
    const { upload, errors } = bodyOf(response, await response.text()) as Body & { upload?: unknown }
    if (!upload) throw new ApiFailure(apiErrors(errors))
    return upload
  }

  private async send(query: string, variables: Data, options: RequestOptions): Promise<Data> {
    const { signal, timeoutMs, idempotencyKey } = options
    let response: Response
    let text: string
    try {
      response = await fetch(new URL('graphql', this.server.url), {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'mailfleet',
          ...(this.server.token && { authorization: `Bearer ${this.server.token}` }),
          ...(this.cookie && { cookie: this.cookie }),
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        body: JSON.stringify({ query, variables }),
      })
      text = await response.text()
    } catch (error) {
      signal.throwIfAborted()
      const { cause, message, name } = error as Error & { cause?: Error & { code?: string } }
      throw new Passing(
        name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? message),
        null,
      )
    }
    const [cookie] = response.headers.getSetCookie()
    if (cookie) this.cookie = cookie.split(';', 1)[0]!
    return dataOf(response, text)
  }
}

function dataOf(response: Response, text: string): Data {
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN)
  const seconds = Number.isNaN(retryAfter) ? null : retryAfter
  if (response.status === 502 || response.status === 503 || response.status === 504) {
    throw new Passing(`the server answers with ${response.status}`, seconds)
  }
  const body = bodyOf(response, text)
  const errors = apiErrors(body.errors)
  // Before anything has run; a limit that a resolver keeps, such as on signing in, is for the caller to mind.
  if (response.status === 429) throw new Passing('too many requests', seconds)
  if (body.errors?.length || !body.data) throw new ApiFailure(errors)
  return body.data
}

function bodyOf(response: Response, text: string): Body {
  try {
    return JSON.parse(text) as Body
  } catch {
    throw new CommandFailure(`this is no Mailfleet server: it answers with ${response.status} and no JSON`)
  }
}

/** Never empty: an answer without data that says nothing is an error, too. */
function apiErrors(errors: Body['errors']): ApiError[] {
  if (!errors?.length) return [{ code: 'INTERNAL', message: 'an answer without data' }]
  return errors.map(({ message, extensions }) => ({ ...extensions, message, code: extensions?.code ?? 'INTERNAL' }))
}
