/** BDAT (RFC 3030 section 3): the message in chunks that tell their length, with a reply for each. */
import { ChunkedMessage } from '../chunked-message.js'
import { discardFactor, Pace } from '../dotted-message.js'
import type { Session } from '../session.js'
import { Farewell, type SmtpError } from '../smtp-error.js'
import { requireRecipients } from './envelope.js'

const pieceSize = 64 * 1024

export async function bdat(session: Session, argument: string): Promise<void> {
  const match = /^(\d{1,15})( LAST)? *$/i.exec(argument)
  // Nobody knows where its octets end.
  if (!match) throw new Farewell(501, '5.4', 'BDAT takes a number of octets, and LAST')
  const [length, last] = [Number(match[1]), match[2] !== undefined]
  const limit = session.context.maxMessageBytes()
  if (length > limit * discardFactor) throw new Farewell(552, '3.4', 'Message too large')
  const refusal = refusalOf(session)
  if (!refusal) {
    session.chunked ??= new ChunkedMessage(limit, new Pace(session.connection), (message) =>
      session.handlers.message(message),
    )
  }
  const message = refusal ? null : session.chunked
  // What is refused must be read all the same: commands follow.
  await readChunk(session, length, message)
  if (refusal) throw refusal
  if (!last) {
    message!.requireSound()
    return session.reply(250, `2.0.0 ${length} octets received`)
  }
  session.chunked = null
  try {
    session.reply(250, await message!.finish())
  } finally {
    session.resetEnvelope()
  }
}

function refusalOf(session: Session): SmtpError | null {
  try {
    requireRecipients(session)
    return null
  } catch (error) {
    return error as SmtpError
  }
}

async function readChunk({ connection }: Session, length: number, message: ChunkedMessage | null): Promise<void> {
  const pace = message?.pace ?? new Pace(connection)
  // Also a chunk of nothing takes its time.
  if (pace.leftMs(message?.size ?? 0) <= 0) throw new Farewell(421, '4.2', 'The message takes too long')
  for (let received = 0; received < length;) {
    const piece = await pace.read(Math.min(pieceSize, length - received), message?.size ?? received)
    received += piece.length
    await message?.write(piece)
  }
}
