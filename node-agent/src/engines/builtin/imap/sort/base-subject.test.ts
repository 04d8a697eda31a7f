import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { baseSubject } from './base-subject.js'
import { collationKey } from './collation.js'

describe('the base subject', () => {
  it.each([
    ['', '', false],
    ['plain', 'plain', false],
    ['Re: plain', 'plain', true],
    ['RE:re :  FW: Fwd: plain', 'plain', true],
    ['Re[2]: plain', 'plain', true],
    ['[list] Re: plain', 'plain', true],
    ['[list] plain', 'plain', false],
    ['[list]', '[list]', false],
    ['[a] [b] Re [c]: [d] plain', 'plain', true],
    ['plain (fwd) (FWD) ', 'plain', true],
    ['[Fwd: Re: plain (fwd)]', 'plain', true],
    ['[fwd: [fwd: plain]]', 'plain', true],
    ['Re:', '', true],
    ['  two \t\r\n words ', 'two words', false],
    ['Regards: none', 'Regards: none', false],
    ['AW: plain', 'AW: plain', false],
    ['a re: b', 'a re: b', false],
    ['[unclosed Re: x', '[unclosed Re: x', false],
  ])('of %j is %j', (subject, text, isReplyOrForward) => {
    expect(baseSubject(subject)).toEqual({ text, isReplyOrForward })
  })

  const anything = fc.string({ unit: fc.constantFrom(...'reRE fwd:FWD[]() \tabc'.split('')), maxLength: 40 })

  it('has itself as its base subject', () => {
    fc.assert(
      fc.property(anything, (subject) => {
        const { text } = baseSubject(subject)
        expect(baseSubject(text)).toEqual({ text, isReplyOrForward: false })
      }),
    )
  })

  it('is the same for each reply and forward', () => {
    const before = fc.constantFrom('Re: ', 'fw:', 'FWD [x]: ', '[l] re: ')
    fc.assert(
      fc.property(anything, before, (subject, reply) => {
        expect(baseSubject(reply + subject)).toEqual({ text: baseSubject(subject).text, isReplyOrForward: true })
        expect(baseSubject(`${subject} (fwd)`).text).toBe(baseSubject(subject).text)
      }),
    )
  })

  it('is found soon in what is made to take long', () => {
    for (const piece of ['[]', '[', 'Re:', '(fwd)', '[fwd:', ' ', 're [a]'])
      expect(baseSubject(piece.repeat(500)).text.length).toBeLessThanOrEqual(3000)
  })
})

describe('the collation', () => {
  it.each([
    ['straße', 'STRASSE', 1],
    ['abc', 'ABC', 0],
    ['é', 'E\u0301', 0],
    ['a', 'B', -1],
    ['\u{1f600}', '\uff21\uff21', 1],
  ])('of %j and %j is %j', (one, other, order) => {
    const [a, b] = [collationKey(one), collationKey(other)]
    expect(a < b ? -1 : a > b ? 1 : 0).toBe(order)
  })
})
