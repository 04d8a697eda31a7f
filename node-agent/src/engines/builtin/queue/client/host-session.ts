/**
 * A session with one host: connected, greeted, secured as the hop demands, and in step; transactions run in it one after the other.
 *
 * What a host says before it was asked is never taken for an answer: in front of TLS it would be a stranger's words inside the secured
 * session, and elsewhere an acceptance of what has not been sent.
 */
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import { ClientConnection } from '../../net/index.js'
import type { NextHop } from '../next-hops.js'
import { deferred, outcomeOfReply } from '../outcome.js'
import type { Outcome } from '../outcome.js'
import { verifyPeer } from '../transport/peer-verification.js'
import type { TlsFailure } from '../transport/peer-verification.js'
import { accepted, ProtocolError, readReply } from './reply.js'
import type { Reply } from './reply.js'
import type { ClientTimeouts } from './timeouts.js'

/** RFC 5321 section 3.8: with this reply the host ends the session, whatever it was asked. */
export class HostLeftError extends Error {
  override name = 'HostLeftError'
  constructor(readonly reply: Reply) {
    super('the host ended the session')
  }
}

/**
 * `unreachable`: no session came about, so that another host may be tried. `unsecured`: it failed at STARTTLS, so that the same host
 * may be tried in the clear if the route allows it.
 */
export interface NoSession {
  type: 'unreachable' | 'unsecured'
  outcome: Outcome
  /** Of `unsecured`. */
  tlsFailure?: TlsFailure
}

class UnsecuredError extends Error {
  constructor(readonly failure: TlsFailure) {
    super(failure.text)
  }
}
class RefusedError extends Error {
  constructor(readonly reply: Reply) {
    super('refused')
  }
}

export class HostSession {
  /** By keyword, with what follows it. */
  extensions = new Map<string, string>()
  /** What is wrong with the certificate, where it was not demanded that nothing be. */
  tlsFailure: TlsFailure | null = null
  /** Transactions that were begun. */
  messages = 0
  /** False once a transaction left it in a state that nobody knows. */
  usable = true
  readonly openedAt = performance.now()

  private constructor(
    readonly connection: ClientConnection,
    /** For logs: name and port. */
    readonly remote: string,
    readonly timeouts: ClientTimeouts,
  ) {}

  static async open(
    hop: NextHop,
    heloName: string,
    timeouts: ClientTimeouts,
    secureContext: SecureContext,
    signal: AbortSignal,
  ): Promise<HostSession | NoSession> {
    const remote = `${hop.host}:${hop.port}`
    let session: HostSession | null = null
    const cut = (): void => session?.destroy()
    signal.addEventListener('abort', cut)
    try {
      const socket = await connect(hop, timeouts.connect, signal)
      session = new HostSession(connectionOver(socket, timeouts), remote, timeouts)
      await session.begin(hop, heloName, secureContext)
      return session
    } catch (error) {
      session?.destroy()
      return noSession(error as Error, remote)
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  get tls(): string | null {
    return this.connection.tlsDescription
  }

  /** Whether nothing has been heard from the host since its last reply: neither a word nor a farewell. */
  get quiet(): boolean {
    return !this.connection.closed.aborted && !this.connection.hasInput
  }

  write(lines: string[]): Promise<void> {
    if (!this.quiet) throw new ProtocolError('the host spoke before it was asked, or left')
    return this.connection.write(lines.map((line) => `${line}\r\n`).join(''))
  }

  async read(timeoutMs: number): Promise<Reply> {
    const reply = await readReply(this.connection, timeoutMs)
    if (reply.code === 421) throw new HostLeftError(reply)
    return reply
  }

  async ask(line: string, timeoutMs = this.timeouts.command): Promise<Reply> {
    await this.write([line])
    return this.read(timeoutMs)
  }

  /** QUIT is a courtesy that nobody waits for. */
  quit(): void {
    this.usable = false
    this.connection.endInput('QUIT\r\n')
    void this.connection.close()
  }

  destroy(): void {
    this.usable = false
    this.connection.destroy()
  }

  private async begin(hop: NextHop, heloName: string, secureContext: SecureContext): Promise<void> {
    const greeting = await this.read(this.timeouts.greeting)
    if (greeting.code !== 220) throw new RefusedError(greeting)
    await this.hello(heloName)
    if (hop.tls === 'NONE') return
    if (!this.extensions.has('STARTTLS')) {
      const failure = { type: 'starttls-not-supported', text: 'the host does not offer it' } as const
      if (hop.tls !== 'OPPORTUNISTIC') throw new UnsecuredError(failure)
      this.tlsFailure = failure
      return
    }
    await this.secure(hop, secureContext)
    // RFC 3207 section 4.2: nothing that was learnt in the clear counts.
    await this.hello(heloName)
  }

  private async secure({ host, tls, dane }: NextHop, secureContext: SecureContext): Promise<void> {
    const name = dane?.names[0] ?? host
    let socket: TLSSocket
    try {
      const reply = await this.ask('STARTTLS')
      if (reply.code !== 220) throw new Error(`the host answered ${reply.code}`)
      if (!this.quiet) throw new Error('the host went on in the clear')
      // Who it is is looked at below: what is only reported must not end the handshake, and TLSA records know other proofs.
      socket = await this.connection.startTlsAsClient({
        host: name,
        ...(isIP(name) === 0 && { servername: name }),
        rejectUnauthorized: false,
        secureContext,
      })
    } catch (error) {
      throw new UnsecuredError({ type: 'validation-failure', text: (error as Error).message })
    }
    this.tlsFailure = verifyPeer(socket, dane)
    if (this.tlsFailure !== null && tls === 'REQUIRED') throw new UnsecuredError(this.tlsFailure)
  }

  /** RFC 5321 section 3.2: a host that knows no EHLO is greeted the old way. */
  private async hello(heloName: string): Promise<void> {
    const name = isIP(heloName) === 0 ? heloName : `[${isIP(heloName) === 6 ? 'IPv6:' : ''}${heloName}]`
    this.extensions = new Map()
    const reply = await this.ask(`EHLO ${name}`)
    if (accepted(reply)) {
      for (const line of reply.text.split('\r\n').slice(1)) {
        const [, keyword, parameters] = /^([^\s=]+)[\s=]?(.*)$/s.exec(line.slice(4).trim()) ?? []
        if (keyword) this.extensions.set(keyword.toUpperCase(), parameters!.trim())
      }
      return
    }
    if (reply.code < 500) throw new RefusedError(reply)
    const old = await this.ask(`HELO ${name}`)
    if (!accepted(old)) throw new RefusedError(old)
  }
}

const connectionOver = (socket: Socket, timeouts: ClientTimeouts): ClientConnection =>
  new ClientConnection(socket, {
    idleTimeoutMs: timeouts.command,
    writeTimeoutMs: timeouts.dataBlock,
    handshakeTimeoutMs: timeouts.handshake,
    lineEnds: 'tolerant',
  })

function connect({ address, port }: NextHop, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, noDelay: true })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cut)
      socket.destroy()
      reject(error)
    }
    const cut = (): void => fail(new Error('this server shuts down'))
    const timer = setTimeout(() => fail(new Error('the host does not answer')), timeoutMs)
    signal.addEventListener('abort', cut)
    if (signal.aborted) cut()
    socket.once('error', fail)
    socket.once('connect', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cut)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

function noSession(error: Error, remote: string): NoSession {
  if (error instanceof UnsecuredError) {
    const outcome = deferred('4.7.5', `TLS with ${remote} failed: ${error.message}`, remote)
    return { type: 'unsecured', outcome, tlsFailure: error.failure }
  }
  if (!(error instanceof RefusedError || error instanceof HostLeftError)) {
    return { type: 'unreachable', outcome: deferred('4.4.1', `No session with ${remote}: ${error.message}`, remote) }
  }
  const outcome = outcomeOfReply(error.reply.text, remote, null)
  // RFC 7504: only 521 and 556 say that this host will never take mail; any other refused greeting may be about today.
  const final = outcome.replyCode === 521 || outcome.replyCode === 556
  return {
    type: 'unreachable',
    outcome: final ? outcome : { ...outcome, kind: 'deferred', status: `4${outcome.status.slice(1)}` },
  }
}
