import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TurnLine } from './turn-line.js'

interface Item {
  owner: string
  number: number
  gone: boolean
}
const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), owner: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean() }),
  fc.record({ do: fc.constant('take' as const) }),
)

it('serves each owner in its order, loses nothing, and lets nobody wait for two of another', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const line = new TurnLine<Item>()
      /** What each owner has waiting, and whom it has let go first since it waits at the head of its own. */
      const waiting = new Map<string, number[]>()
      const passed = new Map<string, string[]>()
      const take = (): void => {
        const item = line.take(({ gone }) => !gone)
        if (item === undefined) return expect([...waiting.values()].flat()).toEqual([])
        expect(waiting.get(item.owner)!.shift()).toBe(item.number)
        passed.set(item.owner, [])
        for (const [owner, numbers] of waiting) {
          if (owner === item.owner || numbers.length === 0) continue
          expect(passed.get(owner)).not.toContain(item.owner)
          passed.get(owner)!.push(item.owner)
        }
      }
      steps.forEach((one, number) => {
        if (one.do === 'take') return take()
        line.push(one.owner, { owner: one.owner, number, gone: one.gone })
        if (one.gone) return
        const numbers = waiting.get(one.owner) ?? []
        if (numbers.length === 0) passed.set(one.owner, [])
        waiting.set(one.owner, [...numbers, number])
      })
      while (!line.empty) take()
      expect([...waiting.values()].flat()).toEqual([])
    }),
    { numRuns: 500 },
  )
})
