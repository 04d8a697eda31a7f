/** What the store keeps of a message beside its octets, made once, at delivery. */
import { open } from 'node:fs/promises'
import { parseAddressList } from './address-list.js'
import { bodyStructureOf } from './body-structure.js'
import { parseDateField } from './date-field.js'
import { decodeHeaderText } from './encoded-words.js'
import { envelopeOf } from './envelope.js'
import type { MessageContent, MessageSummary } from './message-content.js'
import type { MimePart } from './mime-part.js'
import { parseMessage, parseSource } from './parse-message.js'

const maxText = 998
/** Octets of a field that can matter for so much text: encoded words take several octets for a character. */
const maxEncoded = 8 * 1024
const textOf = (field: string): string => decodeHeaderText(field.slice(0, maxEncoded))

export async function summarizeMessage(content: MessageContent): Promise<MessageSummary> {
  return summaryOf('buffer' in content ? parseMessage(content.buffer) : await parseFile(content.path, content.size))
}

async function parseFile(path: string, size: number): Promise<MimePart> {
  const file = await open(path, 'r')
  try {
    return await parseSource({
      size,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      },
    })
  } finally {
    await file.close()
  }
}

export function summaryOf(message: MimePart): MessageSummary {
  const { fields } = message
  return {
    envelope: Buffer.from(envelopeOf(fields), 'latin1'),
    bodyStructure: Buffer.from(bodyStructureOf(message, true), 'latin1'),
    body: Buffer.from(bodyStructureOf(message, false), 'latin1'),
    headerSize: message.header.end - message.header.start,
    messageId: messageIdOf(fields.get('message-id')),
    subject: shorten(textOf(fields.get('subject') ?? '')),
    from: addressText(fields.get('from')),
    to: addressText(fields.get('to')),
    cc: addressText(fields.get('cc')),
    sentAt: parseDateField(fields.get('date') ?? ''),
  }
}

function messageIdOf(field: string | undefined): string | null {
  if (field === undefined) return null
  const bracketed = /<([^<>]+)>/.exec(field)
  return shorten(textOf((bracketed?.[1] ?? field).replace(/\s+/g, ''))) || null
}

/** `Name <local@domain>, ...`, names decoded, groups by their members. */
function addressText(field: string | undefined): string {
  let text = ''
  for (const entry of parseAddressList(field ?? '')) {
    if (entry.type !== 'mailbox') continue
    const address = textOf(entry.domain === '' ? entry.localPart : `${entry.localPart}@${entry.domain}`)
    const name = entry.name === null ? '' : textOf(entry.name)
    text += `${text === '' ? '' : ', '}${name === '' ? address : `${name} <${address}>`}`
    if (text.length >= maxText) break
  }
  return shorten(text)
}

/** By characters that do not fall apart: half a surrogate pair is no text. */
const shorten = (text: string): string => text.slice(0, maxText).replace(/[\ud800-\udbff]$/, '')
