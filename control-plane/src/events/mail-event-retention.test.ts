/** Which days and whose rows go, for whatever policies say. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstKeptDay, longest } from './mail-event-retention.js'

const dayMs = 86_400_000
const days = fc.option(fc.integer({ min: 1, max: 400 }), { nil: null })

test('whoever keeps longest decides when a day is dropped; one who keeps for ever keeps all days', () => {
  fc.assert(
    fc.property(days, fc.array(days), fc.array(days), (platform, tenants, domains) => {
      const all = [platform, ...tenants, ...domains]
      const most = longest({
        platform,
        byTenant: new Map(tenants.map((value, index) => [`t${index}`, value])),
        byDomain: new Map(domains.map((value, index) => [`d${index}`, value])),
      })
      expect(most).toBe(all.includes(null) ? null : Math.max(...(all as number[])))
    }),
  )
})

test('a day is dropped when all of it is older than is kept, to the millisecond, whatever the clocks of people do', () => {
  const moments = fc.integer({ min: 0, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(moments, fc.integer({ min: 1, max: 4_000 }), (now, kept) => {
      const first = firstKeptDay(now - kept * dayMs)
      expect(first * dayMs).toBeLessThanOrEqual(now - kept * dayMs)
      expect((first + 1) * dayMs).toBeGreaterThan(now - kept * dayMs)
    }),
  )
  // The days on which Berlin turns its clocks have 23 and 25 hours there, and 24 here.
  for (const [at, day] of [
    ['2026-03-29T00:00:00Z', '2026-03-29'],
    ['2026-03-28T23:59:59.999Z', '2026-03-28'],
    ['2026-10-25T23:59:59.999Z', '2026-10-25'],
    ['2024-02-29T12:00:00Z', '2024-02-29'],
  ] as const)
    expect(new Date(firstKeptDay(Date.parse(at)) * dayMs).toISOString().slice(0, 10)).toBe(day)
})
