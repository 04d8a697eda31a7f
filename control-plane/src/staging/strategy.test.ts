import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultStrategy, planWaves } from './strategy.js'

test('every node is in one wave, canaries that are named in theirs, and no wave is empty', () => {
  const nodes = Array.from({ length: 12 }, (_, i) => `0191a000-0000-7000-8000-0000000000${String(i).padStart(2, '0')}`)
  const wave = fc.record({
    percent: fc.option(fc.integer({ min: 1, max: 100 })),
    mailNodeIds: fc.option(fc.subarray(nodes)),
  })
  fc.assert(
    fc.property(fc.array(wave, { maxLength: 5 }), fc.subarray(nodes, { minLength: 1 }), (waves, concerned) => {
      const plan = planWaves({ ...defaultStrategy, waves }, concerned)
      expect([...plan.keys()].sort()).toEqual([...concerned].sort())
      const numbers = new Set(plan.values())
      expect([...numbers].sort()).toEqual([...numbers].map((_, at) => at))
      const canaries = (waves[0]?.mailNodeIds ?? []).filter((id) => concerned.includes(id))
      for (const id of canaries) expect(plan.get(id)).toBe(0)
    }),
  )
})
