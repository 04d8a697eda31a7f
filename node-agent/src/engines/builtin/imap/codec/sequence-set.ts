/**
 * Sequence sets (RFC 3501 section 9, `sequence-set`): parsed into disjoint, ascending ranges, so that a hostile set costs
 * no more than its own length, however often it names the same messages.
 */

export interface Range {
  first: number
  last: number
}

/** The number that `*` stands for until the mailbox is known: above every number that can be written. */
const star = Number.POSITIVE_INFINITY

const maxNumber = 4_294_967_295
const item = /^(\*|[1-9]\d{0,9})(?::(\*|[1-9]\d{0,9}))?$/

/** Null where it is not a sequence set. `*` alone or as an end stays symbolic (`star`). */
export function parseSequenceSet(text: string): Range[] | null {
  const ranges: Range[] = []
  for (const part of text.split(',')) {
    const match = item.exec(part)
    if (!match) return null
    const one = toNumber(match[1]!)
    const other = match[2] === undefined ? one : toNumber(match[2])
    if (one === null || other === null) return null
    ranges.push({ first: Math.min(one, other), last: Math.max(one, other) })
  }
  return merge(ranges)
}

function toNumber(text: string): number | null {
  if (text === '*') return star
  const value = Number(text)
  return value <= maxNumber ? value : null
}

function merge(ranges: Range[]): Range[] {
  ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const merged: Range[] = []
  for (const range of ranges) {
    const previous = merged.at(-1)
    // A symbolic start may lie anywhere once `*` is known, so such a range joins no other.
    if (previous && range.first !== star && range.first <= previous.last + 1)
      previous.last = Math.max(previous.last, range.last)
    else merged.push({ ...range })
  }
  return merged
}

/** Puts the highest number in use in the place of `*`. A range whose end falls below its start is turned round. */
export function resolveStar(set: readonly Range[], highest: number): Range[] {
  const resolved = set.map(({ first, last }) => {
    const [one, other] = [first === star ? highest : first, last === star ? highest : last]
    return { first: Math.min(one, other), last: Math.max(one, other) }
  })
  return merge(resolved)
}

/** Whether the set, with `*` resolved, holds the number. */
export function contains(ranges: readonly Range[], value: number): boolean {
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]!
    if (value < range.first) high = middle - 1
    else if (value > range.last) low = middle + 1
    else return true
  }
  return false
}

/** The shortest ranges of ascending numbers. */
export function rangesOf(ascending: readonly number[]): Range[] {
  const ranges: Range[] = []
  for (const number of ascending) {
    const previous = ranges.at(-1)
    if (previous?.last === number - 1) previous.last = number
    else ranges.push({ first: number, last: number })
  }
  return ranges
}

/** The shortest set of ascending numbers, such as `1:3,7`. */
export const formatSequenceSet = (ascending: readonly number[]): string => formatRanges(rangesOf(ascending))

export const formatRanges = (ranges: readonly Range[]): string =>
  ranges.map(({ first, last }) => (first === last ? String(first) : `${first}:${last}`)).join(',')
