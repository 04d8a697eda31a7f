/**
 * What a client that was away has missed (QRESYNC, RFC 7162 section 3.2): UIDs that vanished, told from what the store remembers
 * or, where it has forgotten, as all that is not there.
 */
import type { MailStore } from '../store/mail-store.js'
import { contains, formatRanges, rangesOf, type Range } from './codec/sequence-set.js'
import type { SelectedMailbox } from './selected-mailbox.js'

/** The UIDs of a sorted, disjoint set that vanished since. */
export async function vanishedSince(
  store: MailStore,
  selected: SelectedMailbox,
  modSeq: number,
  known: readonly Range[],
): Promise<Range[]> {
  const changes = await store.changesSince(selected.info.id, modSeq)
  if (!changes) return absent(selected.uids, known, selected.uidNext - 1)
  // What vanished after this session's view was taken is told later, as news.
  return rangesOf(changes.vanished.filter((uid) => contains(known, uid) && selected.indexOf(uid) < 0))
}

export const formatVanished = (vanished: readonly Range[]): string => `* VANISHED (EARLIER) ${formatRanges(vanished)}`

/** Of the known numbers up to `highest`, the ranges between those that are present (ascending). */
export function absent(present: readonly number[], known: readonly Range[], highest: number): Range[] {
  const ranges: Range[] = []
  let index = 0
  for (const { first, last } of known) {
    const end = Math.min(last, highest)
    let start = first
    while (index < present.length && present[index]! < start) index++
    for (; index < present.length && present[index]! <= end; index++) {
      if (present[index]! > start) ranges.push({ first: start, last: present[index]! - 1 })
      start = present[index]! + 1
    }
    if (start <= end) ranges.push({ first: start, last: end })
  }
  return ranges
}
