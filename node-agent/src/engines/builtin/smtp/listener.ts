/** One listening port: smtp-server's listener with our connections, our certificates and a limit for each client network. */
import type { Server, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import type { ListenAddress } from '../net/protocol-server.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { Connection } from './connection.js'
import type { ConnectionCounts } from './connection-counts.js'
import type { SaslServer } from './sasl-exchange.js'

/** smtp-server keeps contexts by name; ours are asked for at each handshake, so that renewed certificates are followed. */
class CurrentContexts extends Map<string, SecureContext> {
  constructor(private readonly provider: TlsProvider) {
    super()
  }
  override get(name: string): SecureContext {
    return this.provider.secureContext(name === '*' ? undefined : name)
  }
}

const longestLookInterval = 5_000

export class Listener extends SMTPServer {
  private readonly watch: NodeJS.Timeout

  /** `options` is kept, not copied: its getters follow the settings. */
  constructor(
    options: SMTPServerOptions,
    private readonly counts: ConnectionCounts,
    provider: TlsProvider,
    readonly sasl: SaslServer,
  ) {
    super(options)
    this.secureContext = new CurrentContexts(provider)
    // Broken connections and failed handshakes: the connection is closed already, and its log line is written there.
    this.on('error', () => undefined)
    const idleTimeoutMs = options.socketTimeout!
    this.watch = setInterval(
      () => {
        const now = performance.now()
        for (const connection of this.connections as Set<Connection>) {
          if (!connection.stalled(now, idleTimeoutMs)) continue
          if (connection._upgrading) connection._socket.destroy()
          else connection.send(421, '4.4.2 Timeout')
        }
      },
      Math.min(longestLookInterval, idleTimeoutMs / 4),
    )
    this.watch.unref()
  }

  /** Called by the constructor: the library's public test key must not even be loaded. */
  override updateSecureContext(): void {}

  override connect(socket: Socket, socketOptions?: object): void {
    const address = socket.remoteAddress ?? ''
    if (!this.counts.enter(address)) {
      socket.on('error', () => undefined)
      socket.end('421 4.7.0 Too many connections from your address\r\n', () => socket.destroySoon())
      return
    }
    socket.once('close', () => this.counts.leave(address))
    const connection = new Connection(this, socket, socketOptions)
    this.connections.add(connection)
    connection.on('error', (error: Error) => this.emit('error', error))
    connection.init()
  }

  open({ host, port }: ListenAddress): Promise<void> {
    return new Promise((resolve, reject) => {
      const server: Server = this.server
      server.once('error', reject)
      this.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Sessions between two transactions end at once, others when their command is done or `graceMs` has passed. */
  shutDown(graceMs: number): Promise<void> {
    clearInterval(this.watch)
    const connections = [...this.connections]
    return new Promise((resolve) => {
      this.options.closeTimeout = Math.max(1, graceMs)
      this.close(() => {
        // The library waits for clients to close their side: from now on nobody does.
        for (const { _socket: socket } of connections) socket.destroySoon()
        resolve()
      })
      for (const connection of connections) {
        if ((connection as Connection).idle) connection.send(421, '4.3.2 Shutting down')
      }
    })
  }
}
