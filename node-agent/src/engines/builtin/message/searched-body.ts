/**
 * The texts of a message's body as SEARCH compares them, folded, one at a time: its text parts, decoded, then the headers of its parts
 * and of messages within it, which name the attachments. Parts that are no text are not looked into. Both the search that reads
 * messages and the full-text index take them from here, so that they agree. Lines are folded away: only header texts hold an LF,
 * between fields.
 */
import { decodedText, textParts } from './decoded-text.js'
import { foldText } from './fold-text.js'
import type { MimePart, Range } from './mime-part.js'
import { parseSource, type OctetSource } from './parse-message.js'
import { maxSearchedHeader, parseSearchedHeader } from './searched-header.js'

/** Of each part, before decoding: a longer text is searched this far. */
const maxPart = 4 * 1024 * 1024

export async function* searchedBodyTexts(source: OctetSource): AsyncGenerator<string> {
  const structure = await parseSource(source)
  for (const part of textParts(structure)) yield foldText(await decodedText(source, part, maxPart))
  for (const { start, end } of innerHeaders(structure)) {
    const octets = await source.read(start, Math.min(end - start, maxSearchedHeader))
    yield parseSearchedHeader(octets).text
  }
}

function innerHeaders(message: MimePart): Range[] {
  const ranges: Range[] = []
  const visit = (part: MimePart): void => {
    for (const child of part.children) {
      ranges.push(child.header)
      visit(child)
    }
    if (!part.message) return
    ranges.push(part.message.header)
    visit(part.message)
  }
  visit(message)
  return ranges.filter(({ start, end }) => end > start)
}
