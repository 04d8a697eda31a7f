/**
 * From octets, in chunks of any size, to the tree of parts (RFC 2045, 2046, 5322). One pass; memory holds the tree, one line of
 * bounded length and the kept fields, whatever the message's size. Any octets are a message: nothing here throws.
 *
 * A line ends in LF or CRLF. A header ends at its empty line. The line end before a boundary belongs to the boundary (RFC 2046
 * section 5.1.1).
 */
import { FieldCollector, maxLineLength, type Budget } from './field-collector.js'
import { limits } from './limits.js'
import type { MimePart } from './mime-part.js'
import { parameter } from './mime-part.js'
import { describePart, emptyPart } from './part-description.js'

interface Entity {
  part: MimePart
  collector: FieldCollector | null
  linesBefore: number
  boundary: string | null
}

const lf = 0x0a
const cr = 0x0d
const dash = 0x2d

export class MimeParser {
  /** Octets of earlier chunks. */
  private base = 0
  private lineCount = 0
  /** From the root down to the part that the next line belongs to. */
  private readonly open: Entity[] = []
  private readonly boundaries = new Map<string, number>()
  private readonly budget: Budget = { left: limits.keptFields }
  private parts = 0
  private readonly root: MimePart

  /** A line that began in an earlier chunk; null between lines. */
  private partial: { start: number; kept: Buffer[]; keptLength: number; last: number; endBefore: number } | null = null
  private lastOctet = -1
  private lastButOne = -1

  constructor() {
    this.root = this.begin(0, true, false)
  }

  push(chunk: Buffer): void {
    let position = this.partial ? this.resumeLine(chunk) : 0
    while (position < chunk.length) {
      if (!this.matters(chunk, position)) {
        position = this.skipBodyLine(chunk, position)
        continue
      }
      const found = chunk.indexOf(lf, position)
      if (found === -1) {
        this.beginPartial(chunk, position)
        break
      }
      this.line(chunk.subarray(position, found + 1), this.base + position, found + 1 - position, () =>
        this.lineEndBefore(chunk, position),
      )
      position = found + 1
    }
    if (chunk.length > 0) {
      this.lastButOne = chunk.length > 1 ? chunk[chunk.length - 2]! : this.lastOctet
      this.lastOctet = chunk[chunk.length - 1]!
    }
    this.base += chunk.length
  }

  end(): MimePart {
    if (this.partial) {
      const { start, kept, endBefore } = this.partial
      this.partial = null
      this.line(Buffer.concat(kept), start, this.base - start, () => endBefore, false)
    }
    this.closeDownTo(0, this.base, this.lineCount)
    return this.root
  }

  private get innermost(): Entity {
    return this.open[this.open.length - 1]!
  }

  /** Whether the line that begins here can change anything but the count of lines. */
  private matters(chunk: Buffer, position: number): boolean {
    const { collector } = this.innermost
    const first = chunk[position]
    if (first === dash && this.boundaries.size > 0)
      return position + 1 === chunk.length || chunk[position + 1] === dash
        ? true
        : collector !== null && !collector.full
    return collector !== null && (!collector.full || first === cr || first === lf)
  }

  private skipBodyLine(chunk: Buffer, from: number): number {
    const { length } = chunk
    let position = from
    while (position < length && chunk[position] !== lf) position += 1
    if (position === length) {
      this.partial = { start: this.base + from, kept: [], keptLength: maxLineLength, last: 0, endBefore: 0 }
      return length
    }
    this.lineCount += 1
    return position + 1
  }

  private beginPartial(chunk: Buffer, position: number): void {
    const kept = Buffer.from(chunk.subarray(position, position + maxLineLength))
    const endBefore = this.lineEndBefore(chunk, position)
    this.partial = { start: this.base + position, kept: [kept], keptLength: kept.length, last: 0, endBefore }
  }

  /** Position behind the line, or the chunk's end. */
  private resumeLine(chunk: Buffer): number {
    const partial = this.partial!
    const found = chunk.indexOf(lf)
    const end = found === -1 ? chunk.length : found + 1
    if (partial.keptLength < maxLineLength) {
      const kept = Buffer.from(chunk.subarray(0, Math.min(end, maxLineLength - partial.keptLength)))
      partial.kept.push(kept)
      partial.keptLength += kept.length
    }
    if (found === -1) return end
    this.partial = null
    if (partial.kept.length === 0) this.lineCount += 1
    else this.line(Buffer.concat(partial.kept), partial.start, this.base + end - partial.start, () => partial.endBefore)
    return end
  }

  /** Octets of the line end before the line that begins here: 0 at the message's start, 1 for LF, 2 for CRLF. */
  private lineEndBefore(chunk: Buffer, position: number): number {
    const last = position > 0 ? chunk[position - 1] : this.lastOctet
    if (last !== lf) return 0
    const lastButOne = position > 1 ? chunk[position - 2] : position === 1 ? this.lastOctet : this.lastButOne
    return lastButOne === cr ? 2 : 1
  }

  /** `octets` may be cut short; `length` is the whole line's. Only the last line may lack its end. */
  private line(octets: Buffer, start: number, length: number, endBefore: () => number, terminated = true): void {
    const complete = octets.length === length
    let contentLength = octets.length
    if (complete && terminated) contentLength -= octets[contentLength - 2] === cr ? 2 : 1
    const content = octets.subarray(0, contentLength)
    const linesBefore = this.lineCount
    if (terminated) this.lineCount += 1
    if (
      content[0] === dash &&
      content[1] === dash &&
      this.delimiter(content, start, start + length, linesBefore, endBefore)
    )
      return
    const { collector } = this.innermost
    if (collector === null) return
    if (content.length === 0 && complete) this.finishHeader(start + length)
    else collector.line(content)
  }

  private delimiter(
    content: Buffer,
    start: number,
    end: number,
    linesBefore: number,
    endBefore: () => number,
  ): boolean {
    if (this.boundaries.size === 0 || content.length > limits.boundary + 1_000) return false
    const text = content.toString('latin1', 2).trimEnd()
    let level = this.boundaries.get(text)
    const closing = level === undefined && text.endsWith('--')
    if (closing) level = this.boundaries.get(text.slice(0, -2))
    if (level === undefined) return false
    const stripped = endBefore()
    // The line end may also be the one of the header's empty line, or of the delimiter before: `close` keeps ranges in order.
    this.closeDownTo(level + 1, start - stripped, linesBefore - (stripped > 0 ? 1 : 0))
    const entity = this.open[level]!
    if (closing) {
      this.boundaries.delete(entity.boundary!)
      entity.boundary = null
    } else if (this.parts >= limits.parts) this.boundaries.clear()
    else {
      const ofDigest = entity.part.subtype.toLowerCase() === 'digest'
      entity.part.children.push(this.begin(end, false, ofDigest))
    }
    return true
  }

  private begin(at: number, isMessage: boolean, inDigest: boolean): MimePart {
    const part = emptyPart(at, inDigest)
    this.parts += 1
    this.open.push({
      part,
      collector: new FieldCollector(isMessage, this.budget),
      linesBefore: this.lineCount,
      boundary: null,
    })
    return part
  }

  private finishHeader(bodyStart: number): void {
    const entity = this.innermost
    const level = this.open.length - 1
    const { part, collector } = entity
    collector!.finish()
    entity.collector = null
    entity.linesBefore = this.lineCount
    part.header.end = part.body.start = part.body.end = bodyStart
    if (collector!.ofMessage) part.fields = collector!.fields
    describePart(part, collector!.fields)
    const type = part.type.toLowerCase()
    const nests = type === 'multipart' || isMessagePart(part)
    if (!nests) return
    if (level + 1 >= limits.depth || this.parts >= limits.parts) return makeOpaque(part)
    if (type !== 'multipart') {
      part.message = this.begin(bodyStart, true, false)
      return
    }
    const boundary = parameter(part.parameters, 'boundary')?.trimEnd()
    // A boundary that is open further out ends that one (RFC 2046 section 5.1.2): this part will have no children.
    if (boundary === undefined || boundary === '' || boundary.length > limits.boundary) return
    if (this.boundaries.has(boundary)) return
    entity.boundary = boundary
    this.boundaries.set(boundary, level)
  }

  private closeDownTo(level: number, end: number, lines: number): void {
    while (this.open.length > level) {
      const entity = this.innermost
      if (entity.collector !== null) {
        // The header never came to its empty line.
        const headerEnd = Math.max(entity.part.header.start, end)
        const message = entity.part.message
        this.finishHeader(headerEnd)
        entity.linesBefore = lines
        if (entity.part.message !== message) continue
      }
      this.open.pop()
      if (entity.boundary !== null) this.boundaries.delete(entity.boundary)
      this.close(entity, end, lines)
    }
  }

  private close({ part, linesBefore }: Entity, end: number, lines: number): void {
    part.body.end = Math.max(part.body.start, end)
    part.lines = part.body.end === part.body.start ? 0 : Math.max(0, lines - linesBefore)
    const inner = part.message ?? part.children[part.children.length - 1]
    if (inner && inner.body.end > part.body.end) {
      // The line end before this boundary was the empty line of a header within, or of another boundary: there it stays.
      part.body.end = inner.body.end
      part.lines += 1
    }
    if (part.type.toLowerCase() === 'multipart' && part.children.length === 0) {
      // IMAP's grammar wants a part. Let it be the whole text, so that the user sees what there is.
      const text = emptyPart(part.body.start, false)
      text.body = { ...part.body }
      text.lines = part.lines
      part.children.push(text)
    }
  }
}

/** RFC 2046 section 5.2.1, RFC 6532 section 3.7. */
const isMessagePart = (part: MimePart): boolean =>
  part.type.toLowerCase() === 'message' && ['rfc822', 'global'].includes(part.subtype.toLowerCase())

function makeOpaque(part: MimePart): void {
  part.type = 'application'
  part.subtype = 'octet-stream'
  part.parameters = []
}
