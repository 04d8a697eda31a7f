import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomeOfReply } from './outcome.js'

describe('outcomeOfReply', () => {
  it.each([
    ['250 2.0.0 ok', 'relayed', 250, '2.0.0'],
    ['250 ok', 'relayed', 250, '2.0.0'],
    ['450 4.2.1 later', 'deferred', 450, '4.2.1'],
    ['550-5.1.1 no\n550 5.1.1 such user', 'failed', 550, '5.1.1'],
    ['550 4.1.1 contradiction', 'failed', 550, '5.0.0'],
    ['354 go on', 'deferred', 354, '4.0.0'],
    ['999 what', 'deferred', null, '4.0.0'],
    ['nonsense', 'deferred', null, '4.0.0'],
  ])('%j is %s', (text, kind, replyCode, status) => {
    expect(outcomeOfReply(text, 'h:25', null)).toMatchObject({ kind, replyCode, status })
  })

  it('makes one short, plain line of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        const outcome = outcomeOfReply(text, 'h:25', null)
        expect(outcome.text).toMatch(/^[^\u0000-\u001f\u007f-\u009f]{0,512}$/)
        expect(outcome.status).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/)
      }),
    )
  })
})
