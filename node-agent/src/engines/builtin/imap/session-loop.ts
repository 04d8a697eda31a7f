/**
 * The loop of a session: reads a command, runs it, tells what changed meanwhile, and answers. Commands run one after the
 * other, in the order in which they came; whatever one of them does, each gets one tagged answer, or the session ends.
 */
import { maxContentInMemory, type MessageContent } from '../message/message-content.js'
import {
  BareLineFeedError,
  ConnectionError,
  IdleTimeoutError,
  LineTooLongError,
  type ClientConnection,
} from '../net/index.js'
import { ArgumentCursor } from './codec/argument-cursor.js'
import type { Command } from './codec/command.js'
import { readCommand, type CommandLimits, type ReadResult } from './codec/command-reader.js'
import { formatResponseText } from './codec/response-text.js'
import { admitMessage, isMessageLiteral, refuseNul } from './commands/append.js'
import type { Completion } from './commands/command-entry.js'
import { findCommand } from './commands/table.js'
import { bad, Goodbye, ImapError, no, toImapError } from './errors.js'
import { discard, receiveMessage } from './message-spool.js'
import { tellUntil } from './notify/tell-until.js'
import type { Session } from './session.js'

const beforeSignIn: CommandLimits = { line: 65_536, literal: 2048, literals: 4096, dropped: 8192 }
const maxBadCommands = 20
const maxFailedSignIns = 3

export class SessionLoop {
  private badCommands = 0
  /** Messages of the running command. */
  private spooled: MessageContent[] = []
  private readonly connection: ClientConnection

  constructor(private readonly session: Session) {
    this.connection = session.connection
  }

  async run(): Promise<void> {
    const { session, connection } = this
    const hurry = setTimeout(() => {
      if (session.accountId === null) connection.endInput('* BYE Too slow to sign in\r\n')
    }, session.context.signInTimeoutMs)
    try {
      connection.idleTimeoutMs = session.context.idleTimeoutMs
      session.out.line(`* OK [CAPABILITY ${session.capabilities}] IMAP server ready`)
      await session.out.flush()
      while (!session.ending && (await this.step())) await this.tellMeanwhile()
    } catch (error) {
      const farewell = farewellOf(error)
      if (farewell === null) throw error
      session.sayGoodbye(farewell)
      await session.out.flush().catch(() => undefined)
    } finally {
      clearTimeout(hurry)
      session.notifier?.close()
      session.unselect()
    }
  }

  /** One command. False at the end of input. */
  private async step(): Promise<boolean> {
    try {
      const read = await this.read()
      if (read) await this.execute(read.command, read.refusal)
      return read !== null
    } catch (error) {
      if (!(error instanceof BareLineFeedError)) throw error
      this.session.out.line(this.answer('*', bad('Lines end in CRLF')))
      await this.session.out.flush()
      return true
    } finally {
      for (const content of this.spooled.splice(0)) await discard(content)
    }
  }

  /** After NOTIFY the client is told of changes until its next command begins. */
  private async tellMeanwhile(): Promise<void> {
    const { session, connection } = this
    if (!session.notifier || session.ending) return
    const input = connection.waitForOctet()
    await tellUntil(session, input, session.notifier.expungesAtOnce)
    await input
  }

  private read(): Promise<ReadResult> {
    const { session, connection } = this
    return readCommand(connection, {
      limits: () => (session.accountId === null ? beforeSignIn : limitsOf(session)),
      continueLiteral: async () => {
        session.out.line('+ Ready for the literal')
        await session.out.flush()
      },
      isMessage: (command) => session.accountId !== null && isMessageLiteral(command),
      admitMessage: async (command, size) => {
        try {
          await admitMessage(session, command, size)
        } catch (error) {
          throw this.expected(error)
        }
      },
      receiveMessage: async (command, size) => {
        const held = this.spooled.reduce((octets, content) => octets + ('buffer' in content ? content.size : 0), 0)
        const room = maxContentInMemory - held
        const content = await receiveMessage(connection, size, session.context.spoolDirectory, room)
        this.spooled.push(content.content)
        if (content.hasNul) throw refuseNul(command)
        return content.content
      },
    })
  }

  private async execute(command: Command, refusal: ImapError | null): Promise<void> {
    const { session } = this
    session.tag = command.tag
    session.progressToldAt = performance.now()
    const entry = findCommand(command.name)
    let outcome: Completion | ImapError = {}
    try {
      if (refusal) throw refusal
      if (!entry) throw bad('Unknown command')
      if (!entry.states.includes(session.state)) throw bad('Not allowed in this state')
      await session.reviewSelected()
      outcome = (await entry.handler(session, new ArgumentCursor(command.segments, session.names))) ?? {}
    } catch (error) {
      outcome = this.expected(error)
    }
    await session.sendUpdates(!entry?.keepsNumbering, entry?.refreshes ?? false)
    const answer = this.answer(command.tag, outcome, entry?.name)
    if (session.turningToTls) await this.turnToTls(answer)
    else if (session.turningToDeflate) await this.turnToDeflate(answer)
    else session.out.line(answer)
    await session.out.flush()
    if (this.badCommands >= maxBadCommands) throw new Goodbye('Too many bad commands')
    if (session.failedSignIns >= maxFailedSignIns) throw new Goodbye('Too many failed attempts to sign in')
  }

  /** The tagged response without its CRLF. */
  private answer(tag: string, outcome: Completion | ImapError, name = 'Command'): string {
    const code = outcome.code ? `[${outcome.code}] ` : ''
    if (outcome instanceof ImapError) {
      if (outcome.condition === 'BAD') this.badCommands++
      return `${tag} ${outcome.condition} ${code}${formatResponseText(outcome.message)}`
    }
    this.badCommands = 0
    return `${tag} OK ${code}${outcome.text ?? `${name} completed`}`
  }

  /** RFC 3501 section 6.2.1: nothing from before TLS counts after it. */
  private async turnToTls(answer: string): Promise<void> {
    const { session, connection } = this
    session.turningToTls = false
    await session.out.flush()
    await connection.startTls(session.context.tls, `${answer}\r\n`)
    this.badCommands = 0
  }

  private async turnToDeflate(answer: string): Promise<void> {
    const { session, connection } = this
    session.turningToDeflate = false
    await session.out.flush()
    await connection.startDeflate(`${answer}\r\n`)
  }

  /** Failures that the client is told of; others end the session, and what nobody foresaw becomes SERVERBUG. */
  private expected(error: unknown): ImapError {
    const { session } = this
    const known = toImapError(error)
    if (known) return known
    if (error instanceof Goodbye || error instanceof ConnectionError || session.closed.aborted) throw error
    session.context.logger.error({ err: error, account: session.accountId }, 'imap: command failed')
    return no('SERVERBUG', 'The server failed to do this')
  }
}

const limitsOf = (session: Session): CommandLimits => ({
  line: 65_536,
  literal: 65_536,
  literals: 131_072,
  dropped: 2 * session.maxMessageBytes,
})

function farewellOf(error: unknown): string | null {
  if (error instanceof Goodbye) return `${error.code ? `[${error.code}] ` : ''}${formatResponseText(error.message)}`
  if (error instanceof IdleTimeoutError) return 'Idle for too long'
  if (error instanceof LineTooLongError) return 'The command line is too long'
  return null
}
