/**
 * The texts of one message, as the index takes them. Bounded in length and time: a message beyond that is not indexed, and searches
 * read it.
 */
import { readSearchedHeader, searchedBodyTexts, type OctetSource } from '../../message/index.js'

export interface SearchedTexts {
  header: string
  body: string
}

/** Characters of a message. */
const maxText = 512 * 1024
/** Octets of a message: attachments cost reading them. */
const maxSize = 64 * 1024 * 1024
const maxMilliseconds = 2_000

/** Null beyond the bounds. */
export async function searchedTexts(source: OctetSource, headerSize: number): Promise<SearchedTexts | null> {
  if (source.size > maxSize) return null
  const deadline = Date.now() + maxMilliseconds
  const header = (await readSearchedHeader(source, headerSize)).text
  const bodies: string[] = []
  let length = header.length
  for await (const text of searchedBodyTexts(source)) {
    length += text.length
    if (length > maxText || Date.now() > deadline) return null
    bodies.push(text)
  }
  return { header, body: bodies.join('\n') }
}
