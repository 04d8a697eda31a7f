/**
 * Takes whole commands off the connection: lines, and the literals that they announce.
 *
 * Nothing a client sends as part of one command is ever read as another (the literals of a refused command are read and
 * dropped), and what a command may occupy is bounded before it is read: lines, literals, their number and their sum.
 */
import type { MessageContent } from '../../message/message-content.js'
import { bad, Goodbye, ImapError } from '../errors.js'
import { announcement, splitHead, type Command, type Literal, type Segment } from './command.js'

/** The side of the connection that is read. Rejects where it ends within a line or literal. */
export interface CommandInput {
  /** Without CRLF; null at the end of input. */
  readLine(max: number): Promise<Buffer | null>
  readExact(length: number): Promise<Buffer>
  /** At least one octet, at most `max`. */
  readChunk(max: number): Promise<Buffer | null>
}

export interface CommandLimits {
  /** Octets of all lines of a command. */
  line: number
  /** Octets of one literal, and of all literals of a command, other than the message of an APPEND. */
  literal: number
  literals: number
  /** Octets of refused literals that are read and dropped for the sake of going on; beyond, the session ends. */
  dropped: number
}

export interface CommandHooks {
  limits(): CommandLimits
  /** Asks the client to send the literal. */
  continueLiteral(): Promise<void>
  /** Whether a literal at this place is the message of an APPEND. */
  isMessage(command: Command): boolean
  /** Refuses by throwing, before a synchronizing client has sent anything. */
  admitMessage(command: Command, size: number): Promise<void>
  receiveMessage(command: Command, size: number): Promise<MessageContent>
}

/** More literals than any command takes, so that empty ones cannot add up. */
const maxLiterals = 500

export type ReadResult = { command: Command; refusal: ImapError | null } | null

/** Null at the end of input. A refusal tells that the command was read to its end, or cut off, and must not run. */
export async function readCommand(input: CommandInput, hooks: CommandHooks): Promise<ReadResult> {
  const limits = hooks.limits()
  let budget = limits.line
  const first = await input.readLine(budget)
  if (first === null) return null
  budget -= first.length
  const { tag, name, rest } = splitHead(first.toString('latin1'))
  const segments: Segment[] = [rest]
  const command: Command = { tag: tag ?? '*', name, segments }
  let refusal = tag === null ? bad('Expected a tag and a command') : first.includes(0) ? bad('NUL in a line') : null
  const state = { literals: 0, octets: 0, dropped: 0 }

  for (let line = name === '' ? first.toString('latin1') : rest; ;) {
    const match = announcement.exec(line)
    if (!match) return { command, refusal }
    const size = Number(match[1])
    const synchronizing = match[2] === ''
    const message = refusal === null && hooks.isMessage(command)
    refusal ??= await admit(command, size, message, limits, state, hooks)
    if (refusal) {
      // The client sends a synchronizing literal only when asked: the command ends here.
      if (synchronizing) return { command, refusal }
      state.dropped += size
      if (state.dropped > limits.dropped) throw new Goodbye(refusal.message, refusal.code)
      await drop(input, size)
    } else {
      if (synchronizing) await hooks.continueLiteral()
      try {
        segments.push(await receive(input, size, message ? command : null, hooks))
      } catch (error) {
        if (!(error instanceof ImapError)) throw error
        refusal = error
      }
    }
    if (budget <= 0) throw new Goodbye('The command line is too long')
    const next = await input.readLine(budget)
    if (next === null) return null
    budget -= next.length + 2
    line = next.toString('latin1')
    segments.push(line)
    if (next.includes(0)) refusal ??= bad('NUL in a line')
  }
}

async function admit(
  command: Command,
  size: number,
  message: boolean,
  limits: CommandLimits,
  state: { literals: number; octets: number },
  hooks: CommandHooks,
): Promise<ImapError | null> {
  if (++state.literals > maxLiterals) return bad('Too many literals')
  if (!message) {
    state.octets += size
    return size > limits.literal || state.octets > limits.literals ? bad('The literal is too large here') : null
  }
  try {
    await hooks.admitMessage(command, size)
    return null
  } catch (error) {
    if (error instanceof ImapError) return error
    throw error
  }
}

async function receive(
  input: CommandInput,
  size: number,
  messageOf: Command | null,
  hooks: CommandHooks,
): Promise<Literal> {
  if (messageOf) return { type: 'message', content: await hooks.receiveMessage(messageOf, size) }
  return { type: 'octets', octets: size === 0 ? Buffer.alloc(0) : await input.readExact(size) }
}

async function drop(input: CommandInput, size: number): Promise<void> {
  for (let left = size; left > 0;) {
    const chunk = await input.readChunk(Math.min(left, 64 * 1024))
    if (chunk === null) return
    left -= chunk.length
  }
}
