/** A client that shows the octets as they are: golden dialogues need one that corrects nothing. */
import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export class Pop3TestClient {
  private received = ''
  private ended = false
  private wake: () => void = () => undefined
  greeting = ''

  private constructor(private socket: Socket) {
    this.attach(socket)
  }

  static async connect(port: number, options: { plain?: boolean } = {}): Promise<Pop3TestClient> {
    const socket = options.plain
      ? connectPlain(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const client = new Pop3TestClient(socket)
    client.greeting = await client.line()
    return client
  }

  /** The single line that answers. */
  async send(command: string): Promise<string> {
    this.write(`${command}\r\n`)
    return this.line()
  }

  /** The status line, and the octets up to the final dot as they were sent. */
  async sendMultiline(command: string): Promise<{ status: string; octets: string }> {
    const status = await this.send(command)
    if (!status.startsWith('+OK')) return { status, octets: '' }
    return { status, octets: await this.body() }
  }

  write(octets: string | Buffer): void {
    this.socket.write(octets)
  }

  async line(): Promise<string> {
    return (await this.until('\r\n')).slice(0, -2)
  }

  async startTls(): Promise<void> {
    this.socket.removeAllListeners('data')
    const socket = connectTls({ socket: this.socket, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    this.received = ''
    this.attach(socket)
  }

  /** What came until the server closed. */
  async rest(): Promise<string> {
    while (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.received
  }

  destroy(): void {
    this.socket.destroy()
  }

  private attach(socket: Socket): void {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1')
      this.wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.ended = true
      this.wake()
    })
  }

  private async body(): Promise<string> {
    const start = await this.atLeast(3)
    return start.startsWith('.\r\n') ? this.until('\r\n') : this.until('\r\n.\r\n')
  }

  private async atLeast(length: number): Promise<string> {
    while (this.received.length < length) await this.more()
    return this.received
  }

  private async until(end: string): Promise<string> {
    // From where the search left off: a large message arrives in hundreds of pieces.
    for (let from = 0; ;) {
      const found = this.received.indexOf(end, from)
      if (found !== -1) {
        const length = found + end.length
        const text = this.received.slice(0, length)
        this.received = this.received.slice(length)
        return text
      }
      from = Math.max(0, this.received.length - end.length)
      await this.more()
    }
  }

  private async more(): Promise<void> {
    if (this.ended) throw new Error(`the server closed; so far: ${JSON.stringify(this.received.slice(0, 200))}`)
    await new Promise<void>((resolve) => (this.wake = resolve))
  }
}
