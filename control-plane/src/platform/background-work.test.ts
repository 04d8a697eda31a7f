import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { BackgroundWork, type BackgroundWorkOptions } from './background-work.js'

const begun: BackgroundWork[] = []
const work = (options: Partial<BackgroundWorkOptions> & Pick<BackgroundWorkOptions, 'step'>): BackgroundWork => {
  const made = new BackgroundWork({
    everyMs: 60_000,
    onError(error) {
      throw error
    },
    ...options,
  })
  begun.push(made)
  return made
}
afterEach(() => Promise.all(begun.splice(0).map((made) => made.stop())))

describe('background work', () => {
  test('steps follow each other until there is no more to do', async () => {
    let left = 3
    const made = work({ step: async () => --left > 0 })
    made.wake()
    await made.idle()
    expect(left).toBe(0)
  })

  test('whoever wakes it during a step gets a step that begins afterwards', async () => {
    const waiting = ['a']
    const taken: string[] = []
    const made = work({
      async step() {
        const now = waiting.splice(0)
        await sleep(5)
        taken.push(...now)
        return false
      },
    })
    made.wake()
    waiting.push('b')
    made.wake()
    made.wake()
    await made.idle()
    expect(taken).toEqual(['a', 'b'])
  })

  test('never two steps at once', async () => {
    let running = 0
    let most = 0
    let steps = 0
    const made = work({
      everyMs: 1,
      async step() {
        most = Math.max(most, ++running)
        await sleep(3)
        running--
        return ++steps % 3 !== 0
      },
    })
    for (let i = 0; i < 20; i++) {
      made.wake()
      await sleep(1)
    }
    await made.stop()
    expect(steps).toBeGreaterThan(3)
    expect(most).toBe(1)
  })

  test('wakes that come in a crowd are one', async () => {
    let steps = 0
    const made = work({ gatherMs: 20, step: async () => (steps++, false) })
    for (let i = 0; i < 5; i++) made.wake()
    await expect.poll(() => steps).toBe(1)
    await made.idle()
    expect(steps).toBe(1)
  })

  test('a step that fails is told of, and the next look tries again', async () => {
    const errors: unknown[] = []
    let steps = 0
    const made = work({
      everyMs: 5,
      onError: (error) => void errors.push(error),
      async step() {
        if (++steps === 1) throw new Error('away')
        return false
      },
    })
    made.wake()
    await expect.poll(() => steps).toBeGreaterThan(1)
    expect(errors).toEqual([new Error('away')])
  })

  test('stopping waits for the step under way, tells it, and begins no other', async () => {
    let ended = 0
    const made = work({
      async step(signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        await sleep(5)
        ended++
        return true
      },
    })
    made.wake()
    await made.stop()
    made.wake()
    expect(ended).toBe(1)
  })
})
