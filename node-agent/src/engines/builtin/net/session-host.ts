/**
 * Runs one session of a protocol per connection that it is given. A session that ends, in whatever way, ends its connection; one
 * that throws something unforeseen is logged, and harms no other.
 */
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { TlsProvider } from '../tls/tls-provider.js'
import { ClientConnection, type ConnectionLimits } from './client-connection.js'
import { ConnectionError } from './errors.js'
import type { StreamProtocol } from './stream-protocol.js'
import { serverHandshake } from './tls-handshake.js'

const minute = 60_000
/** For a goodbye to sessions that did not end by themselves. */
const lastWordMs = 250

export class SessionHost {
  /** With the session's connection, once TLS is there where it comes first. */
  private readonly open = new Map<Socket, ClientConnection | null>()
  private readonly sessions = new Set<Promise<void>>()
  private readonly limits: ConnectionLimits
  private closing = false

  constructor(
    private readonly protocol: StreamProtocol,
    private readonly tls: TlsProvider,
    private readonly logger: Logger,
  ) {
    this.limits = {
      idleTimeoutMs: protocol.idleTimeoutMs ?? 5 * minute,
      writeTimeoutMs: protocol.writeTimeoutMs ?? minute,
      handshakeTimeoutMs: protocol.handshakeTimeoutMs ?? minute / 2,
      lineEnds: protocol.lineEnds ?? 'strict',
    }
  }

  /** `gone` is called when the socket is closed. */
  async run(socket: Socket, implicitTls: boolean, gone: () => void): Promise<void> {
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.open.delete(socket)
      gone()
    })
    if (this.closing || socket.destroyed) return void socket.destroy()
    this.open.set(socket, null)
    try {
      const carrier = implicitTls ? await serverHandshake(socket, this.tls, this.limits.handshakeTimeoutMs) : socket
      const connection = new ClientConnection(carrier, this.limits)
      this.open.set(socket, connection)
      const session = this.serve(connection)
      this.sessions.add(session)
      await session.finally(() => this.sessions.delete(session))
    } catch (error) {
      this.report(error, socket)
      socket.destroy()
    }
  }

  /** Ends all sessions with the protocol's farewell once their running command is answered, at the latest after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.closing = true
    for (const [socket, connection] of this.open) {
      if (!connection) socket.destroy()
      else if (this.protocol.end) this.protocol.end(connection)
      else connection.endInput(this.protocol.goodbye)
    }
    const timers = [
      setTimeout(() => {
        for (const connection of this.open.values()) connection?.endInput(this.protocol.goodbye)
      }, graceMs),
      setTimeout(() => {
        for (const socket of this.open.keys()) socket.destroy()
      }, graceMs + lastWordMs),
    ]
    await Promise.all(this.sessions)
    timers.forEach(clearTimeout)
  }

  private async serve(connection: ClientConnection): Promise<void> {
    const began = performance.now()
    try {
      await this.protocol.serve(connection)
    } catch (error) {
      this.report(error, connection)
    } finally {
      this.protocol.ended?.(connection, performance.now() - began)
      await connection.close()
    }
  }

  private report(error: unknown, client: { remoteIp?: string; remoteAddress?: string }): void {
    const { name } = this.protocol
    const remoteIp = client.remoteIp ?? client.remoteAddress
    if (error instanceof ConnectionError)
      this.logger.debug({ remoteIp, reason: error.message }, `${name}: session ended`)
    else this.logger.error({ err: error, remoteIp }, `${name}: session failed`)
  }
}
