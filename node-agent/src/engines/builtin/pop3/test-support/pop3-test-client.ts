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
    return { status, octets: await this.until(/(?:^|\r\n)\.\r\n/) }
  }

  write(octets: string | Buffer): void {
    this.socket.write(octets)
  }

  async line(): Promise<string> {
    return (await this.until(/\r\n/)).slice(0, -2)
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

  private async until(end: RegExp): Promise<string> {
    for (;;) {
      const match = end.exec(this.received)
      if (match) {
        const length = match.index + match[0].length
        const text = this.received.slice(0, length)
        this.received = this.received.slice(length)
        return text
      }
      if (this.ended) throw new Error(`the server closed; so far: ${JSON.stringify(this.received.slice(0, 200))}`)
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }
}
