/**
 * Runs a search over a session's view of its mailbox in steps of rising cost: what the view knows, the store's summaries,
 * headers, bodies. Each message is read only as far as its verdict needs. Ends early when the client leaves.
 */
import type { ContentReader } from '../../store/mail-store.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import { giveWay } from '../stored-messages.js'
import { bodyTexts, compileSearch, type Candidate, type Evaluate } from './evaluate.js'
import { findInBody } from './search-body.js'
import { readHeader } from './search-header.js'
import type { SearchKey } from './search-keys.js'

const batchSize = 200

/** Indexes of the messages that meet the key, ascending. */
export async function searchMessages(session: Session, selected: SelectedMailbox, key: SearchKey): Promise<number[]> {
  const evaluate = compileSearch(key, selected)
  const texts = [...new Set(bodyTexts(key))]
  const found: number[] = []
  for (let start = 0; start < selected.count; start += batchSize) {
    const open: Candidate[] = []
    const end = Math.min(start + batchSize, selected.count)
    for (let index = start; index < end; index++) {
      const candidate = candidateOf(selected, index)
      const verdict = selected.isGone(candidate.uid) ? false : evaluate(candidate)
      if (verdict) found.push(index)
      else if (verdict === undefined) open.push(candidate)
    }
    if (open.length > 0) found.push(...(await readOn(session, selected, open, evaluate, texts)))
    if (start % (batchSize * 50) === 0 || open.length > 0) await giveWay(session)
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

async function readOn(
  session: Session,
  selected: SelectedMailbox,
  open: Candidate[],
  evaluate: Evaluate,
  texts: string[],
): Promise<number[]> {
  const { store } = session.context
  const byUid = new Map(open.map((candidate) => [candidate.uid, candidate]))
  const found: number[] = []
  const undecided: Candidate[] = []
  for (const stored of await store.messages(selected.info.id, [...byUid.keys()])) {
    const candidate = byUid.get(stored.uid)!
    candidate.stored = stored
    const verdict = evaluate(candidate)
    if (verdict) found.push(candidate.number - 1)
    else if (verdict === undefined) undecided.push(candidate)
  }
  for (const candidate of undecided) {
    await giveWay(session)
    const reader = await store.open(selected.info.id, candidate.uid)
    if (!reader) continue
    try {
      if (await readContent(session, reader, candidate, evaluate, texts)) found.push(candidate.number - 1)
    } finally {
      await reader.close()
    }
  }
  return found
}

async function readContent(
  session: Session,
  reader: ContentReader,
  candidate: Candidate,
  evaluate: Evaluate,
  texts: string[],
): Promise<boolean> {
  candidate.header = await readHeader(reader, candidate.stored!.headerSize)
  const verdict = evaluate(candidate)
  if (verdict !== undefined) return verdict
  candidate.bodyHolds = await session.context.bodySearches.run(() => findInBody(reader, texts))
  return evaluate(candidate) === true
}
