import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DueHeap } from './due-heap.js'
import { Schedule } from './schedule.js'
import type { Picked, Waiting } from './schedule.js'

const targetOf = (address: string) => {
  const domain = address.slice(address.indexOf('@') + 1)
  return { key: domain, target: { domain } }
}
let serial = 0
const waiting = (address: string, more: Partial<Waiting> = {}): Waiting => ({
  recipientId: ++serial,
  entryId: serial,
  address,
  domainId: 'd',
  mailboxId: null,
  attempt: 0,
  dueAt: 0,
  queuedAt: 0,
  lastReply: null,
  state: 'waiting',
  ...more,
})
const all = (schedule: Schedule, now: number): Picked[] => {
  const picked: Picked[] = []
  for (let next = schedule.next(now); next !== null; next = schedule.next(now)) picked.push(next)
  return picked
}

describe('DueHeap', () => {
  it('gives items back by due time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (times) => {
        const heap = new DueHeap<{ dueAt: number }>()
        for (const dueAt of times) heap.push({ dueAt })
        const order = times.map(() => heap.pop()!.dueAt)
        expect(order).toEqual([...times].sort((a, b) => a - b))
        expect(heap.pop()).toBeUndefined()
      }),
    )
  })
})

describe('Schedule', () => {
  it('puts recipients of one message and destination into one attempt, and no others', () => {
    const schedule = new Schedule({ maxConcurrent: 10, maxPerDestination: 5 }, targetOf)
    schedule.add(waiting('a@x.test', { entryId: -1 }))
    schedule.add(waiting('b@y.test', { entryId: -1 }))
    schedule.add(waiting('c@x.test', { entryId: -1 }))
    schedule.add(waiting('d@x.test', { entryId: -1, dueAt: 9, attempt: 1 }))
    schedule.add(waiting('e@x.test', { entryId: -2 }))
    expect(schedule.messages).toBe(2)
    const picked = all(schedule, 0).map(({ items }) => items.map(({ address }) => address))
    expect(picked.sort()).toEqual([['a@x.test', 'c@x.test'], ['b@y.test'], ['e@x.test']])
  })

  it('starts with five attempts a destination, one more for each success up to the limit, and holds where none is reached', () => {
    const schedule = new Schedule({ maxConcurrent: 100, maxPerDestination: 7 }, targetOf)
    for (let index = 0; index < 100; index++) schedule.add(waiting('a@x.test'))
    const running = all(schedule, 0)
    expect(running).toHaveLength(5)
    for (const size of [6, 7, 7]) {
      const done = running.shift()!
      for (const item of done.items) schedule.remove(item)
      schedule.finished(done, false, 0, () => 0)
      running.push(...all(schedule, 0))
      expect(running).toHaveLength(size)
    }
    for (const failed of running) {
      for (const item of failed.items) schedule.retry(item, { attempt: 1, dueAt: 10, lastReply: null })
      schedule.finished(failed, true, 0, (failures) => 100 * (failures + 1))
    }
    schedule.wake(99)
    expect(all(schedule, 99)).toEqual([])
    schedule.wake(100)
    expect(all(schedule, 100)).toHaveLength(3)
  })

  it('lets ten thousand old messages for dead hosts delay no new one', () => {
    const schedule = new Schedule({ maxConcurrent: 20, maxPerDestination: 10 }, targetOf)
    for (let index = 0; index < 10_000; index++) schedule.add(waiting(`a@dead${index}.test`, { attempt: 3 }))
    expect(all(schedule, 1).every(({ older }) => older)).toBe(true)
    expect(schedule.attempts).toBe(12)
    schedule.add(waiting('new@x.test'))
    const [first] = all(schedule, 1)
    expect(first!.items[0]!.address).toBe('new@x.test')
  })

  it("lets one customer's bulk mail keep nobody else's from the same destination, nor a message with many recipients cost turns", () => {
    const schedule = new Schedule({ maxConcurrent: 5, maxPerDestination: 5 }, targetOf)
    for (let index = 0; index < 50_000; index++) schedule.add(waiting('a@x.test', { domainId: 'bulk' }))
    const running = all(schedule, 0)
    for (let index = 0; index < 50; index++) schedule.add(waiting('a@x.test', { domainId: 'wide', entryId: -3 }))
    for (const _ of [1, 2]) for (const domainId of ['wide', 'small']) schedule.add(waiting('b@x.test', { domainId }))
    const order: string[] = []
    for (const picked of running) {
      for (const item of picked.items) schedule.remove(item)
      schedule.finished(picked, false, 0, () => 0)
      order.push(...all(schedule, 0).map(({ items }) => `${items[0]!.domainId} ${items.length}`))
    }
    expect(order).toEqual(['bulk 1', 'wide 50', 'small 1', 'bulk 1', 'wide 1'])
  })

  it('prefers new ones at one destination without starving the old', () => {
    const schedule = new Schedule({ maxConcurrent: 1, maxPerDestination: 1 }, targetOf)
    for (let index = 0; index < 40; index++) {
      schedule.add(waiting('old@x.test', { attempt: 1 }))
      schedule.add(waiting('new@x.test'))
    }
    const order: boolean[] = []
    for (let index = 0; index < 16; index++) {
      const picked = schedule.next(1)!
      order.push(picked.older)
      for (const item of picked.items) schedule.remove(item)
      schedule.finished(picked, false, 1, () => 0)
    }
    expect(order.filter(Boolean)).toHaveLength(4)
  })

  it('never tries a recipient twice at once, before its time, or above a limit, and forgets none', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), domain: fc.nat(3), entry: fc.nat(5), attempt: fc.nat(1) }),
      fc.record({
        do: fc.constant('finish' as const),
        which: fc.nat(20),
        result: fc.constantFrom('done', 'later', 'down'),
      }),
      fc.record({ do: fc.constant('wait' as const), time: fc.nat(30) }),
      fc.record({ do: fc.constant('rearrange' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let now = 0
        const limits = { maxConcurrent: 6, maxPerDestination: 5 }
        const schedule = new Schedule(limits, targetOf)
        const running: Picked[] = []
        const owed = new Set<number>()
        const trying = new Set<number>()
        const start = (): void => {
          for (const picked of all(schedule, now)) {
            for (const item of picked.items) {
              expect(item.dueAt).toBeLessThanOrEqual(now)
              expect(trying.has(item.recipientId)).toBe(false)
              expect(owed.has(item.recipientId)).toBe(true)
              trying.add(item.recipientId)
            }
            running.push(picked)
          }
          expect(running.length).toBeLessThanOrEqual(limits.maxConcurrent)
        }
        const finish = (picked: Picked, result: string): void => {
          for (const item of picked.items) {
            trying.delete(item.recipientId)
            if (result === 'done') {
              owed.delete(item.recipientId)
              schedule.remove(item)
            } else schedule.retry(item, { attempt: item.attempt + 1, dueAt: now + 10, lastReply: null })
          }
          schedule.finished(picked, result === 'down', now, () => 15)
        }
        for (const one of steps) {
          if (one.do === 'add') {
            const item = waiting(`a@d${one.domain}.test`, {
              entryId: one.entry,
              attempt: one.attempt,
              dueAt: now + one.attempt * 5,
            })
            owed.add(item.recipientId)
            schedule.add(item)
          } else if (one.do === 'finish' && running.length > 0) {
            const [picked] = running.splice(one.which % running.length, 1)
            finish(picked!, one.result)
          } else if (one.do === 'wait') {
            now += one.time
            schedule.wake(now)
          } else if (one.do === 'rearrange') {
            schedule.rearrange()
          }
          start()
        }
        // In the end, everything that is still owed comes up.
        for (let round = 0; round < 200 && owed.size > 0; round++) {
          for (const picked of running.splice(0)) finish(picked, 'done')
          now += 20
          schedule.wake(now)
          start()
        }
        expect(owed.size).toBe(0)
        expect(schedule.messages).toBe(0)
      }),
      { numRuns: 1_000 },
    )
  })
})
