import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxDowntime, QueueClock } from './queue-clock.js'

describe('QueueClock', () => {
  it('follows the monotonic clock alone, and over restarts the wall clock within limits', () => {
    const day = 86_400_000
    const step = fc.record({
      elapsed: fc.integer({ min: 0, max: day }),
      jump: fc.integer({ min: -3 * 365 * day, max: 3 * 365 * day }),
      restart: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const source = { wall: 1_800_000_000_000, monotonic: 5 }
        const time = { wall: () => source.wall, monotonic: () => source.monotonic }
        let clock = new QueueClock(time, null)
        for (const { elapsed, jump, restart } of steps) {
          const before = clock.now()
          if (restart) {
            const reading = clock.reading()
            source.wall += jump
            source.monotonic = 77
            clock = new QueueClock(time, reading)
            expect(clock.now() - before).toBe(Math.min(Math.max(jump, 0), maxDowntime))
          } else {
            source.monotonic += elapsed
            source.wall += jump
            expect(clock.now() - before).toBe(elapsed)
          }
          expect(clock.toWall(clock.now() + 1_000)).toBe(Math.max(0, source.wall + 1_000))
        }
      }),
    )
  })
})
