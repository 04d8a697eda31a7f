/**
 * The data items for which a message is read: found before the response begins, so that a failure still has its own answer,
 * and written in chunks as the client takes them.
 */
import type { Range } from '../../message/index.js'
import { formatString } from '../codec/response-text.js'
import type { ResponseWriter } from '../codec/response-writer.js'
import { findBinaryPart, writeBinary, type BinaryPart } from './binary-part.js'
import type { ContentItem, SectionItem } from './fetch-items.js'
import { previewText } from './preview-text.js'
import { cutPartial, type SectionFinder } from './section-source.js'

const chunkSize = 64 * 1024
/** A preview of a larger message takes its time. */
const maxLazy = 256 * 1024

/** Null where the message has no such part. */
export type PreparedItem =
  | { type: 'SECTION'; range: Range | null }
  | { type: 'PREVIEW'; text: string | null }
  | { type: 'BINARY' | 'BINARY.SIZE'; part: BinaryPart | null }

export async function prepareContentItem(finder: SectionFinder, item: ContentItem): Promise<PreparedItem> {
  if (item.type === 'SECTION') return { type: item.type, range: await finder.find(item.section) }
  if (item.type === 'PREVIEW') {
    // A structure takes the reading of the whole message.
    if (item.lazy && finder.reader.size > maxLazy) return { type: item.type, text: null }
    return { type: item.type, text: await previewText(finder.reader, await finder.structure()) }
  }
  return { type: item.type, part: await findBinaryPart(finder, item.part) }
}

export async function writeContentItem(
  out: ResponseWriter,
  finder: SectionFinder,
  item: ContentItem,
  prepared: PreparedItem,
): Promise<void> {
  out.write(`${item.label} `)
  if (item.type === 'SECTION' && prepared.type === 'SECTION') return writeSection(out, finder, item, prepared.range)
  if (prepared.type === 'PREVIEW') return out.write(prepared.text === null ? 'NIL' : formatString(prepared.text))
  if (prepared.type === 'SECTION') throw new Error('prepared for another item')
  if (item.type === 'BINARY.SIZE') return out.write(String(prepared.part?.size ?? 0))
  if (item.type === 'BINARY' && prepared.part) return writeBinary(out, finder.reader, prepared.part, item.partial)
  out.write('NIL')
}

async function writeSection(
  out: ResponseWriter,
  finder: SectionFinder,
  item: SectionItem,
  whole: Range | null,
): Promise<void> {
  if (!whole) return out.write('NIL')
  if (item.section.fields.length > 0) return out.literal(await finder.selectFields(whole, item))
  const { start, end } = cutPartial(whole, item.partial)
  out.write(`{${end - start}}\r\n`)
  for (let at = start; at < end;) {
    const chunk = await finder.reader.read(at, Math.min(chunkSize, end - at))
    if (chunk.length === 0) throw new Error('the message ended early')
    at += chunk.length
    out.octets(chunk)
    await out.drain()
  }
}
