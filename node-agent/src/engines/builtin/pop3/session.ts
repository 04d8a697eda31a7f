/**
 * One client's session (RFC 1939 section 3): reads a line, finds its command in the table, answers; one after the other, so
 * that a client may send many at once (RFC 2449 section 6.6). Messages go only in QUIT: however else a session ends, none does.
 */
import type { MailboxResource } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { Directory } from '../../../config/directory.js'
import type { Authenticator, SignInResult } from '../accounts/authenticator.js'
import { atExpiry, credentialHolds, offeredMechanisms, type Credential } from '../accounts/index.js'
import { BareLineFeedError, ConnectionError, LineTooLongError, type ClientConnection } from '../net/index.js'
import { StoreError, type MailStore } from '../store/mail-store.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { findCommand } from './command-table.js'
import type { CommandEntry } from './command-entry.js'
import type { MailboxLocks } from './mailbox-locks.js'
import { Maildrop } from './maildrop.js'
import { multiline } from './multiline.js'
import { ok, Pop3Error, type Reply } from './reply.js'

export interface SessionContext {
  store: MailStore
  authenticator: Authenticator
  tls: TlsProvider
  directory: Directory
  logger: Logger
  locks: MailboxLocks
  signInTimeoutMs: number
  idleTimeoutMs: number
  /** How long a session must have waited for its client to lose its mailbox to another one. */
  giveWayAfterMs: number
}

/** RFC 2449 section 4 has 255; a long password has more. */
const maxLine = 2_048
/** A SASL response, such as an access token (RFC 4954 section 4.3 has the number). */
const maxResponse = 12_288
const maxBadCommands = 20
const maxFailedSignIns = 3
/** For what is being sent when a session must end. */
const endGraceMs = 3_000

export class Session {
  /** From USER, until PASS. */
  userName: string | null = null
  private opened: { mailbox: MailboxResource; credential: Credential; maildrop: Maildrop } | null = null
  private release: () => void = () => undefined
  private badCommands = 0
  private failedSignIns = 0
  private ending = false
  private turningToTls = false
  private waitingSince: number | null = null

  constructor(
    private readonly context: SessionContext,
    private readonly connection: ClientConnection,
  ) {}

  get secure(): boolean {
    return this.connection.secure
  }

  get signedIn(): boolean {
    return this.opened !== null
  }

  get directory(): Directory {
    return this.context.directory
  }

  /** Of AUTH, beside PLAIN. */
  get mechanisms(): string[] {
    return offeredMechanisms(this.directory)
  }

  get authenticator(): Authenticator {
    return this.context.authenticator
  }

  /** What every attempt to sign in says of its session. */
  get about(): { protocol: 'POP3'; remoteIp: string } {
    return { protocol: 'POP3', remoteIp: this.connection.remoteIp }
  }

  get maildrop(): Maildrop {
    if (!this.opened) throw new Pop3Error('Sign in first')
    return this.opened.maildrop
  }

  async run(): Promise<void> {
    const { connection, context } = this
    const hurry = setTimeout(() => {
      if (!this.signedIn) connection.endInput()
    }, context.signInTimeoutMs)
    try {
      await connection.write(`+OK ${context.directory.settings().hostName} POP3 server ready\r\n`)
      while (!this.ending) {
        const line = await this.nextLine()
        if (line === null) break
        await this.answer(await this.execute(line))
      }
    } catch (error) {
      if (!(error instanceof LineTooLongError)) throw error
      await connection.write('-ERR The line is too long\r\n')
    } finally {
      clearTimeout(hurry)
      this.release()
    }
  }

  /** Whether the mailbox may still be read by whoever signed in to it. */
  mayGoOn(): boolean {
    if (!this.opened) return true
    const { directory } = this.context
    const { mailbox, credential } = this.opened
    const now = directory.mailboxById(mailbox.id)
    return (
      directory.settings().status === 'ACTIVE' &&
      now?.status === 'ACTIVE' &&
      credentialHolds(directory, now, credential) &&
      directory.domainById(now.domainId)?.status === 'ACTIVE'
    )
  }

  /** From outside: before the next command is read, and within seconds of a message that the client takes slowly. */
  end(reason: string): void {
    const { connection } = this
    if (connection.inputEnded) return
    connection.endInput(`-ERR [SYS/TEMP] ${reason}\r\n`)
    const timer = setTimeout(() => connection.destroy(), endGraceMs)
    connection.closed.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }

  async signIn(login: string, password: string): Promise<Reply> {
    return this.enter(await this.authenticator.authenticate({ ...this.about, login, password }))
  }

  /** Opens the maildrop for whom the authenticator has let in. */
  async enter(result: SignInResult): Promise<Reply> {
    const { locks, store } = this.context
    if (!result.ok) {
      this.failedSignIns += 1
      if (result.reason === 'REFUSED') throw new Pop3Error('Sign-in failed', 'AUTH')
      throw new Pop3Error(
        result.reason === 'THROTTLED' ? 'Too many failures, try again later' : 'Sign-in is not possible now',
        'SYS/TEMP',
      )
    }
    const { mailbox, credential } = result
    const release = await locks.acquire(mailbox.id, { giveWay: () => this.giveWay() })
    if (!release) throw new Pop3Error('Another client is reading this mailbox', 'IN-USE')
    this.release = release
    try {
      this.opened = { mailbox, credential, maildrop: await Maildrop.open(store, mailbox.id) }
    } catch (error) {
      release()
      throw error
    }
    this.connection.idleTimeoutMs = this.context.idleTimeoutMs
    atExpiry(this.directory, credential, this.connection.closed, () => this.end('The app password has expired'))
    // What changed while the mailbox was opened has been announced already.
    if (!this.mayGoOn()) this.end('The mailbox was closed or its password changed')
    const { messages, size } = this.opened.maildrop.totals()
    return ok(`${messages} messages (${size} octets)`)
  }

  private giveWay(): boolean {
    const { waitingSince, context } = this
    if (waitingSince === null || performance.now() - waitingSince < context.giveWayAfterMs) return false
    this.end('Another client has signed in')
    return true
  }

  /** The client's answer to a challenge. */
  async askForResponse(challenge: string): Promise<string> {
    await this.connection.write(`+ ${Buffer.from(challenge).toString('base64')}\r\n`)
    const line = await this.connection.readLine(maxResponse)
    if (line === null) throw new Pop3Error('Cancelled')
    return line.toString('latin1')
  }

  turnToTlsAfterReply(): void {
    this.turningToTls = true
  }

  endAfterReply(): void {
    this.ending = true
  }

  /** Null at the end of input. */
  private async nextLine(): Promise<Buffer | null> {
    this.waitingSince = performance.now()
    try {
      return await this.connection.readLine(this.secure && !this.signedIn ? maxResponse : maxLine)
    } catch (error) {
      if (!(error instanceof BareLineFeedError)) throw error
      return Buffer.from('\n')
    } finally {
      this.waitingSince = null
    }
  }

  private async execute(line: Buffer): Promise<Reply> {
    try {
      const { entry, args } = this.understand(line)
      return await entry.handler(this, args)
    } catch (error) {
      if (error instanceof Pop3Error) return { line: error.line }
      if (error instanceof ConnectionError) throw error
      if (!(error instanceof StoreError)) this.context.logger.error({ err: error }, 'pop3: command failed')
      return { line: '-ERR [SYS/TEMP] The server could not do this now' }
    }
  }

  private understand(line: Buffer): { entry: CommandEntry; args: string[] } {
    const refuse = (text: string): never => {
      this.badCommands += 1
      throw new Pop3Error(text)
    }
    if (line.includes(0x0a)) refuse('Lines end in CRLF')
    const text = line.toString('utf8')

    if (/[\u0000\r]/.test(text)) refuse('The line has octets that no command has')
    const [keyword = '', ...words] = text.trimEnd().split(' ')
    const entry = findCommand(keyword) ?? refuse('Unknown command')
    if (!entry.states.includes(this.signedIn ? 'TRANSACTION' : 'AUTHORIZATION')) refuse('Not in this state')
    if (entry.needsTls && !this.secure) refuse('Turn to TLS first, by STLS')
    if (entry.arguments === 'rest') {
      // A password may have spaces, at its end too (RFC 1939 section 7).
      return text.length > keyword.length + 1 ? { entry, args: [text.slice(keyword.length + 1)] } : refuse('What?')
    }
    const [least, most] = entry.arguments
    if (words.length < least || words.length > most || words.includes('')) refuse('Wrong number of arguments')
    this.badCommands = 0
    return { entry, args: words }
  }

  private async answer({ line, body, release }: Reply): Promise<void> {
    const { connection } = this
    if (this.turningToTls) {
      this.turningToTls = false
      this.userName = null
      return connection.startTls(this.context.tls, `${line}\r\n`)
    }
    if (this.badCommands >= maxBadCommands || this.failedSignIns >= maxFailedSignIns) this.ending = true
    try {
      if (!body) await connection.write(`${line}\r\n`)
      else for await (const piece of multiline(line, body)) await connection.write(piece)
    } catch (error) {
      // In the middle of a message nothing but the end of the connection tells the client that it is not whole.
      connection.destroy()
      throw error
    } finally {
      await release?.()
    }
  }
}
