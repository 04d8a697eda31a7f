/** A line protocol that is accepted and served in one process. */
import type { Logger } from 'pino'
import type { TlsProvider } from '../tls/tls-provider.js'
import { ConnectionAcceptor, type StreamAddress } from './connection-acceptor.js'
import type { ProtocolServer } from './protocol-server.js'
import { SessionHost } from './session-host.js'
import type { StreamProtocol } from './stream-protocol.js'

export interface StreamServerOptions {
  addresses: StreamAddress[]
  tls: TlsProvider
  logger: Logger
  maxConnections?: number
  maxConnectionsPerNetwork?: number
}

export class StreamServer implements ProtocolServer {
  private readonly acceptor: ConnectionAcceptor
  private readonly host: SessionHost
  private stopFollowing = (): void => undefined

  constructor(
    private readonly protocol: StreamProtocol,
    options: StreamServerOptions,
  ) {
    const { name, tooManyConnections } = protocol
    this.host = new SessionHost(protocol, options.tls, options.logger)
    this.acceptor = new ConnectionAcceptor({
      ...options,
      name,
      tooManyConnections,
      take: (socket, implicitTls, gone) => void this.host.run(socket, implicitTls, gone),
    })
  }

  async listen(): Promise<void> {
    await this.acceptor.listen()
    this.stopFollowing = this.protocol.follow()
  }

  ports = (): number[] => this.acceptor.ports()
  connections = (): number => this.acceptor.connections()

  async close(graceMs: number): Promise<void> {
    this.acceptor.stop()
    await this.host.close(graceMs)
    await this.acceptor.emptied()
    this.stopFollowing()
  }
}
