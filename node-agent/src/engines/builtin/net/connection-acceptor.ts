/**
 * Opens the ports of a protocol and admits connections within limits, over all and by client network. What is done with an
 * admitted one is its consumer's matter, who says when it is gone.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import { clientNetwork } from '@mailfleet/schema'
import type { ListenAddress } from './protocol-server.js'

export interface StreamAddress extends ListenAddress {
  implicitTls: boolean
}

export interface AcceptorOptions {
  /** For the log. */
  name: string
  addresses: StreamAddress[]
  /** The words for a client above the limits. */
  tooManyConnections: string
  maxConnections?: number
  maxConnectionsPerNetwork?: number
  /** Nothing is read of a connection before its consumer says so. */
  paused?: boolean
  logger: Logger
  /** Takes the socket over, and calls `gone` once when the connection has ended. */
  take(socket: Socket, implicitTls: boolean, gone: () => void): void
}

export class ConnectionAcceptor {
  private readonly servers: Server[] = []
  private readonly perNetwork = new Map<string, number>()
  private open = 0
  private closing = false
  private onEmpty: () => void = () => undefined

  constructor(private readonly options: AcceptorOptions) {}

  async listen(): Promise<void> {
    try {
      for (const address of this.options.addresses) this.servers.push(await this.listenOn(address))
    } catch (error) {
      this.stop()
      throw error
    }
  }

  /** In the order of the addresses. */
  ports(): number[] {
    return this.servers.map((server) => (server.address() as AddressInfo).port)
  }

  connections(): number {
    return this.open
  }

  /** Takes no more; those that are open stay. */
  stop(): void {
    this.closing = true
    for (const server of this.servers.splice(0)) server.close()
  }

  /** Resolves when no connection is open any more. */
  emptied(): Promise<void> {
    return this.open === 0 ? Promise.resolve() : new Promise((resolve) => (this.onEmpty = resolve))
  }

  private listenOn({ host, port, implicitTls }: StreamAddress): Promise<Server> {
    return new Promise((resolve, reject) => {
      // Half-open: a client may send its commands, shut down its side, and read the answers.
      const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: this.options.paused }
      const server = createServer(options, (socket) => this.accept(socket, implicitTls))
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        // Such as EMFILE at an accept: that connection is lost, the server stays.
        server.on('error', (error) => this.options.logger.error({ err: error }, `${this.options.name}: accept`))
        resolve(server)
      })
    })
  }

  private accept(socket: Socket, implicitTls: boolean): void {
    socket.on('error', () => undefined)
    if (this.closing) return void socket.destroy()
    const network = clientNetwork(socket.remoteAddress ?? '')
    if (!this.admit(network)) {
      if (!implicitTls) socket.write(this.options.tooManyConnections)
      return void socket.destroySoon()
    }
    this.open += 1
    this.perNetwork.set(network, (this.perNetwork.get(network) ?? 0) + 1)
    let counted = true
    this.options.take(socket, implicitTls, () => {
      if (!counted) return
      counted = false
      this.forget(network)
    })
  }

  private admit(network: string): boolean {
    const { maxConnections = 20_000, maxConnectionsPerNetwork = 1_000 } = this.options
    return this.open < maxConnections && (this.perNetwork.get(network) ?? 0) < maxConnectionsPerNetwork
  }

  private forget(network: string): void {
    this.open -= 1
    const left = (this.perNetwork.get(network) ?? 1) - 1
    if (left === 0) this.perNetwork.delete(network)
    else this.perNetwork.set(network, left)
    if (this.open === 0) this.onEmpty()
  }
}
