/**
 * One SMTP session on smtp-server's state machine, with what that library leaves open: our wire parser and path parser, a greeting
 * without delay, enhanced codes chosen by the handlers, AUTH offered only under TLS, and refusals that close.
 */
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { CommandStream } from './command-stream.js'
import { parsePathCommand } from './path-command.js'
import { runSaslExchange, type SaslServer } from './sasl-exchange.js'
import { SmtpError } from './smtp-error.js'

/** Slower than a kilobyte a second, after the idle time, is no honest line. */
const slowestOctetsPerMs = 1

const ownEnhancedCode = /^[245]\.\d{1,3}\.\d{1,3} /

export class Connection extends SMTPConnection {
  /** When the client last brought something to its end, or was waiting for us. */
  private progressAt = performance.now()

  override init(): void {
    this._setListeners(() => {
      const { maxClients } = this._server.options
      if (maxClients && this._server.connections.size > maxClients) {
        return this.send(421, '4.3.2 Too many connections, try again later')
      }
      // One turn, in which what a client sent ahead of the greeting is read and refused.
      setImmediate(() => {
        if (!this._closing && !this._closed) this.connectionReady()
      })
    })
  }

  /** No transaction, no handler at work: nobody loses anything when the session ends now. */
  get idle(): boolean {
    return !this._handlerPending && !this._dataStream && !this._upgrading
  }

  /**
   * Whether the client owes us input for too long. The library's idle timer begins anew with each octet, so that one octet now and
   * then would hold a connection for ever.
   */
  stalled(now: number, idleTimeoutMs: number): boolean {
    const parser = this._parser
    if (parser && parser._dataMode) return now - this.progressAt > idleTimeoutMs + parser.dataBytes / slowestOctetsPerMs
    if (this._handlerPending || this._dataStream) this.progressAt = now
    return now - this.progressAt > idleTimeoutMs
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (Array.isArray(data)) {
      // RFC 4954 section 4: PLAIN and LOGIN must not be offered where they would go in the clear.
      data = data.flatMap((line) =>
        !line.startsWith('AUTH ') ? line : this.secure ? [line, ...this.sasl.mechanisms()].join(' ') : [],
      )
    } else if (typeof data === 'string' && ownEnhancedCode.test(data)) {
      context = false
    }
    super.send(code, data, context)
  }

  override _createParser(): CommandStream {
    const parser = new CommandStream()
    parser.oncommand = (command, callback) => this._onCommand(command, callback)
    parser.onbadline = (next) => {
      this.progressAt = performance.now()
      if (this._upgrading) return next()
      if (++this._unrecognizedCommands >= 10) return this.send(421, '4.7.0 Too many errors')
      this.send(500, '5.5.2 Command lines end with CRLF and contain no CR, LF or NUL')
      setImmediate(next)
    }
    parser.on('error', (error) => this.refuse(error instanceof SmtpError ? error : new SmtpError(421, '3.0', 'Error')))
    return parser
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    if (!this._ready && !this._upgrading && !this._closing) {
      return this.refuse(new SmtpError(554, '5.1', 'Wait for the greeting'))
    }
    this.progressAt = performance.now()
    super._onCommand(command, callback)
  }

  /** PLAIN and LOGIN are the library's; what else is offered is ours. */
  override handler_AUTH(command: Buffer, callback: () => void): void {
    const [, mechanism = '', initial, ...rest] = command.toString('latin1').trim().split(/ +/)
    const name = mechanism.toUpperCase()
    if (!this.secure || this.session.user || rest.length > 0 || !this.sasl.mechanisms().includes(name))
      return super.handler_AUTH(command, callback)
    runSaslExchange(this, this.sasl, name, initial, callback)
  }

  private get sasl(): SaslServer {
    return (this._server as SMTPServer & { sasl: SaslServer }).sasl
  }

  override _parseAddressCommand(name: string, command: Buffer | string) {
    return parsePathCommand(name.toUpperCase() as 'MAIL FROM' | 'RCPT TO', command.toString())
  }

  private refuse({ reply, enhanced, publicText }: SmtpError): void {
    this.send(reply, `${enhanced} ${publicText}`)
    this.close()
  }
}
