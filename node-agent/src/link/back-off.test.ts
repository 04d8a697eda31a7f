import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BackOff } from './back-off.js'

it('spreads over a window that doubles up to its cap, and starts small again after a reset', () => {
  fc.assert(
    fc.property(fc.nat(1_000), (failures) => {
      const longest = new BackOff(500, 30_000, () => 1)
      const shortest = new BackOff(500, 30_000, () => 0)
      for (let n = 0; n < failures; n++) {
        expect(longest.next()).toBe(Math.min(30_000, 500 * 2 ** n))
        expect(shortest.next()).toBe(0)
      }
      longest.reset()
      expect(longest.next()).toBe(500)
    }),
    { numRuns: 20 },
  )
})
