/**
 * Runs a search over a session's view of its mailbox in steps of rising cost: what the view knows, the store's summaries,
 * the full-text index, headers, bodies. Each message is read only as far as its verdict needs. Ends early when the client leaves.
 */
import { readSearchedHeader } from '../../message/index.js'
import type { ContentReader, MessageColumn } from '../../store/mail-store.js'
import { emailObjectId } from '../object-id.js'
import type { Progress } from '../progress.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import { giveWay } from '../stored-messages.js'
import {
  bodyTexts,
  compileSearch,
  keysOf,
  type Candidate,
  type Evaluate,
  type SummaryMatches,
  type TextKey,
  type TextVerdicts,
} from './evaluate.js'
import { findInBody } from './search-body.js'
import { mentions, type SearchKey } from './search-keys.js'

const batchSize = 1_000
/** Reading a few messages takes less than asking the index. */
const minIndexed = 8

/** Indexes of the messages that meet the key, ascending. */
export async function searchMessages(session: Session, selected: SelectedMailbox, key: SearchKey): Promise<number[]> {
  const evaluate = compileSearch(key, selected)
  const found: number[] = []
  let open: Candidate[] = []
  for (let index = 0; index < selected.count; index++) {
    const candidate = candidateOf(selected, index)
    const verdict = selected.isGone(candidate.uid) ? false : evaluate(candidate)
    if (verdict) found.push(index)
    else if (verdict === undefined) open.push(candidate)
    if (index % (batchSize * 10) === 0) await giveWay(session)
  }
  for (const step of [readSummaries, readColumns, askIndex]) {
    if (open.length === 0) break
    if (await step(session, selected, key, open)) open = settle(open, evaluate, found)
  }
  for (let start = 0; start < open.length; start += batchSize) {
    const progress = { done: start, goal: open.length }
    await readContents(session, selected, key, open.slice(start, start + batchSize), evaluate, found, progress)
  }
  return found.sort((a, b) => a - b)
}

const candidateOf = (selected: SelectedMailbox, index: number): Candidate => ({
  number: index + 1,
  uid: selected.uids[index]!,
  flags: selected.flags[index]!,
  modSeq: selected.modSeqs[index]!,
  recent: selected.isRecent(index),
})

/** Puts those that meet the key into `found` and answers those that are still undecided. */
function settle(open: readonly Candidate[], evaluate: Evaluate, found: number[]): Candidate[] {
  return open.filter((candidate) => {
    const verdict = evaluate(candidate)
    if (verdict) found.push(candidate.number - 1)
    return verdict === undefined
  })
}

/** Answers whether the candidates know more by now. */
type Step = (
  session: Session,
  selected: SelectedMailbox,
  key: SearchKey,
  open: readonly Candidate[],
) => Promise<boolean>

const readSummaries: Step = async (session, selected, key, open) => {
  const keys = keysOf(key, 'SUMMARY')
  if (keys.length === 0) return false
  const summaries = new Map<SearchKey, SummaryMatches>()
  const mailbox = { id: selected.info.id, uidValidity: selected.uidValidity }
  const uids = [...selected.uids]
  for (const summary of keys)
    summaries.set(
      summary,
      await session.context.summaries.find(mailbox, uids, summary.field, summary.text, () => giveWay(session)),
    )
  for (const candidate of open) candidate.summaries = summaries
  return true
}

const columnsFor: Partial<Record<SearchKey['type'], MessageColumn>> = {
  RECEIVED: 'receivedAt',
  SAVEDATE: 'savedAt',
  AGE: 'receivedAt',
  SIZE: 'size',
  SENT: 'envelopeStart',
}

const readColumns: Step = async (session, selected, key, open) => {
  const { store } = session.context
  const names = Object.entries(columnsFor).flatMap(([type, column]) =>
    mentions(key, type as SearchKey['type']) ? [column] : [],
  )
  const columns = [...new Set(names)]
  const named = mentions(key, 'EMAILID')
  if (columns.length === 0 && !named) return false
  const byUid = new Map(open.map((candidate) => [candidate.uid, candidate]))
  const uids = [...byUid.keys()]
  for (let start = 0; start < uids.length; start += batchSize) {
    const batch = uids.slice(start, start + batchSize)
    const rows = await store.columns(selected.info.id, batch, columns)
    rows.uids.forEach((uid, row) => {
      const candidate = byUid.get(uid)
      if (candidate)
        candidate.stored = {
          receivedAt: rows.receivedAt?.[row] ?? 0,
          savedAt: rows.savedAt?.[row] ?? 0,
          size: rows.size?.[row] ?? 0,
          envelopeStart: rows.envelopeStart?.[row] ?? '',
          objectId: '',
        }
    })
    if (named)
      for (const message of await store.messages(selected.info.id, batch))
        Object.assign(byUid.get(message.uid)?.stored ?? {}, { objectId: emailObjectId(message) })
    await giveWay(session)
  }
  return true
}

/** One answer for the whole mailbox: what a text costs depends little on how many messages are asked about. */
const askIndex: Step = async (session, selected, key, open) => {
  const keys: TextKey[] = [...keysOf(key, 'BODY'), ...keysOf(key, 'TEXT')]
  if (keys.length === 0 || open.length < minIndexed) return false
  const { known, found } = await session.context.store.findText(
    selected.info.id,
    keys.map(({ type, text }) => ({ text, inHeader: type === 'TEXT' })),
  )
  if (known.size === 0) return false
  const byKey = new Map(keys.map((text, index) => [text, found[index]]))
  const verdicts: TextVerdicts = (text, uid) => (known.has(uid) ? byKey.get(text)?.has(uid) : undefined)
  for (const candidate of open) candidate.texts = verdicts
  return true
}

async function readContents(
  session: Session,
  selected: SelectedMailbox,
  key: SearchKey,
  open: readonly Candidate[],
  evaluate: Evaluate,
  found: number[],
  progress: Progress,
): Promise<void> {
  const { store } = session.context
  const texts = [...new Set(bodyTexts(key))]
  const uids = open.map(({ uid }) => uid)
  const rows = await store.columns(selected.info.id, uids, ['headerSize'])
  const headerSizes = new Map(rows.uids.map((uid, row) => [uid, rows.headerSize![row]!]))
  for (const candidate of open) {
    await giveWay(session, progress)
    progress.done++
    const headerSize = headerSizes.get(candidate.uid)
    const reader = headerSize === undefined ? null : await store.open(selected.info.id, candidate.uid)
    if (!reader) continue
    try {
      candidate.header = await readSearchedHeader(reader, headerSize!)
      if (await readContent(session, reader, candidate, evaluate, texts)) found.push(candidate.number - 1)
    } finally {
      await reader.close()
    }
  }
}

async function readContent(
  session: Session,
  reader: ContentReader,
  candidate: Candidate,
  evaluate: Evaluate,
  texts: string[],
): Promise<boolean> {
  const verdict = evaluate(candidate)
  if (verdict !== undefined) return verdict
  candidate.bodyHolds = await session.context.bodySearches.run(() => findInBody(reader, texts))
  return evaluate(candidate) === true
}
