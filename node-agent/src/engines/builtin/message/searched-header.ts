/** A message's header as SEARCH compares it: fields unfolded, encoded words decoded (RFC 2047), text folded. */
import { decodeHeaderText } from './encoded-words.js'
import { foldText } from './fold-text.js'
import { splitFields } from './header-fields.js'
import type { OctetSource } from './parse-message.js'

export interface SearchedHeader {
  /** Decoded and folded values by field name in capitals. */
  values(field: string): string[]
  /** The whole header, decoded and folded. */
  text: string
}

/** Headers are searched up to here. */
export const maxSearchedHeader = 256 * 1024

export async function readSearchedHeader(source: OctetSource, headerSize: number): Promise<SearchedHeader> {
  return parseSearchedHeader(await source.read(0, Math.min(headerSize, maxSearchedHeader)))
}

export function parseSearchedHeader(octets: Buffer): SearchedHeader {
  const fields = [...splitFields(octets)].map(({ name, octets: field }) => ({ name, value: decodeField(field) }))
  return {
    values: (name) => fields.filter((field) => field.name === name).map(({ value }) => value),
    get text() {
      return fields.map(({ name, value }) => `${name.toLowerCase()}: ${value}`).join('\n')
    },
  }
}

function decodeField(field: Buffer): string {
  const text = field.toString('latin1')
  return foldText(decodeHeaderText(text.slice(text.indexOf(':') + 1).replace(/\r?\n/g, ''))).trim()
}
