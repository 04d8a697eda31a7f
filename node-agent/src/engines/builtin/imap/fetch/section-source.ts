/** Finds the octets that a section of FETCH names, without reading more of the message than it must. */
import type { ContentReader, StoredMessage } from '../../store/mail-store.js'
import type { MimePart } from '../../message/index.js'
import type { PartialRange, Section, SectionItem } from './fetch-items.js'
import { selectFields } from '../../message/index.js'
import { partAt } from '../../message/index.js'
import { partRange, type Range, type StructureCache } from './message-structure.js'

/** Headers beyond this are cut for HEADER.FIELDS: nobody's mail has them, and they would be held in memory. */
const maxHeader = 4 * 1024 * 1024

/** One message, opened for the sections of one FETCH. */
export class SectionFinder {
  constructor(
    private readonly structures: StructureCache,
    readonly reader: ContentReader,
    private readonly message: StoredMessage,
  ) {}

  /** What the section covers in the message, before fields are selected and a part is cut out; null: no such part. */
  async find({ part, text }: Section): Promise<Range | null> {
    if (part.length > 0) return partRange(await this.structure(), part, text)
    const { headerSize } = this.message
    if (text === '') return { start: 0, end: this.reader.size }
    return text === 'TEXT' ? { start: headerSize, end: this.reader.size } : { start: 0, end: headerSize }
  }

  /** The whole message, taken apart. */
  structure(): Promise<MimePart> {
    return this.structures.load(this.message, this.reader)
  }

  async part(path: number[]): Promise<MimePart | null> {
    return partAt(await this.structure(), path)
  }

  /** The selected fields of the header in that range, of which a partial fetch takes its part. */
  async selectFields(range: Range, { section, partial }: SectionItem): Promise<Buffer> {
    const header = await this.reader.read(range.start, Math.min(range.end - range.start, maxHeader))
    const selected = selectFields(header, section.fields, section.text === 'HEADER.FIELDS.NOT')
    return partial ? selected.subarray(partial.offset, partial.offset + partial.length) : selected
  }
}

export function cutPartial({ start, end }: Range, partial: PartialRange): Range {
  if (!partial) return { start, end }
  const from = Math.min(start + partial.offset, end)
  return { start: from, end: Math.min(from + partial.length, end) }
}
