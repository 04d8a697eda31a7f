/**
 * Looks for texts in a message's body: in its text parts, decoded, and in the headers of its parts and of messages within it.
 * Parts that are no text are not looked into.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  decodedText,
  parseSource,
  textParts,
  type MimePart,
  type OctetSource,
  type Range,
} from '../../message/index.js'
import { foldText, holdsText } from './fold-text.js'
import { maxSearchedHeader, parseHeader } from './search-header.js'

/** Of each part, before decoding: a longer text is searched this far. */
const maxPart = 4 * 1024 * 1024
/** Octets decoded before other sessions get their turn. */
const turn = 256 * 1024

/** Those of the folded texts that the body holds. */
export async function findInBody(source: OctetSource, texts: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const search = (folded: string): void => {
    for (const text of texts) if (holdsText(folded, text)) found.add(text)
  }
  const structure = await parseSource(source)
  let sinceTurn = 0
  for (const part of textParts(structure)) {
    search(foldText(await decodedText(source, part, maxPart)))
    if (found.size === texts.length) return found
    sinceTurn += part.body.end - part.body.start
    if (sinceTurn < turn) continue
    sinceTurn = 0
    await nextTurn()
  }
  for (const { start, end } of innerHeaders(structure)) {
    const octets = await source.read(start, Math.min(end - start, maxSearchedHeader))
    search(parseHeader(octets).text)
    if (found.size === texts.length) break
  }
  return found
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
