import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { abortable } from '../../platform/abortable.js'
import { groupBySize } from './frames.js'
import { Unacknowledged } from './unacknowledged.js'
import { Wake } from '../../platform/wake.js'

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('Wake', () => {
  test('a wake before the wait is kept, two count as one, and nothing is left on the signal', async () => {
    const { signal } = new AbortController()
    const wake = new Wake()
    wake.fire()
    wake.fire()
    expect(await wake.wait(signal, 10_000)).toBe('woken')
    const second = wake.wait(signal, 10_000)
    expect(listenersOf(signal)).toBe(1)
    wake.fire()
    expect(await second).toBe('woken')
    expect(await wake.wait(signal, 1)).toBe('timeout')
    expect(listenersOf(signal)).toBe(0)
  })

  test('an abort ends the wait, before it and during it', async () => {
    const controller = new AbortController()
    const waiting = new Wake().wait(controller.signal, 10_000)
    controller.abort()
    expect(await waiting).toBe('aborted')
    expect(await new Wake().wait(controller.signal, 10_000)).toBe('aborted')
  })
})

describe('abortable', () => {
  test('return() ends a generator that waits, where a plain one would stay', async () => {
    let cleaned = false
    let ended = 0
    const outer = new AbortController()
    const stream = abortable<number>(
      async function* (signal) {
        try {
          yield 1
          await new Wake().wait(signal, 1_000_000)
        } finally {
          cleaned = true
        }
      },
      outer.signal,
      () => ended++,
    )
    expect(await stream.next()).toEqual({ value: 1, done: false })
    const pending = stream.next()
    await turn()
    await stream.return()
    expect(await pending).toEqual({ value: undefined, done: true })
    expect(cleaned).toBe(true)
    expect(ended).toBeGreaterThan(0)
    expect(listenersOf(outer.signal)).toBe(0)
  })

  test('one that was never started is ended too', async () => {
    let ended = false
    const stream = abortable<number>(
      async function* () {
        yield 1
      },
      new AbortController().signal,
      () => (ended = true),
    )
    await stream.return()
    expect(ended).toBe(true)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })
})

describe('Unacknowledged', () => {
  test('in whatever order answers come, the revision moves only over an unbroken row of answered frames', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), (count, choices) => {
        const sent = new Unacknowledged(64)
        const nonces = Array.from({ length: count }, (_, i) => sent.add((i + 1) * 10, new Map()))
        const answered = new Set<string>()
        while (answered.size < count) {
          const open = nonces.filter((nonce) => !answered.has(nonce))
          const nonce = open[choices.next().value! % open.length]!
          expect(sent.acknowledge(nonce)?.nonce).toBe(nonce)
          expect(sent.acknowledge(nonce)).toBeNull()
          answered.add(nonce)
          let unbroken = 0
          while (answered.has(nonces[unbroken]!)) unbroken++
          expect(sent.acknowledgedRevision).toBe(unbroken === 0 ? null : unbroken * 10)
          expect(sent.size).toBe(count - unbroken)
        }
      }),
    )
  })

  test('there is room again after an answer, not before', async () => {
    const { signal } = new AbortController()
    const sent = new Unacknowledged(1)
    await sent.room(signal)
    const nonce = sent.add(1, null)
    let free = false
    const room = sent.room(signal).then(() => (free = true))
    await turn()
    expect(free).toBe(false)
    sent.acknowledge('another')
    await turn()
    expect(free).toBe(false)
    sent.acknowledge(nonce)
    await room
    expect(listenersOf(signal)).toBe(0)
  })
})

test('groups keep every entry in order and within the limit, unless one alone is above it', () => {
  const entry = fc.record({
    key: fc.string({ minLength: 1, maxLength: 20 }),
    version: fc.nat(),
    resource: fc.option(fc.string({ maxLength: 400 })),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
      const groups = [...groupBySize(entries, 1_000)]
      expect(groups.flat()).toEqual(entries)
      for (const group of groups) {
        expect(group.length).toBeGreaterThan(0)
        if (group.length > 1) expect(Buffer.byteLength(JSON.stringify(group))).toBeLessThanOrEqual(1_100)
      }
    }),
  )
})
