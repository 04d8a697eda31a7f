/**
 * Whether a message meets a search key, as far as is known of it: true, false, or undefined where more of the message
 * must be read. So cheap keys spare the reading for dear ones, wherever they stand in the command.
 */
import type { Flags } from '../../store/mail-store.js'
import { dayOf, dayOfDateField } from '../codec/date-time.js'
import { contains, type Range } from '../codec/sequence-set.js'
import type { Comparison, SearchKey } from './search-keys.js'
import { holdsText, type SearchedHeader } from '../../message/index.js'

/** What of a message has been read so far. */
export interface Candidate {
  number: number
  uid: number
  flags: Flags
  modSeq: number
  recent: boolean
  stored?: StoredValues
  summaries?: ReadonlyMap<SearchKey, SummaryMatches>
  texts?: TextVerdicts
  header?: SearchedHeader
  /** Whether the decoded bodies hold each of the texts that the search asks for. */
  bodyHolds?: ReadonlySet<string>
}

/** What the store's columns tell of a message. */
export interface StoredValues {
  receivedAt: number
  savedAt: number
  size: number
  /** Begins with the Date field. */
  envelopeStart: string
  /** Set where a key asks for it. */
  objectId: string
}

/** What the full-text index tells of a text in a message; undefined where only the message does. */
export type TextVerdicts = (key: TextKey, uid: number) => boolean | undefined
export type TextKey = Extract<SearchKey, { type: 'BODY' | 'TEXT' }>

/** The UIDs whose summary holds the text of a key, and those of which the summary does not tell all. */
export interface SummaryMatches {
  found: ReadonlySet<number>
  incomplete: ReadonlySet<number>
}

/** What of the session's view a search refers to: sets with `*` resolved, and the UIDs that `$` stands for. */
export interface SearchedView {
  readonly saved: readonly Range[]
  resolveUids(set: readonly Range[]): Range[]
  resolveSequence(set: readonly Range[]): Range[]
}

type Verdict = boolean | undefined
export type Evaluate = (candidate: Candidate) => Verdict

export function compileSearch(key: SearchKey, view: SearchedView): Evaluate {
  switch (key.type) {
    case 'ALL':
      return () => true
    case 'AND':
      return every(key.keys.map((inner) => compileSearch(inner, view)))
    case 'OR':
      return some(key.keys.map((inner) => compileSearch(inner, view)))
    case 'NOT': {
      const inner = compileSearch(key.key, view)
      return (candidate) => negate(inner(candidate))
    }
    case 'RECENT':
      return ({ recent }) => recent
    case 'FLAG': {
      const flag = key.flag.toLowerCase()
      return ({ flags }) => flags.some((set) => set.toLowerCase() === flag) === key.set
    }
    case 'SEQUENCE': {
      const ranges = view.resolveSequence(key.set)
      return ({ number }) => contains(ranges, number)
    }
    case 'UID': {
      const ranges = view.resolveUids(key.set)
      return ({ uid }) => contains(ranges, uid)
    }
    case 'SAVED': {
      const { saved } = view
      return ({ uid }) => contains(saved, uid)
    }
    case 'EMAILID':
      return ({ stored }) => stored && stored.objectId === key.objectId
    case 'THREADID':
      return () => false
    case 'MODSEQ':
      return ({ modSeq }) => modSeq >= key.modSeq
    case 'RECEIVED':
      return ({ stored }) => stored && compare(dayOf(stored.receivedAt), key.comparison, key.day)
    case 'SAVEDATE':
      return ({ stored }) => stored && compare(dayOf(stored.savedAt), key.comparison, key.day)
    case 'SENT':
      return ({ stored }) => stored && compareSent(stored, key.comparison, key.day)
    case 'AGE': {
      // RFC 5032: measured from the moment of the search, the same for all messages.
      const limit = Date.now() - key.seconds * 1000
      return ({ stored }) =>
        stored && (key.comparison === 'OLDER' ? stored.receivedAt <= limit : stored.receivedAt >= limit)
    }
    case 'SIZE':
      return ({ stored }) =>
        stored && (key.comparison === 'LARGER' ? stored.size > key.octets : stored.size < key.octets)
    case 'SUMMARY':
      return (candidate) => inSummary(candidate, key)
    case 'HEADER':
      return ({ header }) => header && header.values(key.field).some((value) => holdsText(value, key.text))
    case 'BODY':
      return ({ uid, texts, bodyHolds }) => texts?.(key, uid) ?? (bodyHolds && bodyHolds.has(key.text))
    case 'TEXT':
      return ({ uid, texts, header, bodyHolds }) =>
        texts?.(key, uid) ?? (header && holdsText(header.text, key.text) ? true : bodyHolds && bodyHolds.has(key.text))
  }
}

const negate = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict)

const every =
  (parts: Evaluate[]): Evaluate =>
  (candidate) => {
    let verdict: Verdict = true
    for (const part of parts) {
      const one = part(candidate)
      if (one === false) return false
      if (one === undefined) verdict = undefined
    }
    return verdict
  }

const some =
  (parts: Evaluate[]): Evaluate =>
  (candidate) => {
    let verdict: Verdict = false
    for (const part of parts) {
      const one = part(candidate)
      if (one === true) return true
      if (one === undefined) verdict = undefined
    }
    return verdict
  }

function compare(day: number, comparison: Comparison, with_: number): boolean {
  if (comparison === 'ON') return day === with_
  return comparison === 'BEFORE' ? day < with_ : day >= with_
}

const envelopeDate = /^\("((?:[^"\\]|\\.)*)"/

/**
 * The day as its writer saw it, which `sentAt`, a moment in UTC, does not tell: from the Date field, which the ENVELOPE
 * begins with. Without a readable Date: no match.
 */
function compareSent({ envelopeStart }: StoredValues, comparison: Comparison, with_: number): boolean {
  const field = envelopeDate.exec(envelopeStart)
  const day = field ? dayOfDateField(field[1]!) : null
  return day !== null && compare(day, comparison, with_)
}

type SummaryKey = Extract<SearchKey, { type: 'SUMMARY' }>

function inSummary({ uid, header, summaries }: Candidate, key: SummaryKey): Verdict {
  if (header) return header.values(key.field.toUpperCase()).some((value) => holdsText(value, key.text))
  const matches = summaries?.get(key)
  if (!matches) return undefined
  if (matches.found.has(uid)) return true
  return matches.incomplete.has(uid) ? undefined : false
}

/** The keys of a type that a search holds. */
export function keysOf<Type extends SearchKey['type']>(
  key: SearchKey,
  type: Type,
): Extract<SearchKey, { type: Type }>[] {
  if (key.type === type) return [key as Extract<SearchKey, { type: Type }>]
  if (key.type === 'NOT') return keysOf(key.key, type)
  return key.type === 'AND' || key.type === 'OR' ? key.keys.flatMap((inner) => keysOf(inner, type)) : []
}

/** The texts that are looked for in bodies. */
export function bodyTexts(key: SearchKey): string[] {
  if (key.type === 'BODY' || key.type === 'TEXT') return [key.text]
  if (key.type === 'NOT') return bodyTexts(key.key)
  return key.type === 'AND' || key.type === 'OR' ? key.keys.flatMap(bodyTexts) : []
}
