/**
 * Listens for a line protocol and runs one session per connection, within limits on connections, per client network, and on
 * time. A session that ends, in whatever way, ends its connection; one that throws something unforeseen is logged, and
 * harms no other.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import type { TlsProvider } from '../tls/tls-provider.js'
import { ClientConnection, type ConnectionLimits } from './client-connection.js'
import { clientNetwork } from './client-network.js'
import { ConnectionError } from './errors.js'
import type { ListenAddress, ProtocolServer } from './protocol-server.js'
import { serverHandshake } from './tls-handshake.js'

export interface StreamAddress extends ListenAddress {
  implicitTls: boolean
}

export interface StreamServerOptions extends Partial<ConnectionLimits> {
  /** For the log. */
  protocol: string
  addresses: StreamAddress[]
  tls: TlsProvider
  logger: Logger
  /** Runs the session; the connection is closed when it settles. */
  serve(connection: ClientConnection): Promise<void>
  /** The protocol's last words at shut-down, as a whole line with CRLF. */
  goodbye: string
  /** The words for a client above the limits, as a whole line with CRLF. Not said where TLS would come first. */
  tooManyConnections: string
  maxConnections?: number
  maxConnectionsPerNetwork?: number
}

const minute = 60_000

export class StreamServer implements ProtocolServer {
  private readonly servers: Server[] = []
  /** With the session's connection, once TLS is there where it comes first. */
  private readonly open = new Map<Socket, ClientConnection | null>()
  private readonly sessions = new Set<Promise<void>>()
  private readonly perNetwork = new Map<string, number>()
  private readonly limits: ConnectionLimits
  private closing = false

  constructor(private readonly options: StreamServerOptions) {
    this.limits = {
      idleTimeoutMs: options.idleTimeoutMs ?? 5 * minute,
      writeTimeoutMs: options.writeTimeoutMs ?? minute,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? minute / 2,
      lineEnds: options.lineEnds ?? 'strict',
    }
  }

  async listen(): Promise<void> {
    try {
      for (const address of this.options.addresses) this.servers.push(await this.listenOn(address))
    } catch (error) {
      await Promise.all(this.servers.splice(0).map(closeServer))
      throw error
    }
  }

  /** In the order of the addresses. */
  ports(): number[] {
    return this.servers.map((server) => (server.address() as AddressInfo).port)
  }

  connections(): number {
    return this.open.size
  }

  async close(graceMs: number): Promise<void> {
    this.closing = true
    const listening = this.servers.splice(0).map(closeServer)
    for (const [socket, connection] of this.open) {
      if (connection) connection.endInput(this.options.goodbye)
      else socket.destroy()
    }
    const timer = setTimeout(() => {
      for (const socket of this.open.keys()) socket.destroy()
    }, graceMs)
    await Promise.all([...this.sessions, ...listening])
    clearTimeout(timer)
  }

  private listenOn(address: StreamAddress): Promise<Server> {
    return new Promise((resolve, reject) => {
      // Half-open: a client may send its commands, shut down its side, and read the answers.
      const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
        void this.accept(socket, address.implicitTls)
      })
      server.once('error', reject)
      server.listen({ host: address.host, port: address.port }, () => {
        server.off('error', reject)
        // Such as EMFILE at an accept: that connection is lost, the server stays.
        server.on('error', (error) => this.options.logger.error({ err: error }, `${this.options.protocol}: accept`))
        resolve(server)
      })
    })
  }

  private async accept(socket: Socket, implicitTls: boolean): Promise<void> {
    socket.on('error', () => undefined)
    if (this.closing) return void socket.destroy()
    const network = clientNetwork(socket.remoteAddress ?? '')
    if (!this.admit(network)) {
      if (!implicitTls) socket.write(this.options.tooManyConnections)
      return void socket.destroySoon()
    }
    this.open.set(socket, null)
    socket.once('close', () => {
      this.open.delete(socket)
      const left = (this.perNetwork.get(network) ?? 1) - 1
      if (left === 0) this.perNetwork.delete(network)
      else this.perNetwork.set(network, left)
    })
    this.perNetwork.set(network, (this.perNetwork.get(network) ?? 0) + 1)
    try {
      const carrier = implicitTls
        ? await serverHandshake(socket, this.options.tls, this.limits.handshakeTimeoutMs)
        : socket
      const connection = new ClientConnection(carrier, this.limits)
      this.open.set(socket, connection)
      const session = this.run(connection)
      this.sessions.add(session)
      await session.finally(() => this.sessions.delete(session))
    } catch (error) {
      this.report(error, socket)
      socket.destroy()
    }
  }

  private admit(network: string): boolean {
    const { maxConnections = 20_000, maxConnectionsPerNetwork = 1_000 } = this.options
    return this.open.size < maxConnections && (this.perNetwork.get(network) ?? 0) < maxConnectionsPerNetwork
  }

  private async run(connection: ClientConnection): Promise<void> {
    try {
      await this.options.serve(connection)
    } catch (error) {
      this.report(error, connection)
    } finally {
      await connection.close()
    }
  }

  private report(error: unknown, client: { remoteIp?: string; remoteAddress?: string }): void {
    const { logger, protocol } = this.options
    const remoteIp = client.remoteIp ?? client.remoteAddress
    if (error instanceof ConnectionError)
      logger.debug({ remoteIp, reason: error.message }, `${protocol}: session ended`)
    else logger.error({ err: error, remoteIp }, `${protocol}: session failed`)
  }
}

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
