/**
 * One client's session (RFC 5321 section 4.1): reads a line, finds its command in the table, replies; in the order in which commands
 * came, so that a client may send many at once (RFC 2920).
 *
 * Invariants: only CRLF ends a line, and a line with CR or NUL in it is no command, so that we and any other server agree where
 * commands and messages end; a message is read to its end, whatever becomes of it, or the connection closes.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import {
  BareLineFeedError,
  ConnectionError,
  IdleTimeoutError,
  LineTooLongError,
  type ClientConnection,
} from '../net/index.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import type { ChunkedMessage } from './chunked-message.js'
import { findCommand } from './command-table.js'
import type { SessionHandlers } from './session-handlers.js'
import { asSmtpError, Farewell, SmtpError } from './smtp-error.js'

export type Role = 'mx' | 'submission'

export interface SessionContext {
  role: Role
  tls: TlsProvider
  logger: Logger
  hostName(): string
  maxMessageBytes(): number
  maxRecipients(): number
}

/** RFC 4954 section 4.3: an AUTH command or response may be 12,288 octets long. Every other command is far shorter. */
const maxLine = 12_288
const maxBadCommands = 10
/** Replies wait for more of them while the client does not wait for us, but no longer than this. */
const maxWaiting = 4_096

export class Session {
  /** As HELO or EHLO gave it; empty before. */
  heloName = ''
  /** Whether it was EHLO. */
  extended = false
  /** The id of the account that signed in. */
  user: string | null = null
  /** Of MAIL and RCPT. */
  envelope: { recipients: number } | null = null
  /** Between the first BDAT of a message and its last. */
  chunked: ChunkedMessage | null = null
  private badCommands = 0
  private ending = false
  private stopping = false
  private waiting = ''

  constructor(
    readonly context: SessionContext,
    readonly connection: ClientConnection,
    readonly handlers: SessionHandlers,
  ) {}

  get secure(): boolean {
    return this.connection.secure
  }

  /** As Received fields name it (RFC 3848). */
  get transmission(): string {
    if (!this.extended) return 'SMTP'
    return `ESMTP${this.secure ? 'S' : ''}${this.user === null ? '' : 'A'}`
  }

  async run(): Promise<void> {
    const { connection, context } = this
    try {
      // One turn, in which what a client sent ahead of the greeting is read and refused.
      await nextTurn()
      if (connection.hasInput) throw new Farewell(554, '5.1', 'Wait for the greeting')
      this.handlers.welcome()
      this.reply(220, `${context.hostName()} ESMTP`)
      while (!this.ending && !(this.stopping && this.envelope === null)) {
        if (!connection.hasInput || this.waiting.length > maxWaiting) await this.flush()
        const line = await this.nextLine()
        if (line === null) break
        await this.execute(line)
      }
      // Whoever is cut off within a transaction hears it from whoever cuts.
      if (this.stopping && !this.ending && this.envelope === null)
        this.refuse(new SmtpError(421, '3.2', 'Shutting down'))
    } catch (error) {
      const farewell = farewellOf(error)
      if (farewell === null) throw error
      this.refuse(farewell)
    } finally {
      this.chunked?.abort()
      await this.flush().catch(() => undefined)
    }
  }

  /** From outside: a transaction may come to its end, and whoever is between two of them is told at once. */
  endSoon(): void {
    this.stopping = true
    if (this.envelope === null) this.connection.endInput()
  }

  reply(code: number, text: string | string[]): void {
    const lines = Array.isArray(text) ? text : [text]
    this.waiting += lines.map((line, index) => `${code}${index < lines.length - 1 ? '-' : ' '}${line}\r\n`).join('')
  }

  refuse({ reply, enhanced, publicText }: SmtpError): void {
    this.reply(reply, `${enhanced} ${publicText}`)
    // RFC 5321 section 3.8: 421 is the last word of a session.
    if (reply === 421) this.ending = true
  }

  async flush(): Promise<void> {
    const { waiting } = this
    if (waiting === '') return
    this.waiting = ''
    await this.connection.write(waiting)
  }

  endAfterReply(): void {
    this.ending = true
  }

  /** RFC 3207 section 4.2: nothing from before TLS counts after it. */
  async turnToTls(reply: string): Promise<void> {
    this.resetEnvelope()
    this.heloName = ''
    this.extended = false
    await this.flush()
    await this.connection.startTls(this.context.tls, `${reply}\r\n`)
  }

  resetEnvelope(): void {
    this.chunked?.abort()
    this.chunked = null
    this.envelope = null
  }

  /** The client's answer to a challenge, in the middle of AUTH. */
  async ask(challenge: string): Promise<string> {
    this.reply(334, Buffer.from(challenge).toString('base64'))
    await this.flush()
    const line = await this.connection.readLine(maxLine)
    if (line === null) throw new Farewell(421, '3.0', 'The connection ended')
    return line.toString('latin1')
  }

  /** Null at the end of input. */
  private async nextLine(): Promise<Buffer | null> {
    try {
      return await this.connection.readLine(maxLine)
    } catch (error) {
      if (!(error instanceof BareLineFeedError)) throw error
      return Buffer.from('\n')
    }
  }

  private async execute(line: Buffer): Promise<void> {
    try {
      if (line.length === 0 || line.includes(0x0a) || line.includes(0x0d) || line.includes(0)) {
        this.badCommand()
        throw new SmtpError(500, '5.2', 'Command lines end with CRLF and contain no CR, LF or NUL')
      }
      const text = line.toString('utf8')
      const [verb = ''] = text.split(' ', 1)
      const entry = findCommand(verb, this.context.role)
      if (!entry) {
        this.badCommand()
        throw new SmtpError(500, '5.1', 'Unknown command')
      }
      await entry.handler(this, text.slice(verb.length + 1))
    } catch (error) {
      if (error instanceof ConnectionError || error instanceof Farewell) throw error
      this.refuse(this.reported(error))
    }
  }

  /** What is our fault goes to the log. */
  private reported(error: unknown): SmtpError {
    const known = asSmtpError(error)
    if (known.cause !== undefined)
      this.context.logger.error({ err: known.cause, ...known.fields }, 'SMTP command failed')
    return known
  }

  private badCommand(): void {
    if (++this.badCommands >= maxBadCommands) throw new SmtpError(421, '7.0', 'Too many errors')
  }
}

function farewellOf(error: unknown): SmtpError | null {
  if (error instanceof SmtpError) return error
  if (error instanceof IdleTimeoutError) return new SmtpError(421, '4.2', 'Timeout')
  if (error instanceof LineTooLongError) return new SmtpError(500, '5.6', 'Line too long')
  return null
}
