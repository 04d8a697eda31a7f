import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contains, formatSequenceSet, parseSequenceSet, resolveStar } from './sequence-set.js'

const end = fc.oneof(fc.constant('*'), fc.integer({ min: 1, max: 60 }).map(String))
const part = fc.oneof(
  end,
  fc.tuple(end, end).map(([a, b]) => `${a}:${b}`),
)
const set = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(','))

/** What RFC 3501 says of each part, taken one by one. */
function names(text: string, highest: number, number: number): boolean {
  return text.split(',').some((one) => {
    const [first, last = first] = one.split(':').map((value) => (value === '*' ? highest : Number(value)))
    return number >= Math.min(first!, last!) && number <= Math.max(first!, last!)
  })
}

describe('sequence sets', () => {
  it('name the same numbers as their parts do', () => {
    fc.assert(
      fc.property(set, fc.integer({ min: 1, max: 50 }), (text, highest) => {
        const ranges = resolveStar(parseSequenceSet(text)!, highest)
        for (let number = 1; number <= highest; number++)
          expect(contains(ranges, number)).toBe(names(text, highest, number))
      }),
    )
  })

  it('are disjoint and ascending once resolved, so that their size bounds the work', () => {
    fc.assert(
      fc.property(set, fc.integer({ min: 0, max: 50 }), (text, highest) => {
        const ranges = resolveStar(parseSequenceSet(text)!, highest)
        for (const [index, range] of ranges.entries()) {
          expect(range.first).toBeLessThanOrEqual(range.last)
          if (index > 0) expect(range.first).toBeGreaterThan(ranges[index - 1]!.last)
        }
      }),
    )
  })

  it.each(['', '0', '1:', ':1', '1,,2', '01', '4294967296', 'a', '1:2:3', '1-2', '-1', '1,'])('refuses %j', (text) => {
    expect(parseSequenceSet(text)).toBeNull()
  })

  it('let "n:*" name the last message where n is beyond it', () => {
    expect(resolveStar(parseSequenceSet('559:*')!, 3)).toEqual([{ first: 3, last: 559 }])
  })

  it('are printed so that they read back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { minLength: 1 }), (numbers) => {
        const ascending = numbers.sort((a, b) => a - b)
        const ranges = parseSequenceSet(formatSequenceSet(ascending))!
        const named = ranges.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        )
        expect(named).toEqual(ascending)
      }),
    )
  })
})
