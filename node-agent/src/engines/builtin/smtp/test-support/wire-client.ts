/** A client that says exactly what the test says, octet by octet. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export class WireClient {
  private buffer = ''
  private waiting: (() => void) | null = null
  private closed = false
  private socket!: Socket

  private attach(socket: Socket): void {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      this.buffer += chunk
      this.waiting?.()
    })
    const end = (): void => {
      this.closed = true
      this.waiting?.()
    }
    socket.on('close', end)
    socket.on('end', end)
    socket.on('error', end)
  }

  static async open(port: number, options: { tls?: boolean; greet?: boolean } = {}): Promise<WireClient> {
    const client = new WireClient()
    const socket = options.tls
      ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
      : connect({ host: '127.0.0.1', port })
    client.attach(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once(options.tls ? 'secureConnect' : 'connect', resolve)
      socket.once('error', reject)
    })
    if (options.greet !== false) await client.reply()
    return client
  }

  write(octets: string | Buffer): void {
    this.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** One whole reply, its lines joined by LF. Rejects when the connection ends first. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n|^\d{3}\r\n/.exec(this.buffer)
      if (match) {
        this.buffer = this.buffer.slice(match[0].length)
        return match[0].trimEnd().replace(/\r\n/g, '\n')
      }
      if (this.closed) throw new Error(`closed; unread: ${JSON.stringify(this.buffer)}`)
      await new Promise<void>((resolve) => (this.waiting = resolve))
    }
  }

  /** Sends one line, answers with its reply. */
  say(line: string): Promise<string> {
    this.write(`${line}\r\n`)
    return this.reply()
  }

  /** `behind` goes in the clear, in the same write as the command. */
  async startTls(behind = ''): Promise<void> {
    const ready = await this.say(`STARTTLS${behind && `\r\n${behind.slice(0, -2)}`}`)
    if (!ready.startsWith('220')) throw new Error(ready)
    this.socket.removeAllListeners()
    const secure = connectTls({ socket: this.socket, rejectUnauthorized: false })
    this.attach(secure)
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve)
      secure.once('error', reject)
    })
  }

  /** Resolves when the server has closed. */
  async ended(): Promise<string> {
    while (!this.closed) await new Promise<void>((resolve) => (this.waiting = resolve))
    return this.buffer
  }

  close(): void {
    this.socket.destroy()
  }
}

/** EHLO, MAIL, RCPT, DATA: answers with the reply to the message. */
export async function sendMessage(
  client: WireClient,
  from: string,
  to: string[],
  message: string | Buffer,
): Promise<string> {
  await client.say('EHLO client.test')
  const mail = await client.say(`MAIL FROM:<${from}>`)
  if (!mail.startsWith('250')) return mail
  let accepted = 0
  let refused = ''
  for (const address of to) {
    const reply = await client.say(`RCPT TO:<${address}>`)
    if (reply.startsWith('250')) accepted++
    else refused = reply
  }
  if (accepted === 0) return refused
  const data = await client.say('DATA')
  if (!data.startsWith('354')) return data
  client.write(message)
  client.write('\r\n.\r\n')
  return client.reply()
}
