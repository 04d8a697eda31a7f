/**
 * One client's connection, pulled: a session asks for a line, for octets, or writes and waits. The queue's client uses it from the
 * other side.
 *
 * Invariants: at most `readAhead` octets and one line wait in memory; one read at a time; writes go out whole and in
 * order, and a client that does not take them is cut; whatever happens, each read and write settles.
 */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { TlsProvider } from '../tls/tls-provider.js'
import { plainAddress } from '@mailfleet/schema'
import { createInflater, deflate } from './deflate.js'
import {
  BareLineFeedError,
  ConnectionClosedError,
  IdleTimeoutError,
  LineTooLongError,
  WriteTimeoutError,
} from './errors.js'
import { InputBuffer } from './input-buffer.js'
import { clientHandshake, serverHandshake } from './tls-handshake.js'

export interface ConnectionLimits {
  idleTimeoutMs: number
  writeTimeoutMs: number
  handshakeTimeoutMs: number
  /** `strict`: a line that ends in LF alone is refused by BareLineFeedError. `tolerant`: it is a line. */
  lineEnds: 'strict' | 'tolerant'
}

const readAhead = 64 * 1024
const writeSlice = 64 * 1024
const carriageReturn = 0x0d
/** After our last word: how long, and how much, we listen on, lest a reset overtakes that word (RFC 9293 section 3.6.1). */
const lingerMs = 2_000
const lingerOctets = 4 * 1024 * 1024

export class ClientConnection {
  readonly remoteIp: string
  readonly remotePort: number
  readonly localIp: string
  readonly localPort: number
  /** How long a read may wait for the client; a line must be complete within it. May be changed between reads. */
  idleTimeoutMs: number

  private readonly input = new InputBuffer()
  private readonly closing = new AbortController()
  private wakeReader: (() => void) | null = null
  private readonly drainWaiters = new Set<() => void>()
  private writeTail: Promise<void> | null = null
  private ended = false
  private readsEnded = false
  private farewell: string | Buffer | null = null
  private finished = false
  /** Where input comes from: the socket, or what inflates it. */
  private source: Readable

  constructor(
    private socket: Socket,
    private readonly limits: ConnectionLimits,
  ) {
    this.source = socket
    this.remoteIp = plainAddress(socket.remoteAddress ?? '')
    this.remotePort = socket.remotePort ?? 0
    this.localIp = plainAddress(socket.localAddress ?? '')
    this.localPort = socket.localPort ?? 0
    this.idleTimeoutMs = limits.idleTimeoutMs
    this.attach(socket)
  }

  /** Whether both directions are DEFLATE streams. */
  get compressed(): boolean {
    return this.source !== this.socket
  }

  get secure(): boolean {
    return this.socket instanceof TLSSocket
  }

  /** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`, for Received fields and events; null without TLS. */
  get tlsDescription(): string | null {
    if (!(this.socket instanceof TLSSocket)) return null
    return `${this.socket.getProtocol() ?? 'TLS'} ${this.socket.getCipher()?.standardName ?? ''}`.trim()
  }

  /** Aborted once the connection is gone. */
  get closed(): AbortSignal {
    return this.closing.signal
  }

  /** Whether `endInput` was called: the session is asked to end. */
  get inputEnded(): boolean {
    return this.readsEnded
  }

  /** The next line without its CRLF; null when the client (or `endInput`) ended the input before it began. */
  async readLine(maxOctets: number): Promise<Buffer | null> {
    const deadline = performance.now() + this.idleTimeoutMs
    for (;;) {
      if (this.readsEnded) return null
      const lineFeedAt = this.input.indexOfLineFeed()
      if (lineFeedAt !== -1) return this.takeLine(lineFeedAt, maxOctets)
      if (this.input.length > maxOctets + 1) throw this.tooLong()
      if (this.ended) {
        if (this.input.length === 0) return null
        throw new ConnectionClosedError('the input ended within a line')
      }
      await this.waitForInput(deadline - performance.now())
    }
  }

  async readExact(length: number): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (let left = length; left > 0;) {
      const chunk = await this.readChunk(left)
      if (chunk === null) throw new ConnectionClosedError('the input ended too early')
      chunks.push(chunk)
      left -= chunk.length
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
  }

  /** Resolves when there is something to read, or when there never will be. */
  async waitForOctet(): Promise<void> {
    while (this.input.length === 0 && !this.readsEnded && !this.ended) await this.waitForInput(this.idleTimeoutMs)
  }

  /** Whether something was read ahead: the client sends on without waiting for answers. */
  get hasInput(): boolean {
    return this.input.length > 0
  }

  /** Takes back the end of what was read last. */
  unread(octets: Buffer): void {
    if (octets.length > 0) this.input.prepend(octets)
  }

  /** What is there, at least one octet and at most `maxOctets`; null at the end of input. */
  async readChunk(maxOctets: number): Promise<Buffer | null> {
    while (this.input.length === 0 || this.readsEnded) {
      if (this.readsEnded || this.ended) return null
      await this.waitForInput(this.idleTimeoutMs)
    }
    return this.input.take(Math.min(maxOctets, this.input.length))
  }

  /** Resolves when the operating system, or a short buffer before it, has the octets. Await it: that is the back-pressure. */
  write(data: Buffer | string): Promise<void> {
    const octets = typeof data === 'string' ? Buffer.from(data) : data
    const tail = (this.writeTail === null ? this.send(octets) : this.writeTail.then(() => this.send(octets))).finally(
      () => {
        if (this.writeTail === settled) this.writeTail = null
      },
    )
    const settled = tail.catch(() => undefined)
    this.writeTail = settled
    return tail
  }

  /**
   * Says `reply` and becomes TLS. What the client sent after its STARTTLS is dropped before that: nobody can slip commands
   * into the session from before it was secure. The session forgets what it knew of the client (RFC 3207 section 4.2).
   */
  async startTls(provider: TlsProvider, reply: string | Buffer): Promise<void> {
    if (this.secure) throw new Error('the connection has TLS already')
    const plain = this.socket
    this.detach(plain)
    this.input.clear()
    await this.write(reply)
    this.attach(await serverHandshake(plain, provider, this.limits.handshakeTimeoutMs))
  }

  /** Becomes TLS as its client. What came before the handshake is no part of what was secured: the caller refuses or drops it. */
  async startTlsAsClient(options: ConnectionOptions): Promise<TLSSocket> {
    const plain = this.socket
    this.detach(plain)
    this.input.clear()
    const secured = await clientHandshake(plain, options, this.limits.handshakeTimeoutMs)
    this.attach(secured)
    return secured
  }

  /** Says `reply` and turns to DEFLATE. As with TLS, what came before the client has read the reply is dropped. */
  async startDeflate(reply: string | Buffer): Promise<void> {
    if (this.compressed) throw new Error('the connection is compressed already')
    const { socket } = this
    this.detach(socket)
    this.input.clear()
    await this.write(reply)
    const inflater = createInflater()
    inflater.on('data', this.onData).on('end', this.onEnd)
    // No deflate stream: nothing after it can be understood.
    inflater.on('error', () => socket.destroy())
    this.source = inflater
    socket.pipe(inflater)
  }

  /**
   * Reads end now as if the client had left; what was read before may run to its end; then the server sends `farewell` and
   * closes. For shut-down, and for sessions that lost their right to go on.
   */
  endInput(farewell: string | Buffer | null = null): void {
    if (this.readsEnded) return
    this.readsEnded = true
    this.farewell = farewell
    this.wakeReader?.()
  }

  /** Sends what is left to say and closes. Idempotent; resolves when the connection is gone. */
  async close(): Promise<void> {
    if (!this.finished) {
      this.finished = true
      await this.write(this.farewell ?? '').catch(() => undefined)
      this.readsEnded = true
      this.wakeReader?.()
      this.linger()
    }
    if (!this.closed.aborted)
      await new Promise((resolve) => this.closed.addEventListener('abort', resolve, { once: true }))
  }

  destroy(): void {
    this.socket.destroy()
  }

  private linger(): void {
    const { socket } = this
    this.input.clear()
    if (socket.destroyed) return
    if (this.compressed) socket.unpipe()
    socket.off('data', this.onData)
    let octets = 0
    socket.on('data', (chunk: Buffer) => {
      octets += chunk.length
      if (octets > lingerOctets) socket.destroy()
    })
    // The end of input is noticed only by a socket that flows; with both ends ended the socket destroys itself.
    socket.resume()
    socket.end()
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    socket.once('close', () => clearTimeout(timer))
  }

  private takeLine(lineFeedAt: number, maxOctets: number): Buffer {
    const crlf = lineFeedAt > 0 && this.input.at(lineFeedAt - 1) === carriageReturn
    const length = crlf ? lineFeedAt - 1 : lineFeedAt
    if (length > maxOctets) throw this.tooLong()
    // A copy: a view would keep the whole chunk alive as long as somebody keeps the line.
    const line = Buffer.from(this.input.take(lineFeedAt + 1).subarray(0, length))
    if (!crlf && this.limits.lineEnds === 'strict') throw new BareLineFeedError('the line ends in LF without CR')
    return line
  }

  private tooLong(): LineTooLongError {
    this.input.clear()
    return new LineTooLongError('the line is too long')
  }

  private waitForInput(timeoutMs: number): Promise<void> {
    if (this.wakeReader) throw new Error('two reads at once')
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.wakeReader = null
          reject(new IdleTimeoutError('the client was silent for too long'))
        },
        Math.max(0, timeoutMs),
      )
      this.wakeReader = () => {
        clearTimeout(timer)
        this.wakeReader = null
        resolve()
      }
      this.source.resume()
    })
  }

  private async send(octets: Buffer): Promise<void> {
    for (let offset = 0; offset < octets.length; offset += writeSlice) {
      if (!this.socket.writable) throw new ConnectionClosedError('the client has left')
      const slice = octets.subarray(offset, offset + writeSlice)
      if (!this.socket.write(this.compressed ? deflate(slice) : slice)) await this.waitForDrain()
    }
  }

  private waitForDrain(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.drainWaiters.delete(settle)
        this.socket.destroy()
        reject(new WriteTimeoutError('the client does not read'))
      }, this.limits.writeTimeoutMs)
      const settle = (): void => {
        clearTimeout(timer)
        if (this.socket.destroyed) reject(new ConnectionClosedError('the client has left'))
        else resolve()
      }
      this.drainWaiters.add(settle)
    })
  }

  private attach(socket: Socket): void {
    this.socket = this.source = socket
    socket.on('data', this.onData)
    socket.on('end', this.onEnd)
    socket.on('error', this.onError)
    socket.on('drain', this.onDrain)
    socket.on('close', this.onClose)
    if (socket.destroyed) this.onClose()
  }

  /** Errors and the close of the plain socket still count while TLS is negotiated. */
  private detach(socket: Socket): void {
    socket.pause()
    socket.off('data', this.onData)
    socket.off('end', this.onEnd)
  }

  private readonly onData = (chunk: Buffer): void => {
    this.input.append(chunk)
    // While nobody reads, listening on a little is how we notice that a client left in the middle of a long command.
    if (this.input.length >= readAhead) this.source.pause()
    this.wakeReader?.()
  }

  private readonly onEnd = (): void => {
    this.ended = true
    this.wakeReader?.()
  }

  // 'close' follows.
  private readonly onError = (): void => undefined

  private readonly onDrain = (): void => {
    const waiters = [...this.drainWaiters]
    this.drainWaiters.clear()
    for (const settle of waiters) settle()
  }

  private readonly onClose = (): void => {
    this.ended = true
    if (this.compressed) this.source.destroy()
    this.wakeReader?.()
    this.onDrain()
    if (!this.closed.aborted) this.closing.abort()
  }
}
