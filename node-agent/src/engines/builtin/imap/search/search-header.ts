/** A message's header as SEARCH compares it: fields unfolded, encoded words decoded (RFC 2047), text folded. */
import libmime from 'libmime'
import type { ContentReader } from '../../store/mail-store.js'
import { splitFields } from '../fetch/header-fields.js'
import type { SearchedHeader } from './evaluate.js'
import { foldText } from './fold-text.js'

/** Headers are searched up to here. */
const maxHeader = 256 * 1024

export async function readHeader(reader: ContentReader, headerSize: number): Promise<SearchedHeader> {
  return parseHeader(await reader.read(0, Math.min(headerSize, maxHeader)))
}

export function parseHeader(octets: Buffer): SearchedHeader {
  const fields = [...splitFields(octets)].map(({ name, octets: field }) => ({ name, value: decodeField(field) }))
  return {
    values: (name) => fields.filter((field) => field.name === name).map(({ value }) => value),
    get text() {
      return fields.map(({ name, value }) => `${name.toLowerCase()}: ${value}`).join('\n')
    },
  }
}

function decodeField(field: Buffer): string {
  // Raw UTF-8 (RFC 6532) as it is; encoded words are ASCII.
  const text = field.toString('utf8').replace(/\r?\n(?=[ \t])/g, '')
  const value = text.slice(text.indexOf(':') + 1)
  return foldText(value.includes('=?') ? decodeWords(value) : value).trim()
}

function decodeWords(value: string): string {
  try {
    return libmime.decodeWords(value)
  } catch {
    return value
  }
}
