/** Something that the HTTP server serves at one path: requests, websocket connections, or both. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import type { WebSocketServer } from 'ws'

export interface Endpoint {
  path: string
  handler?: RequestHandler
  /**
   * In place of `handler`, for requests to this very path: without Express, which costs a small query as much again. Answers
   * whatever happens.
   */
  listener?: (request: IncomingMessage, response: ServerResponse) => void
  /** With `noServer` and a bounded `maxPayload`. */
  socket?: WebSocketServer
  /** Whether an upgrade request with this Origin may pass; by default only one without. */
  acceptsOrigin?: (origin: string | undefined, request: IncomingMessage) => boolean
}
