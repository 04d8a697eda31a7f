/**
 * One mail transaction within a session: MAIL, RCPT and DATA at once where the host takes them so (RFC 2920), each reply going to the
 * recipient that it belongs to. Whatever happens ends in an outcome for each recipient.
 *
 * Invariant: a recipient counts as served only by a 2xx reply that came after the end of the message was sent.
 */
import type { Readable } from 'node:stream'
import type { BodySource } from '../body-store.js'
import type { MessageRequest, RecipientRequest } from '../notification-request.js'
import { deferred, failed, outcomeOfReply } from '../outcome.js'
import type { Outcome } from '../outcome.js'
import { DotStuffing } from './dot-stuffing.js'
import { HostLeftError } from './host-session.js'
import type { HostSession } from './host-session.js'
import { accepted } from './reply.js'
import type { Reply } from './reply.js'

export interface OutgoingMessage {
  reversePath: string
  recipients: string[]
  size: number
  body: BodySource
  request: MessageRequest
  /** By recipient. */
  requests: Map<string, RecipientRequest>
}

class UnreadableBodyError extends Error {}

/** Null: the session had been used before and was over before anything of this message was taken, so that a fresh one may try. */
export async function sendMessage(
  session: HostSession,
  message: OutgoingMessage,
): Promise<Map<string, Outcome> | null> {
  const impossible = obstacle(session, message)
  if (impossible) return new Map(message.recipients.map((address) => [address, impossible]))
  const reused = session.messages++ > 0
  const transaction = new Transaction(session, message)
  try {
    await transaction.run(reused)
  } catch (error) {
    session.destroy()
    if (reused && !transaction.heard) return null
    transaction.brokenBy(error as Error)
  }
  return transaction.outcomes
}

function obstacle({ extensions, remote }: HostSession, { reversePath, recipients, size }: OutgoingMessage) {
  const addresses = [reversePath, ...recipients].join('')
  // Nothing that is an address; as a line of the protocol it would be two.
  if (/[\u0000-\u001f\u007f]/.test(addresses)) return failed('5.1.3', 'An address contains control characters')
  if (!extensions.has('SMTPUTF8') && /[^\u0000-\u007f]/.test(addresses)) {
    return failed('5.6.7', `${remote} does not take internationalized addresses`, remote)
  }
  const maxSize = Number(extensions.get('SIZE') ?? 0)
  return maxSize > 0 && size > maxSize ? failed('5.3.4', `${remote} takes at most ${maxSize} octets`, remote) : null
}

class Transaction {
  readonly outcomes = new Map<string, Outcome>()
  /** Whether the host has answered MAIL. */
  heard = false
  private readonly pipelined: boolean

  constructor(
    private readonly session: HostSession,
    private readonly message: OutgoingMessage,
  ) {
    this.pipelined = session.extensions.has('PIPELINING')
  }

  async run(reset: boolean): Promise<void> {
    const { session, message, pipelined } = this
    const { command, dataStart } = session.timeouts
    const mail = this.mailCommand()
    const recipients = message.recipients.map((address) => ({ address, line: this.rcptCommand(address) }))
    if (pipelined) {
      const lines = [...(reset ? ['RSET'] : []), mail, ...recipients.map(({ line }) => line), 'DATA']
      // Not awaited: a host that answers at length while we write must be listened to, or both would wait (RFC 2920 section 3.1).
      session.write(lines).catch(() => undefined)
    }
    const answer = (line: string, timeout = command): Promise<Reply> =>
      pipelined ? session.read(timeout) : session.ask(line, timeout)

    if (reset && !accepted(await answer('RSET'))) throw new Error('the host does not take RSET')
    const mailReply = await answer(mail)
    this.heard = true
    const taken: string[] = []
    for (const { address, line } of recipients) {
      if (!accepted(mailReply)) this.outcomes.set(address, this.outcomeOf(mailReply))
      if (!pipelined && !accepted(mailReply)) continue
      const reply = await answer(line)
      if (accepted(mailReply) && accepted(reply)) taken.push(address)
      else if (accepted(mailReply)) this.outcomes.set(address, this.outcomeOf(reply))
    }
    if (!pipelined && taken.length === 0) return
    const dataReply = await answer('DATA', dataStart)
    const goAhead = dataReply.code >= 300 && dataReply.code < 400
    if (taken.length === 0) {
      // RFC 2920 section 3.1: a host that wants the message of no recipients gets an empty one.
      if (goAhead) await session.ask('.', session.timeouts.dataEnd)
      return
    }
    const outcome = goAhead ? await this.sendBody() : this.refusal(dataReply)
    for (const address of taken) this.outcomes.set(address, outcome)
  }

  /** Without a reply nobody knows whether the host took the message: another try may double it, none would lose it. */
  brokenBy(error: Error): void {
    const { remote } = this.session
    const outcome =
      error instanceof HostLeftError
        ? this.outcomeOf(error.reply)
        : error instanceof UnreadableBodyError
          ? deferred('4.3.0', 'The message cannot be read here now')
          : deferred('4.4.2', `Session with ${remote} broke: ${error.message}`, remote)
    for (const address of this.message.recipients) if (!this.outcomes.has(address)) this.outcomes.set(address, outcome)
  }

  private mailCommand(): string {
    const { extensions } = this.session
    const { reversePath, recipients, size, request } = this.message
    const international = /[^\u0000-\u007f]/.test([reversePath, ...recipients].join(''))
    return [
      `MAIL FROM:<${reversePath}>`,
      ...(extensions.has('SIZE') ? [`SIZE=${size}`] : []),
      ...(extensions.has('8BITMIME') ? ['BODY=8BITMIME'] : []),
      ...(international ? ['SMTPUTF8'] : []),
      ...(request.tls === 'REQUIRED' ? ['REQUIRETLS'] : []),
      ...(extensions.has('DSN') && request.ret !== null ? [`RET=${request.ret}`] : []),
      ...(extensions.has('DSN') && request.envelopeId !== null ? [`ENVID=${request.envelopeId}`] : []),
    ].join(' ')
  }

  private rcptCommand(address: string): string {
    const { extensions } = this.session
    const { notify, originalRecipient } = this.message.requests.get(address) ?? {}
    if (!extensions.has('DSN')) return `RCPT TO:<${address}>`
    // RFC 6533 section 3: an address of type utf-8 may be more than such a host can read.
    const legible = originalRecipient && (extensions.has('SMTPUTF8') || !/[^\u0000-\u007f]/.test(originalRecipient))
    return [
      `RCPT TO:<${address}>`,
      ...(notify ? [`NOTIFY=${notify}`] : []),
      ...(legible ? [`ORCPT=${originalRecipient}`] : []),
    ].join(' ')
  }

  private async sendBody(): Promise<Outcome> {
    const { session } = this
    const { connection, timeouts } = session
    const stuffing = new DotStuffing()
    for await (const piece of piecesOf(this.message.body())) {
      if (connection.hasInput) return this.earlyReply()
      await connection.write(stuffing.piece(piece))
    }
    if (connection.hasInput) return this.earlyReply()
    await connection.write(stuffing.end())
    return this.outcomeOf(await session.read(timeouts.dataEnd))
  }

  /** What is refused before its end need not be sent to its end; the session has to go, lest the rest be taken for commands. */
  private async earlyReply(): Promise<Outcome> {
    const outcome = this.refusal(await this.session.read(this.session.timeouts.command))
    this.session.destroy()
    return outcome
  }

  private refusal(reply: Reply): Outcome {
    if (reply.code >= 400) return this.outcomeOf(reply)
    const { remote } = this.session
    this.session.usable = false
    return deferred('4.5.0', `${remote} answered out of turn: ${reply.text}`, remote)
  }

  private outcomeOf({ text }: Reply): Outcome {
    const outcome = outcomeOfReply(text, this.session.remote, this.session.tls)
    return { ...outcome, takesNotification: this.session.extensions.has('DSN') }
  }
}

async function* piecesOf(body: Readable | Buffer): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(body)) return yield body
  try {
    yield* body as AsyncIterable<Buffer>
  } catch {
    throw new UnreadableBodyError()
  }
}
