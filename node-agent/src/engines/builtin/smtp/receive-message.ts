/**
 * Reads the message of one transaction: holds its header section until that is whole, has it checked and rewritten, and lets the
 * rest flow by. Reads to the end also after a failure, since the client listens for the answer only then.
 */
import type { MessageContent } from '../message/message-content.js'
import { maxContentInMemory } from '../message/message-content.js'
import type { MessageSigner } from '../dkim/index.js'
import { ContentSpool } from './content-spool.js'
import { headerEnd, parseHeader } from '../message/header-section.js'
import type { HeaderField } from '../message/header-section.js'
import { SmtpError } from './smtp-error.js'

export const maxHeaderSection = maxContentInMemory

export interface ReceivedMessage {
  content: MessageContent
  fields: HeaderField[]
  /** Removes the temporary file, if there is one. */
  discard(): Promise<void>
}

/** From the fields as they came to the header section as it is kept; throws `SmtpError` to refuse the message. */
export type RewriteHeader = (fields: HeaderField[], rest: Buffer) => Buffer[]

/** From the header section as it is kept, with its empty line, to what signs the message. */
export type SignerOf = (header: Buffer) => MessageSigner | null

export async function receiveMessage(
  incoming: AsyncIterable<Buffer>,
  folder: string,
  rewriteHeader: RewriteHeader,
  signerOf: SignerOf = () => null,
): Promise<ReceivedMessage> {
  const spool = new ContentSpool(folder)
  const head = new GrowingBuffer()
  let fields: HeaderField[] | null = null
  let failure: unknown = null
  let signer: MessageSigner | null = null

  const writeHeader = async (octets: Buffer, end: number): Promise<void> => {
    const section = parseHeader(octets.subarray(0, end))
    fields = section.fields
    const header = Buffer.concat(rewriteHeader(section.fields, section.rest))
    signer = signerOf(header)
    if (signer) await spool.write(signer.reserved)
    await spool.write(header)
    if (end < octets.length) await writeBody(octets.subarray(end))
  }
  const writeBody = (chunk: Buffer): Promise<void> => {
    signer?.update(chunk)
    return spool.write(chunk)
  }
  const take = async (chunk: Buffer): Promise<void> => {
    if (fields !== null) return writeBody(chunk)
    // The end may lie across two chunks.
    const searched = Math.max(0, head.octets.length - 3)
    head.append(chunk)
    const { octets } = head
    let end = headerEnd(octets, searched)
    if (end < 0 && octets.length > maxHeaderSection) end = fieldsEnd(octets)
    if ((end < 0 ? octets.length : end) > maxHeaderSection) throw new SmtpError(552, '3.4', 'Header section too large')
    if (end >= 0) await writeHeader(octets, end)
  }

  try {
    for await (const chunk of incoming) {
      if (failure === null) await take(chunk).catch((error: unknown) => (failure = error))
    }
    if (failure !== null) throw failure
    if (fields === null) await writeHeader(head.octets, head.octets.length)
    if (signer) await spool.replaceHead(await (signer as MessageSigner).finish())
    return { content: await spool.finish(), fields: fields!, discard: () => spool.discard() }
  } catch (error) {
    await spool.discard()
    throw error
  }
}

/** Where text that is no field follows, without an empty line before it; -1 where all may still be fields. */
function fieldsEnd(octets: Buffer): number {
  const { rest } = parseHeader(octets)
  return rest.includes(0x0a) ? octets.length - rest.length : -1
}

/** Grows by doubling, so that a header section that comes octet by octet costs no more than one that comes at once. */
class GrowingBuffer {
  private room = Buffer.alloc(0)
  private length = 0

  get octets(): Buffer {
    return this.room.subarray(0, this.length)
  }

  append(chunk: Buffer): void {
    const length = this.length + chunk.length
    if (length > this.room.length) {
      const room = Buffer.allocUnsafe(Math.max(length, 2 * this.room.length))
      this.octets.copy(room)
      this.room = room
    }
    chunk.copy(this.room, this.length)
    this.length = length
  }
}
