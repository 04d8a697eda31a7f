/** The keys of SEARCH (RFC 3501 section 6.4.4, RFC 5032, RFC 7162 section 3.1.5, RFC 8474), parsed into a tree. */
import { decodeUtf8, type ArgumentCursor } from '../codec/argument-cursor.js'
import { parseDate } from '../codec/date-time.js'
import { parseSequenceSet, type Range } from '../codec/sequence-set.js'
import { bad } from '../errors.js'
import { foldText } from '../../message/index.js'

export type Comparison = 'BEFORE' | 'ON' | 'SINCE'

export type SearchKey =
  | { type: 'ALL' }
  | { type: 'AND'; keys: SearchKey[] }
  | { type: 'OR'; keys: [SearchKey, SearchKey] }
  | { type: 'NOT'; key: SearchKey }
  | { type: 'RECENT' }
  | { type: 'FLAG'; flag: string; set: boolean }
  | { type: 'SEQUENCE'; set: Range[] }
  | { type: 'UID'; set: Range[] }
  | { type: 'SAVED' }
  | { type: 'RECEIVED' | 'SAVEDATE' | 'SENT'; comparison: Comparison; day: number }
  | { type: 'AGE'; comparison: 'OLDER' | 'YOUNGER'; seconds: number }
  | { type: 'SIZE'; comparison: 'LARGER' | 'SMALLER'; octets: number }
  | { type: 'SUMMARY'; field: 'subject' | 'from' | 'to' | 'cc'; text: string }
  | { type: 'HEADER'; field: string; text: string }
  | { type: 'BODY' | 'TEXT'; text: string }
  | { type: 'EMAILID' | 'THREADID'; objectId: string }
  | { type: 'MODSEQ'; modSeq: number }

type KeyReader = (args: ArgumentCursor, depth: number) => SearchKey

/** Bounds recursion. */
const maxDepth = 50

const flag =
  (name: string, set: boolean): KeyReader =>
  () => ({ type: 'FLAG', flag: name, set })

const keyword =
  (set: boolean): KeyReader =>
  (args) => {
    args.space()
    return { type: 'FLAG', flag: args.atom(), set }
  }

const date =
  (type: 'RECEIVED' | 'SAVEDATE' | 'SENT', comparison: Comparison): KeyReader =>
  (args) => {
    args.space()
    const day = parseDate(args.peek() === '"' ? args.string().toString('latin1') : args.atom())
    if (day === null) throw bad('Malformed date')
    return { type, comparison, day }
  }

const objectId =
  (type: 'EMAILID' | 'THREADID'): KeyReader =>
  (args) => {
    args.space()
    const match = args.match(/[A-Za-z0-9_-]{1,255}(?=$|[ )])/y)
    if (!match) throw bad('Expected an object identifier')
    return { type, objectId: match[0] }
  }

const age =
  (comparison: 'OLDER' | 'YOUNGER'): KeyReader =>
  (args) => {
    args.space()
    const seconds = args.number()
    if (seconds === 0) throw bad('Expected a number above zero')
    return { type: 'AGE', comparison, seconds }
  }

const size =
  (comparison: 'LARGER' | 'SMALLER'): KeyReader =>
  (args) => {
    args.space()
    return { type: 'SIZE', comparison, octets: args.number() }
  }

const summary =
  (field: 'subject' | 'from' | 'to' | 'cc'): KeyReader =>
  (args) => ({ type: 'SUMMARY', field, text: readText(args) })

const header =
  (field: string): KeyReader =>
  (args) => ({ type: 'HEADER', field, text: readText(args) })

const keys: Record<string, KeyReader> = {
  ALL: () => ({ type: 'ALL' }),
  ANSWERED: flag('\\Answered', true),
  UNANSWERED: flag('\\Answered', false),
  DELETED: flag('\\Deleted', true),
  UNDELETED: flag('\\Deleted', false),
  DRAFT: flag('\\Draft', true),
  UNDRAFT: flag('\\Draft', false),
  FLAGGED: flag('\\Flagged', true),
  UNFLAGGED: flag('\\Flagged', false),
  SEEN: flag('\\Seen', true),
  UNSEEN: flag('\\Seen', false),
  RECENT: () => ({ type: 'RECENT' }),
  NEW: () => ({ type: 'AND', keys: [{ type: 'RECENT' }, { type: 'FLAG', flag: '\\Seen', set: false }] }),
  OLD: () => ({ type: 'NOT', key: { type: 'RECENT' } }),
  KEYWORD: keyword(true),
  UNKEYWORD: keyword(false),
  BEFORE: date('RECEIVED', 'BEFORE'),
  ON: date('RECEIVED', 'ON'),
  SINCE: date('RECEIVED', 'SINCE'),
  SAVEDBEFORE: date('SAVEDATE', 'BEFORE'),
  SAVEDON: date('SAVEDATE', 'ON'),
  SAVEDSINCE: date('SAVEDATE', 'SINCE'),
  // RFC 8514 section 4.3: true where the mailbox keeps the date, as all do.
  SAVEDATESUPPORTED: () => ({ type: 'ALL' }),
  SENTBEFORE: date('SENT', 'BEFORE'),
  SENTON: date('SENT', 'ON'),
  SENTSINCE: date('SENT', 'SINCE'),
  OLDER: age('OLDER'),
  YOUNGER: age('YOUNGER'),
  LARGER: size('LARGER'),
  SMALLER: size('SMALLER'),
  SUBJECT: summary('subject'),
  FROM: summary('from'),
  TO: summary('to'),
  CC: summary('cc'),
  BCC: header('BCC'),
  BODY: (args) => ({ type: 'BODY', text: readText(args) }),
  TEXT: (args) => ({ type: 'TEXT', text: readText(args) }),
  HEADER: (args) => {
    args.space()
    const field = args.astring().toString('latin1').toUpperCase()
    return { type: 'HEADER', field, text: readText(args) }
  },
  UID: (args) => {
    args.space()
    if (args.take('$')) return { type: 'SAVED' }
    return { type: 'UID', set: args.sequenceSet() }
  },
  EMAILID: objectId('EMAILID'),
  THREADID: objectId('THREADID'),
  MODSEQ: (args) => {
    args.space()
    // The entry name and its type choose among per-flag sequences, which this store does not keep (RFC 7162 section 3.1.5).
    if (args.peek() === '"') {
      args.string()
      args.space()
      if (!['PRIV', 'SHARED', 'ALL'].includes(args.keyword())) throw bad('Expected priv, shared or all')
      args.space()
    }
    return { type: 'MODSEQ', modSeq: args.modSeq() }
  },
  NOT: (args, depth) => {
    args.space()
    return { type: 'NOT', key: readKey(args, depth + 1) }
  },
  OR: (args, depth) => {
    args.space()
    const first = readKey(args, depth + 1)
    args.space()
    return { type: 'OR', keys: [first, readKey(args, depth + 1)] }
  },
}

/** Keys to the end of the command, all of which must hold. */
export function readSearchKeys(args: ArgumentCursor): SearchKey {
  const all: SearchKey[] = []
  do all.push(readKey(args, 0))
  while (args.take(' '))
  args.end()
  return { type: 'AND', keys: all }
}

function readKey(args: ArgumentCursor, depth: number): SearchKey {
  if (depth > maxDepth) throw bad('The search is nested too deeply')
  if (args.peek() === '(') {
    const keys = args.list(() => readKey(args, depth + 1))
    if (keys.length === 0) throw bad('Expected a search key')
    return { type: 'AND', keys }
  }
  if (args.take('$')) return { type: 'SAVED' }
  const set = args.match(/[\d*][\d*:,]*(?=$|[ )])/y)
  if (set) {
    const ranges = parseSequenceSet(set[0])
    if (!ranges) throw bad('Malformed sequence set')
    return { type: 'SEQUENCE', set: ranges }
  }
  const name = args.keyword()
  if (!Object.hasOwn(keys, name)) throw bad('Unknown search key')
  return keys[name]!(args, depth)
}

function readText(args: ArgumentCursor): string {
  args.space()
  return foldText(decodeUtf8(args.astring()))
}

/** Whether a key, or one inside it, is of the given type. */
export function mentions(key: SearchKey, type: SearchKey['type']): boolean {
  if (key.type === type) return true
  if (key.type === 'NOT') return mentions(key.key, type)
  return key.type === 'AND' || key.type === 'OR' ? key.keys.some((inner) => mentions(inner, type)) : false
}
