/** How long answers take, by endpoint: never by path, which strangers choose. */
import { Histogram, type Registry } from 'prom-client'
import type { IncomingMessage, ServerResponse } from 'node:http'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export type ObserveRequest = (endpoint: string, request: IncomingMessage, response: ServerResponse) => void

export function observeRequests(registry: Registry): ObserveRequest {
  const duration = new Histogram({
    name: 'mailfleet_http_request_duration_seconds',
    help: 'From a request to the end of its answer; `code` is the class of the status, or `aborted`.',
    labelNames: ['endpoint', 'method', 'code'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  return (endpoint, { method = '' }, response) => {
    const stop = duration.startTimer({ endpoint, method: methods.has(method) ? method : 'other' })
    response.once('close', () =>
      stop({ code: response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : 'aborted' }),
    )
  }
}
