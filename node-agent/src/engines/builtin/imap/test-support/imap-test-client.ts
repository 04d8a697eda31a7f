/** A client that says exactly what a test wants said, and hears responses with their literals. */
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw } from 'node:zlib'

export interface Answer {
  /** Whole responses, without the last CRLF; literals as they came, one character an octet. */
  untagged: string[]
  tagged: string
}

export class ImapTestClient {
  private received = ''
  private wake: (() => void) | null = null
  private ended = false
  private nextTag = 1
  private deflater: DeflateRaw | null = null
  greeting = ''
  /** \Recent depends on which session hears first: noise to all tests but its own. */
  hearsRecent = false

  private constructor(private socket: Socket) {
    this.attach()
  }

  static async connect(port: number, tls = true): Promise<ImapTestClient> {
    const socket = tls
      ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
      : connectPlain({ host: '127.0.0.1', port })
    await new Promise<void>((resolve, reject) => {
      socket.once(tls ? 'secureConnect' : 'connect', resolve)
      socket.once('error', reject)
    })
    const client = new ImapTestClient(socket)
    client.greeting = await client.response()
    return client
  }

  private attach(): void {
    this.socket.setEncoding('latin1')
    this.socket.on('data', (text: string) => {
      this.received += text
      this.wake?.()
    })
    const end = (): void => {
      this.ended = true
      this.wake?.()
    }
    this.socket.on('end', end).on('close', end).on('error', end)
  }

  /** Turns to TLS, once the server has answered STARTTLS. */
  async upgrade(): Promise<void> {
    this.socket.removeAllListeners()
    const socket = connectTls({ socket: this.socket, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    this.socket = socket
    this.attach()
  }

  /** Both directions under DEFLATE, once the server has answered COMPRESS. */
  deflate(): void {
    for (const event of ['data', 'end', 'close']) this.socket.removeAllListeners(event)
    this.deflater = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH })
    this.deflater.pipe(this.socket)
    // As octets again: the text that STARTTLS and plain responses are read as would not survive.
    const inflater = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH }).setEncoding('latin1')
    inflater.on('data', (text: string) => {
      this.received += text
      this.wake?.()
    })
    const end = (): void => {
      this.ended = true
      this.wake?.()
    }
    inflater.on('end', end).on('error', end)
    this.socket.on('data', (text: string) => inflater.write(Buffer.from(text, 'latin1')))
    this.socket.on('end', () => inflater.end()).on('close', () => inflater.end())
  }

  send(text: string | Buffer): void {
    ;(this.deflater ?? this.socket).write(Buffer.from(text as string, 'latin1'))
  }

  /** The next response; rejects at the end of the connection. */
  async response(): Promise<string> {
    for (;;) {
      const end = this.endOfResponse()
      if (end >= 0) {
        const response = this.received.slice(0, end)
        this.received = this.received.slice(end + 2)
        if (this.hearsRecent) return response
        if (/^\* \d+ RECENT$/.test(response)) continue
        return response.replace(/(FLAGS \()\\Recent ?/, '$1')
      }
      if (this.ended) throw new Error(`the connection ended; unread: ${JSON.stringify(this.received)}`)
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }

  private endOfResponse(): number {
    let at = 0
    for (;;) {
      const end = this.received.indexOf('\r\n', at)
      if (end < 0) return -1
      const literal = /\{(\d+)\}$/.exec(this.received.slice(at, end))
      if (!literal) return end
      at = end + 2 + Number(literal[1])
    }
  }

  /** Sends a command and hears its answer. Text after `{n}\r\n` goes out once the server asks for it. */
  async command(text: string): Promise<Answer> {
    const tag = `t${this.nextTag++}`
    const parts = `${tag} ${text}\r\n`.split(/(?<=\{\d+\}\r\n)/)
    const untagged: string[] = []
    for (const part of parts) {
      this.send(part)
      if (part === parts.at(-1)) break
      const response = await this.response()
      if (response.startsWith(`${tag} `)) return { untagged, tagged: response.slice(tag.length + 1) }
      if (!response.startsWith('+')) throw new Error(`expected a continuation, got ${response}`)
    }
    for (;;) {
      const response = await this.response()
      if (response.startsWith(`${tag} `)) return { untagged, tagged: response.slice(tag.length + 1) }
      untagged.push(response)
    }
  }

  /** The untagged responses of a command that must succeed. */
  async ok(text: string): Promise<string[]> {
    const { untagged, tagged } = await this.command(text)
    if (!tagged.startsWith('OK')) throw new Error(`${text}: ${tagged}`)
    return untagged
  }

  /** Resolves when the server has closed the connection. */
  async end(): Promise<void> {
    while (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve))
  }

  destroy(): void {
    this.socket.destroy()
  }
}
