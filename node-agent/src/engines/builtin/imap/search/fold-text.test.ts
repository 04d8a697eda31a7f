import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { foldText, holdsText } from '../../message/index.js'
import { SummaryIndex } from './summary-index.js'
import type { MailStore } from '../../store/mail-store.js'

test.each([
  ['thư từ', 'thu', true],
  ['đường phố', 'duong', true],
  ['Đường phố', 'ĐƯỜNG', true],
  ['thu', 'thư', false],
  ['thư', 'thứ', false],
  // Compatibility forms are decomposed (RFC 5051).
  ['ＡＢＣ', 'abc', true],
  ['ΟΔΟΣ', 'οδοσ', true],
  ['Straße', 'STRAẞE', true],
  // Vowels of other scripts are no marks.
  ['का', 'कि', false],
])('%s holds %s: %s', (text, sought, holds) => {
  expect(holdsText(foldText(text), foldText(sought))).toBe(holds)
})

describe('the index of summaries', () => {
  const word = fc.constantFrom('thư', 'thu', 'Đường', 'duong', 'a', ' ', 'xin chào', '')
  const subject = fc.array(word, { maxLength: 4 }).map((words) => words.join(''))

  it('finds what looking at each subject finds, while messages come in', () =>
    fc.assert(
      fc.asyncProperty(fc.array(subject, { maxLength: 60 }), fc.array(word, { maxLength: 4 }), async (all, sought) => {
        const uids = all.map((_, index) => index * 2 + 1)
        // The one method of the store that it asks.
        const columns: MailStore['columns'] = async (_mailbox, wanted) => ({
          uids: [...wanted],
          subject: wanted.map((uid) => all[(uid - 1) / 2]!),
        })
        const index = new SummaryIndex({ columns } as MailStore)
        const known = [Math.floor(uids.length / 3), uids.length]
        for (const [round, text] of sought.entries()) {
          const present = uids.slice(0, known[round % 2])
          const needle = foldText(text)
          const { found } = await index.find(
            { id: 1, uidValidity: 1 },
            present,
            'subject',
            needle,
            async () => undefined,
          )
          const expected = present.filter((uid) => holdsText(foldText(all[(uid - 1) / 2]!), needle))
          expect(present.filter((uid) => found.has(uid))).toEqual(expected)
        }
      }),
    ))
})
