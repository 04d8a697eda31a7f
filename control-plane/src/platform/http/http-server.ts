/**
 * The one listener: the API's endpoints, health, and the console's files. Everything it answers carries the security
 * headers; an upgrade to a path without a socket, or from a foreign origin, is closed before the handshake.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import express, { type ErrorRequestHandler } from 'express'
import type { Registry } from 'prom-client'
import type { Logger } from '../logger.js'
import { consoleFiles } from './console-files.js'
import type { Endpoint } from './endpoint.js'
import { observeRequests } from './http.metrics.js'
import { answerFailure } from './failure.js'
import { securityHeaders } from './security-headers.js'

export interface HttpServerOptions {
  /** Whether browsers reach this over https. */
  secure: boolean
  trustedProxies: number
  consoleDir: string | null
  endpoints: Endpoint[]
  /** Rejects while the process cannot serve. */
  isReady: () => Promise<void>
  logger: Logger
  registry: Registry
}

export function createHttpServer(options: HttpServerOptions): Server {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', options.trustedProxies)
  app.get('/health/live', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/health/ready', async (_request, response) => {
    try {
      await options.isReady()
      response.json({ status: 'ok' })
    } catch (error) {
      options.logger.warn({ error }, 'not ready')
      response.status(503).json({ status: 'unavailable' })
    }
  })
  for (const { path, handler } of options.endpoints) if (handler) app.use(path, handler)
  if (options.consoleDir) app.use(consoleFiles(options.consoleDir))
  app.use((_request, response) => void response.status(404).json({ error: 'not found' }))
  app.use(failure(options.logger))

  const headers = securityHeaders(options.secure)
  const listeners = new Map(options.endpoints.flatMap(({ path, listener }) => (listener ? [[path, listener]] : [])))
  const observe = observeRequests(options.registry)
  const known = ['/health', ...options.endpoints.map(({ path }) => path)]
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of headers) response.setHeader(name, value)
    const path = pathOf(request)
    observe(known.find((prefix) => path === prefix || path.startsWith(`${prefix}/`)) ?? 'console', request, response)
    const listener = listeners.get(path) ?? app
    listener(request, response)
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 }, serve)
  server.on('upgrade', (request, socket, head) => upgrade(options.endpoints, request, socket, head))
  return server
}

export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return server.address() as AddressInfo
}

/** Without a slash at its end, as Express takes it. */
function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  return path.endsWith('/') ? path.slice(0, -1) : path
}

function upgrade(endpoints: Endpoint[], request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy())
  const path = pathOf(request)
  const endpoint = endpoints.find((candidate) => candidate.socket && candidate.path === path)
  const { origin } = request.headers
  if (!endpoint) return refuse(socket, '404 Not Found')
  const accepted = endpoint.acceptsOrigin ? endpoint.acceptsOrigin(origin, request) : origin === undefined
  if (!accepted) return refuse(socket, '403 Forbidden')
  const { socket: webSockets } = endpoint
  webSockets!.handleUpgrade(request, socket, head, (connection) => webSockets!.emit('connection', connection, request))
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const failure =
  (logger: Logger): ErrorRequestHandler =>
  (error, _request, response, next) => {
    if (response.headersSent) return next(error)
    answerFailure(logger, error, response)
  }
