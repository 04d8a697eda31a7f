/** Where the parts of a message lie. Parsing reads the whole message, so that recent structures are kept for the next part. */
import { parseSource, partAt, type MimePart, type Range } from '../../message/index.js'
import type { ContentReader, StoredMessage } from '../../store/mail-store.js'
import type { SectionText } from './fetch-items.js'

export type { Range }

/** Structures hold offsets only, but of up to thousands of parts. */
const maxKept = 64

export class StructureCache {
  private readonly kept = new Map<string, Promise<MimePart>>()

  load(message: StoredMessage, reader: ContentReader): Promise<MimePart> {
    // What stands before the content (Return-Path) moves all offsets, and shows in the sizes.
    const key = `${message.contentId} ${message.size} ${message.headerSize}`
    const structure = this.kept.get(key) ?? parseSource(reader)
    this.kept.delete(key)
    this.kept.set(key, structure)
    structure.catch(() => this.kept.delete(key))
    if (this.kept.size > maxKept) this.kept.delete(this.kept.keys().next().value!)
    return structure
  }
}

/** What a section with a part number covers (RFC 3501 section 6.4.5); null where the message has no such part. */
export function partRange(structure: MimePart, path: number[], text: SectionText): Range | null {
  const part = partAt(structure, path)
  if (!part) return null
  if (text === '') return part.body
  if (text === 'MIME') return part.header
  // HEADER and TEXT of a part are those of the message that it holds.
  return (text === 'TEXT' ? part.message?.body : part.message?.header) ?? null
}
