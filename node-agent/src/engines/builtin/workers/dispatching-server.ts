/** A line protocol that is accepted here, where limits are counted over all, and served by the session workers. */
import type { Logger } from 'pino'
import { ConnectionAcceptor, type ProtocolServer, type ProtocolTexts, type StreamAddress } from '../net/index.js'
import type { ProtocolName } from './messages.js'
import type { WorkerPool } from './worker-pool.js'

export class DispatchingServer implements ProtocolServer {
  private readonly acceptor: ConnectionAcceptor

  constructor(
    texts: ProtocolTexts,
    private readonly pool: WorkerPool,
    options: { addresses: StreamAddress[]; logger: Logger },
  ) {
    const { name, tooManyConnections } = texts
    this.acceptor = new ConnectionAcceptor({
      ...options,
      name,
      tooManyConnections,
      paused: true,
      take: (socket, implicitTls, gone) => pool.handOver(socket, { protocol: name as ProtocolName, implicitTls }, gone),
    })
  }

  listen = (): Promise<void> => this.acceptor.listen()
  ports = (): number[] => this.acceptor.ports()
  connections = (): number => this.acceptor.connections()

  async close(graceMs: number): Promise<void> {
    this.acceptor.stop()
    await this.pool.endSessions(graceMs)
    await this.acceptor.emptied()
  }
}
