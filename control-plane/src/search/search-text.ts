/** What was typed, as it is looked for. */
import { normalizeAddress, normalizeDomain } from '@mailfleet/schema'
import { invalidInput } from '../platform/errors.js'
import { storableText } from '../platform/storable-text.js'

/** With fewer there is no trigram in it, and every row would have to be looked at. */
const minLetters = 3
const maxLength = 320

export interface SearchText {
  /** As typed, in lower case. */
  plain: string
  /** Without marks. */
  folded: string
  /** A whole address or domain with its domain in A-labels; else as `plain`. */
  ascii: string
}

export function parseSearchText(typed: string): SearchText {
  const plain = storableText(typed.slice(0, maxLength)).normalize('NFC').trim().toLowerCase()
  const letters = folded(plain).match(/[\p{L}\p{N}]/gu) ?? []
  if (letters.length < minLetters) {
    throw invalidInput(['text'], `At least ${minLetters} letters or digits.`, { min: minLetters })
  }
  const normal = plain.includes('@') ? normalizeAddress(plain) : normalizeDomain(plain)
  return { plain, folded: folded(plain), ascii: normal ?? plain }
}

/** As `search_folded` of the database. Vietnamese đ is a letter of its own to Unicode, and no d with a mark. */
export const folded = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('đ', 'd')
    .normalize('NFC')
