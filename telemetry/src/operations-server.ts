/**
 * The listener for whoever runs the process, never the public one: `/health` (the process lives), `/ready` (it can be given work)
 * and `/metrics`. It opens before anything else and closes last, so that a migration or a drain is seen as "not ready", not as a
 * refused connection. Only `/metrics` asks for the token: a probe has none, and learns one word.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { TelemetrySettings } from './settings.js'

export interface OperationsServer {
  /** Where it listens; null: nowhere, as set. */
  readonly port: number | null
  close(): Promise<void>
}

export interface OperationsServerOptions {
  settings: TelemetrySettings
  /** `control-plane` or `node`. */
  component: string
  version: string
  registry: Registry
  /** Rejects, or does not answer in time, while it cannot be given work. */
  isReady: () => Promise<void>
  /** A check that hangs, as on a database that has gone silent, is a no. */
  readyWithinMs?: number
}

const maxConnections = 64

export async function operationsServer(options: OperationsServerOptions): Promise<OperationsServer> {
  const { settings, registry, component, version } = options
  if (settings.metricsPort === null) return { port: null, close: async () => undefined }
  collectDefaultMetrics({ register: registry })
  const build = new Gauge({
    name: 'mailfleet_build_info',
    help: 'Always 1; says which program in which version this is.',
    labelNames: ['component', 'version'],
    registers: [registry],
  })
  build.set({ component, version }, 1)

  // Scrapers that come together are given the same answer: what it costs does not grow with them.
  let scrape: Promise<string> | null = null
  const metrics = (): Promise<string> => (scrape ??= registry.metrics().finally(() => (scrape = null)))

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'method not allowed')
    if (path === '/health') return end(response, 200, 'ok')
    if (path === '/ready') {
      const ready = await isWithin(options.readyWithinMs ?? 2_000, options.isReady())
      return ready ? end(response, 200, 'ok') : end(response, 503, 'not ready')
    }
    if (path !== '/metrics') return end(response, 404, 'not found')
    if (settings.metricsToken !== null && !isBearer(request, settings.metricsToken)) {
      response.setHeader('www-authenticate', 'Bearer')
      return end(response, 401, 'unauthorized')
    }
    response.setHeader('content-type', registry.contentType)
    response.end(await metrics())
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => (response.headersSent ? response.destroy() : end(response, 500, 'failed')))
  })
  server.maxConnections = maxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.metricsPort!, settings.metricsHost, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.statusCode = status
  response.end(`${text}\n`)
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function isBearer({ headers }: IncomingMessage, token: string): boolean {
  const [, given] = /^bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

async function isWithin(ms: number, check: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  const answered = check.then(
    () => true,
    () => false,
  )
  return Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
