import { expect, test } from 'vitest'
import { axis, barsOf } from './traffic.ts'

const now = new Date(2026, 10, 24, 15, 42)

test('a day has 24 hours up to this one, a week seven days up to today', () => {
  const hours = axis('day', now)
  expect(hours.length).toBe(24)
  expect(hours[0]).toEqual(new Date(2026, 10, 23, 16))
  expect(hours.at(-1)).toEqual(new Date(2026, 10, 24, 15))
  expect(axis('week', now)).toEqual([18, 19, 20, 21, 22, 23, 24].map((day) => new Date(2026, 10, day)))
})

test('finer buckets add up, and what is older than the axis is left out', () => {
  const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).toISOString()
  const counts = barsOf(
    [
      { start: at(10, 3), count: 100 },
      { start: at(23, 16), count: 1 },
      { start: at(24, 15), count: 2 },
      { start: at(24, 15, 41), count: 3 },
    ],
    axis('day', now),
  )
  expect(counts[0]).toBe(1)
  expect(counts.at(-1)).toBe(5)
  expect(counts.reduce((sum, count) => sum + count)).toBe(6)
})
