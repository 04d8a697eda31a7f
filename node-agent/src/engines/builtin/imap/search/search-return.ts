/**
 * The answer to a search: SEARCH, or ESEARCH with what RETURN asks for (RFC 4731, RFC 7162 section 3.1.5), and what `$` stands for
 * after it (RFC 5182).
 */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { formatString } from '../codec/response-text.js'
import { formatSequenceSet, rangesOf, type Range } from '../codec/sequence-set.js'
import { bad } from '../errors.js'
import type { SelectedMailbox } from '../selected-mailbox.js'

const options = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'] as const
export type ReturnOption = (typeof options)[number]

/** `RETURN (...) `, or null where the client wants a SEARCH response. An empty list stands for ALL. */
export function readReturn(args: ArgumentCursor): ReturnOption[] | null {
  if (!args.match(/RETURN (?=\()/iy)) return null
  const wanted = args.list(() => {
    const name = args.keyword()
    const option = options.find((known) => known === name)
    if (!option) throw bad('Unknown return option')
    return option
  })
  args.space()
  return wanted.length === 0 ? ['ALL'] : wanted
}

export interface SearchResult {
  tag: string
  uid: boolean
  selected: SelectedMailbox
  indexes: number[]
  withModSeq: boolean
}

/** RFC 5182 section 2.4: what SAVE keeps depends on what is told beside it. */
export function savedBy({ selected, indexes }: SearchResult, wanted: ReturnOption[]): Range[] {
  const kept = toldIndexes(indexes, wanted.includes('MIN') || wanted.includes('MAX') ? wanted : ['ALL'])
  return rangesOf(kept.map((index) => selected.uids[index]!))
}

/** One response without its CRLF; null where nothing is to be told. */
export function formatSearch(result: SearchResult, wanted: ReturnOption[] | null): string | null {
  const { selected, indexes, uid, tag } = result
  const numbers = indexes.map((index) => (uid ? selected.uids[index]! : index + 1))
  if (!wanted) return ['* SEARCH', ...numbers, ...modSeqOf(result, numbers, null)].join(' ')
  if (wanted.every((option) => option === 'SAVE')) return null
  const values = wanted.flatMap((option) => formatOption(option, numbers))
  const prefix = `* ESEARCH (TAG ${formatString(tag)})${uid ? ' UID' : ''}`
  return [prefix, ...values, ...modSeqOf(result, numbers, wanted)].join(' ')
}

function formatOption(option: ReturnOption, numbers: number[]): string[] {
  if (option === 'COUNT') return [`COUNT ${numbers.length}`]
  if (option === 'SAVE') return []
  // RFC 4731 section 3.1: without a match, only COUNT is told.
  if (numbers.length === 0) return []
  if (option === 'ALL') return [`ALL ${formatSequenceSet(numbers)}`]
  return [option === 'MIN' ? `MIN ${numbers[0]}` : `MAX ${numbers.at(-1)}`]
}

/** The highest modification sequence among the messages that are told (RFC 4731 section 3.2). */
function modSeqOf(
  { selected, indexes, withModSeq }: SearchResult,
  numbers: number[],
  wanted: ReturnOption[] | null,
): string[] {
  if (!withModSeq || numbers.length === 0) return []
  const told = wanted ? toldIndexes(indexes, wanted) : indexes
  const highest = told.reduce((modSeq, index) => Math.max(modSeq, selected.modSeqs[index]!), 0)
  return [wanted ? `MODSEQ ${highest}` : `(MODSEQ ${highest})`]
}

/** MIN and MAX without ALL and COUNT are about two messages only. */
function toldIndexes(indexes: number[], wanted: ReturnOption[]): number[] {
  if (wanted.includes('ALL') || wanted.includes('COUNT')) return indexes
  const first = wanted.includes('MIN') ? indexes.slice(0, 1) : []
  const last = wanted.includes('MAX') ? indexes.slice(-1) : []
  return first[0] === last[0] ? first : [...first, ...last]
}
