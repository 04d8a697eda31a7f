/**
 * Failures of websockets as lines of our log: graphql-ws prints them to standard error with their stacks, and tells the peer
 * the message of an error that was meant for nobody outside.
 */
import type { WebSocket, WebSocketServer } from 'ws'
import type { Logger } from '../logger.js'

/** RFC 6455's registry of close codes: Try Again Later. */
const tryAgainLater = 1013

/** To be called after graphql-ws has the server: its own listener, which closes with what `ws` has closed with already, goes. */
export function logSocketFailures(server: WebSocketServer, logger: Logger): void {
  server.on('connection', (socket, request) => {
    socket.removeAllListeners('error')
    socket.on('error', (error) => {
      const { remoteAddress } = request.socket
      logger.warn({ remoteAddress, path: request.url?.split('?', 1)[0], reason: error.message }, 'a websocket failed')
    })
  })
}

/** Who connects while nobody can be asked who it is comes again later. */
export async function orTryAgain<T>(socket: WebSocket, logger: Logger, identify: Promise<T | null>): Promise<T | null> {
  try {
    return await identify
  } catch (error) {
    logger.error({ error }, 'who connects could not be looked up')
    socket.close(tryAgainLater, 'Try again later')
    return null
  }
}
