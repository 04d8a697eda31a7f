/** The answer to a request that failed where nobody expected it; nothing of why is told. */
import type { ServerResponse } from 'node:http'
import type { Logger } from '../logger.js'

export function answerFailure(logger: Logger, error: unknown, response: ServerResponse): void {
  const status = (error as { status?: number }).status ?? 500
  if (status >= 500) logger.error({ error }, 'request failed')
  if (response.headersSent) return void response.destroy()
  const code = status >= 500 ? 'INTERNAL' : 'INVALID_REQUEST'
  const message = status >= 500 ? 'Something went wrong on our side.' : 'The request is not valid.'
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code, params: [] } }] }))
}
