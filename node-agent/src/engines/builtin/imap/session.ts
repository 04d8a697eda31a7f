/**
 * One client's session: its state (RFC 3501 section 3), and the loop that reads a command, runs it, tells what changed
 * meanwhile, and answers. Commands of one session run one after the other, in the order in which they came.
 */
import type { MailboxResource } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { Authenticator } from '../accounts/authenticator.js'
import type { Directory } from '../../../config/directory.js'
import {
  BareLineFeedError,
  ConnectionClosedError,
  ConnectionError,
  IdleTimeoutError,
  LineTooLongError,
  type ClientConnection,
} from '../net/index.js'
import type { MailboxInfo, MailStore } from '../store/mail-store.js'
import { StoreError } from '../store/mail-store.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { capabilities } from './capabilities.js'
import { ArgumentCursor } from './codec/argument-cursor.js'
import type { Command } from './codec/command.js'
import { readCommand, type CommandLimits, type ReadResult } from './codec/command-reader.js'
import { formatList, formatResponseText } from './codec/response-text.js'
import { ResponseWriter } from './codec/response-writer.js'
import { admitMessage, isMessageLiteral } from './commands/append.js'
import type { Completion, SessionState } from './commands/command-entry.js'
import { findCommand } from './commands/table.js'
import { bad, Goodbye, ImapError, no, toImapError } from './errors.js'
import type { StructureCache } from './fetch/message-structure.js'
import { discard, receiveMessage } from './message-spool.js'
import type { RecentMessages } from './recent-messages.js'
import type { BodySearchSlots } from './search/body-search-slots.js'
import type { SelectedMailbox } from './selected-mailbox.js'

export interface SessionContext {
  store: MailStore
  authenticator: Authenticator
  tls: TlsProvider
  directory: Directory
  logger: Logger
  structures: StructureCache
  recentMessages: RecentMessages
  bodySearches: BodySearchSlots
  /** Where large messages wait for the store. */
  spoolDirectory: string
  signInTimeoutMs: number
  idleTimeoutMs: number
}

const beforeSignIn: CommandLimits = { line: 65_536, literal: 2048, literals: 4096, dropped: 8192 }
const maxBadCommands = 20
const maxFailedSignIns = 3

export class Session {
  readonly out: ResponseWriter
  /** The tag of the command that runs. */
  tag = '*'
  selected: SelectedMailbox | null = null
  condStore = false
  private signedInMailbox: MailboxResource | null = null
  private badCommands = 0
  private failedSignIns = 0
  private ending = false
  private turningToTls = false

  constructor(
    readonly context: SessionContext,
    private readonly connection: ClientConnection,
  ) {
    this.out = new ResponseWriter((data) => connection.write(data))
  }

  get state(): SessionState {
    if (!this.signedInMailbox) return 'notAuthenticated'
    return this.selected ? 'selected' : 'authenticated'
  }

  get secure(): boolean {
    return this.connection.secure
  }

  get remoteIp(): string {
    return this.connection.remoteIp
  }

  /** Aborted when the client is gone: nobody reads the rest. */
  get closed(): AbortSignal {
    return this.connection.closed
  }

  get account(): MailboxResource {
    if (!this.signedInMailbox) throw bad('Not signed in')
    return this.signedInMailbox
  }

  get accountId(): string | null {
    return this.signedInMailbox?.id ?? null
  }

  get maxMessageBytes(): number {
    return this.context.directory.settings().maxMessageBytes
  }

  async run(): Promise<void> {
    const { connection, context } = this
    const hurry = setTimeout(() => {
      if (!this.signedInMailbox) connection.endInput('* BYE Too slow to sign in\r\n')
    }, context.signInTimeoutMs)
    try {
      connection.idleTimeoutMs = context.idleTimeoutMs
      this.out.line(`* OK [CAPABILITY ${capabilities(this).join(' ')}] IMAP4rev1 server ready`)
      await this.out.flush()
      while (!this.ending && (await this.step()));
    } catch (error) {
      const farewell = this.farewell(error)
      if (farewell === null) throw error
      this.out.line(`* BYE ${farewell}`)
      await this.out.flush().catch(() => undefined)
    } finally {
      clearTimeout(hurry)
      this.unselect()
    }
  }

  private farewell(error: unknown): string | null {
    if (error instanceof Goodbye) return `${error.code ? `[${error.code}] ` : ''}${formatResponseText(error.message)}`
    if (error instanceof IdleTimeoutError) return 'Idle for too long'
    if (error instanceof LineTooLongError) return 'The command line is too long'
    return null
  }

  /** One command. False at the end of input. */
  private async step(): Promise<boolean> {
    let read: ReadResult
    try {
      read = await this.readCommand()
    } catch (error) {
      if (!(error instanceof BareLineFeedError)) throw error
      this.answer('*', bad('Lines end in CRLF'))
      await this.out.flush()
      return true
    }
    if (read === null) return false
    try {
      await this.execute(read.command, read.refusal)
    } finally {
      for (const segment of read.command.segments)
        if (typeof segment !== 'string' && segment.type === 'message') await discard(segment.content)
    }
    return true
  }

  private readCommand(): Promise<ReadResult> {
    return readCommand(this.connection, {
      limits: () => (this.signedInMailbox ? this.limits : beforeSignIn),
      continueLiteral: async () => {
        this.out.line('+ Ready for the literal')
        await this.out.flush()
      },
      isMessage: (command) => this.signedInMailbox !== null && isMessageLiteral(command),
      admitMessage: async (command, size) => {
        try {
          await admitMessage(this, command, size)
        } catch (error) {
          throw this.expected(error)
        }
      },
      receiveMessage: (size) => receiveMessage(this.connection, size, this.context.spoolDirectory),
    })
  }

  private get limits(): CommandLimits {
    return { line: 65_536, literal: 65_536, literals: 131_072, dropped: 2 * this.maxMessageBytes }
  }

  private async execute(command: Command, refusal: ImapError | null): Promise<void> {
    this.tag = command.tag
    const entry = findCommand(command.name)
    let outcome: Completion | ImapError = {}
    try {
      if (refusal) throw refusal
      if (!entry) throw bad('Unknown command')
      if (!entry.states.includes(this.state)) throw bad('Not allowed in this state')
      outcome = (await entry.handler(this, new ArgumentCursor(command.segments))) ?? {}
    } catch (error) {
      outcome = this.expected(error)
    }
    await this.sendUpdates(!entry?.keepsNumbering, entry?.refreshes ?? false)
    const answer = this.answer(command.tag, outcome, entry?.name)
    if (this.turningToTls) await this.turnToTls(answer)
    else await this.out.flush()
    if (this.badCommands >= maxBadCommands) throw new Goodbye('Too many bad commands')
    if (this.failedSignIns >= maxFailedSignIns) throw new Goodbye('Too many failed attempts to sign in')
  }

  /** Writes the tagged response, or with STARTTLS leaves that to the connection. */
  private answer(tag: string, outcome: Completion | ImapError, name = 'Command'): string {
    let line: string
    if (outcome instanceof ImapError) {
      if (outcome.condition === 'BAD') this.badCommands++
      line = `${tag} ${outcome.condition} ${outcome.code ? `[${outcome.code}] ` : ''}${formatResponseText(outcome.message)}`
    } else {
      this.badCommands = 0
      line = `${tag} OK ${outcome.code ? `[${outcome.code}] ` : ''}${outcome.text ?? `${name} completed`}`
    }
    if (!this.turningToTls) this.out.line(line)
    return line
  }

  /** RFC 3501 section 6.2.1: nothing from before TLS counts after it. */
  private async turnToTls(answer: string): Promise<void> {
    this.turningToTls = false
    await this.out.flush()
    await this.connection.startTls(this.context.tls, `${answer}\r\n`)
    this.badCommands = 0
  }

  /** Failures that the client is told of; others end the session, and what nobody foresaw becomes SERVERBUG. */
  private expected(error: unknown): ImapError {
    const known = toImapError(error)
    if (known) return known
    if (error instanceof Goodbye || this.closed.aborted || error instanceof ConnectionError) throw error
    this.context.logger.error({ err: error, account: this.accountId }, 'imap: command failed')
    return no('SERVERBUG', 'The server failed to do this')
  }

  /** Lines that belong to the running command, as in AUTHENTICATE and IDLE. */
  readLine(max: number): Promise<Buffer | null> {
    return this.connection.readLine(max)
  }

  signIn(mailbox: MailboxResource): void {
    this.signedInMailbox = mailbox
    this.failedSignIns = 0
    // What changed while the password was checked has been announced already.
    if (!this.checkAccount()) throw new Goodbye('The account was closed or its password changed')
  }

  countFailedSignIn(): void {
    this.failedSignIns++
  }

  startTlsAfterCommand(): void {
    this.turningToTls = true
  }

  endAfterCommand(): void {
    this.ending = true
  }

  /** Ends the connection without another word, where a response cannot be brought to its end. */
  cutOff(cause: unknown): Error {
    if (!(cause instanceof ConnectionError))
      this.context.logger.error({ err: cause, account: this.accountId }, 'imap: response broken off')
    this.connection.destroy()
    return new ConnectionClosedError('the response was broken off')
  }

  /** From outside: the session ends now, or once its running command has answered. */
  end(reason: string): void {
    this.connection.endInput(`* BYE ${formatResponseText(reason)}\r\n`)
  }

  /** Whether the account may go on, and with what it signed in. Takes over its new quota. */
  checkAccount(): boolean {
    if (!this.signedInMailbox) return true
    const { directory } = this.context
    const mailbox = directory.mailboxById(this.signedInMailbox.id)
    if (mailbox?.status !== 'ACTIVE' || directory.domainById(mailbox.domainId)?.status !== 'ACTIVE') return false
    if (mailbox.passwordHash !== this.signedInMailbox.passwordHash) return false
    this.signedInMailbox = mailbox
    return true
  }

  mailboxes(): Promise<MailboxInfo[]> {
    return this.context.store.mailboxes(this.account.id)
  }

  async findMailbox(name: string): Promise<MailboxInfo> {
    const info = await this.context.store.mailbox(this.account.id, name)
    if (!info) throw new StoreError('NO_SUCH_MAILBOX')
    return info
  }

  select(selected: SelectedMailbox): void {
    this.selected = selected
  }

  unselect(): void {
    this.selected?.close()
    this.selected = null
  }

  /** RFC 7162 section 3.1: from now on each FETCH response with flags carries the modification sequence. */
  enableCondStore(): void {
    if (this.condStore) return
    this.condStore = true
    if (this.selected)
      this.out.line(`* OK [HIGHESTMODSEQ ${this.selected.highestModSeq}] Highest modification sequence`)
  }

  /** Tells what other sessions, deliveries and this command changed. */
  async sendUpdates(mayExpunge: boolean, force: boolean): Promise<void> {
    const { selected, out } = this
    if (!selected) return
    const updates = await selected.catchUp(mayExpunge, force).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'NO_SUCH_MAILBOX') throw new Goodbye('The mailbox was deleted')
      throw error
    })
    for (const number of updates.expunged) {
      out.line(`* ${number} EXPUNGE`)
      await out.drain()
    }
    if (updates.exists !== null) {
      out.line(`* ${updates.exists} EXISTS`)
      out.line(`* ${selected.recentCount} RECENT`)
    }
    if (updates.newKeywords) this.writeFlags()
    for (const number of updates.changed) {
      this.writeFetchFlags(number - 1, true)
      await out.drain()
    }
  }

  writeFlags(): void {
    if (this.selected) this.out.line(`* FLAGS ${formatList(this.selected.knownFlags)}`)
  }

  writeFetchFlags(index: number, withUid: boolean): void {
    const { selected } = this
    if (!selected || index < 0) return
    const uid = withUid ? `UID ${selected.uids[index]} ` : ''
    const modSeq = this.condStore ? ` MODSEQ (${selected.modSeqs[index]})` : ''
    this.out.line(`* ${index + 1} FETCH (${uid}FLAGS ${selected.flagsOf(index)}${modSeq})`)
  }

  writeFetchModSeq(index: number, withUid: boolean): void {
    const { selected } = this
    if (!selected || index < 0) return
    const uid = withUid ? `UID ${selected.uids[index]} ` : ''
    this.out.line(`* ${index + 1} FETCH (${uid}MODSEQ (${selected.modSeqs[index]}))`)
  }
}
