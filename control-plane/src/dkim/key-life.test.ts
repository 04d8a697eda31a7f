import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextStep, overlapMs, type KeyLife } from './key-life.js'

const minute = 60_000
const day = 86_400_000
const key = (more: Partial<KeyLife>): KeyLife => ({
  state: 'SIGNING',
  ageMs: day,
  missingMs: null,
  overtakenMs: null,
  maxQueueMs: 5 * day,
  ...more,
})

describe('a key', () => {
  test.each([
    [{ state: 'PUBLISHED' }, 'FOUND', 'SIGNING'],
    [{ state: 'PUBLISHED' }, 'MISSING', 'PUBLISHED'],
    [{ state: 'PUBLISHED' }, 'WRONG', 'PUBLISHED'],
    [{ state: 'PUBLISHED', ageMs: 300 * day }, 'UNANSWERED', 'PUBLISHED'],
    [{}, 'FOUND', 'SIGNING'],
    [{}, 'MISSING', 'SIGNING'],
    [{ missingMs: minute - 1 }, 'MISSING', 'SIGNING'],
    [{ missingMs: minute }, 'MISSING', 'PUBLISHED'],
    [{ missingMs: minute }, 'WRONG', 'PUBLISHED'],
    [{ missingMs: day }, 'UNANSWERED', 'SIGNING'],
    [{ overtakenMs: overlapMs - 1 }, 'FOUND', 'SIGNING'],
    [{ overtakenMs: overlapMs }, 'FOUND', 'RETIRING'],
    [{ state: 'RETIRING', ageMs: 7 * day - 1 }, 'FOUND', 'RETIRING'],
    [{ state: 'RETIRING', ageMs: 7 * day }, 'FOUND', 'RETIRED'],
    [{ state: 'RETIRED', ageMs: 90 * day }, 'FOUND', 'RETIRED'],
    [{ state: 'REVOKED' }, 'FOUND', 'REVOKED'],
  ] as [Partial<KeyLife>, Parameters<typeof nextStep>[1], string][])(
    '%j whose record is %s becomes %s',
    (more, record, state) => {
      expect(nextStep(key(more), record).state).toBe(state)
    },
  )

  test('is looked at again for as long as there is anything to come, and never in a circle without rest', () => {
    const life = fc.record<KeyLife>({
      state: fc.constantFrom('PUBLISHED', 'SIGNING', 'RETIRING', 'RETIRED', 'REVOKED'),
      ageMs: fc.double({ min: 0, max: 400 * day, noNaN: true }),
      missingMs: fc.option(fc.nat(day)),
      overtakenMs: fc.option(fc.nat(3 * day)),
      maxQueueMs: fc.nat(30 * day),
    })
    fc.assert(
      fc.property(life, fc.constantFrom('FOUND', 'MISSING', 'WRONG', 'UNANSWERED'), (given, record) => {
        const step = nextStep(given, record)
        const ended = given.state === 'RETIRED' || given.state === 'REVOKED'
        if (step.nextMs === null) expect(ended).toBe(true)
        else expect(step.nextMs).toBeGreaterThan(0)
        if (step.state === 'SIGNING' && given.state !== 'SIGNING') expect(record).toBe('FOUND')
        if (ended) expect(step.state).toBe(given.state)
        if (record === 'UNANSWERED' && given.state !== 'RETIRING' && step.state !== given.state)
          expect(given.overtakenMs).toBeGreaterThanOrEqual(overlapMs)
      }),
      { numRuns: 2_000 },
    )
  })
})
