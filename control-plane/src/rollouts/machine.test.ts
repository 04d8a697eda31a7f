/** Whatever nodes say, people do and replicas suffer: no node has a change before its wave, and what went back is everywhere back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultStrategy } from '../staging/index.js'
import { readGates, type NodeObservation } from './gates.js'
import { commands, isFinal, mayFollow, nextStep, type RolloutCommand, type RolloutState } from './machine.js'

/** What is written down, as one transaction each changes it. */
interface Written {
  state: RolloutState
  wave: number
  bakingSince: number | null
  has: boolean[]
}

const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('look' as const), killed: fc.boolean() }) },
  fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(200) }),
  fc.record({ do: fc.constant('acknowledge' as const) }),
  fc.record({ do: fc.constant('shut' as const) }),
  fc.record({ do: fc.constantFrom(...(Object.keys(commands) as RolloutCommand[])) }),
)

test('any schedule of looks, deaths between steps, people and gates keeps the promises', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.boolean(),
      fc.array(event, { maxLength: 60 }),
      (lastWave, revertAutomatically, events) => {
        let written: Written = { state: 'RUNNING', wave: -1, bakingSince: null, has: Array(lastWave + 1).fill(false) }
        let [now, acknowledged, shut] = [0, false, false]
        const open = (from: Written): Written => {
          acknowledged = false
          const wave = from.wave + 1
          return { ...from, wave, bakingSince: null, has: from.has.map((has, at) => has || at === wave) }
        }
        const everywhere = (state: RolloutState, has: boolean): Written => ({
          ...written,
          state,
          has: written.has.map(() => has),
        })
        for (const one of events) {
          const before = written
          if (one.do === 'wait') now += one.seconds * 1_000
          else if (one.do === 'acknowledge') acknowledged = true
          else if (one.do === 'shut') shut = written.wave >= 0
          else if (one.do === 'look') {
            const step = nextStep(
              { ...written, lastWave, bakeSeconds: 60, revertAutomatically },
              { shut, acknowledged, now },
            )
            // Killed before its transaction was committed: as if it had not looked.
            if (one.killed) continue
            if (step === 'open') written = open(written)
            if (step === 'bake') written = { ...written, bakingSince: now }
            if (step === 'complete') written = everywhere('COMPLETED', true)
            if (step === 'halt') written = { ...written, state: 'HALTED' }
            if (step === 'revert') written = everywhere('REVERTED', false)
            if (step === 'open' || step === 'complete') {
              expect(shut).toBe(false)
              expect(before.state).toBe('RUNNING')
              if (before.wave >= 0) expect(now).toBeGreaterThanOrEqual(before.bakingSince! + 60_000)
            }
            if (shut && !isFinal(before.state)) expect(['HALTED', 'REVERTED']).toContain(written.state)
          } else if (mayFollow(one.do, written.state)) {
            if (one.do === 'abort') written = everywhere('ABORTED', false)
            else {
              if (written.state === 'HALTED') shut = false
              written = { ...written, state: commands[one.do].to }
              if (one.do === 'promote')
                written = written.wave < lastWave ? open(written) : everywhere('COMPLETED', true)
            }
          }
          if (isFinal(before.state)) expect(written).toEqual(before)
          expect(written.wave).toBeGreaterThanOrEqual(before.wave)
          if (!isFinal(written.state)) expect(written.has).toEqual(written.has.map((_, at) => at <= written.wave))
          if (written.state === 'COMPLETED') expect(written.has).not.toContain(false)
          if (written.state === 'REVERTED' || written.state === 'ABORTED') expect(written.has).not.toContain(true)
        }
      },
    ),
    { numRuns: 500 },
  )
})

const none = { attempts: 0, deferred: 0, offered: 0, refused: 0, signIns: 0, failedSignIns: 0 }
const node: NodeObservation = {
  mailNodeId: 'n',
  baseline: none,
  window: none,
  reconnects: 0,
  wasOnline: true,
  wasHealthy: true,
  healthy: true,
  goneSeconds: 0,
  refusal: null,
}
const refused = (offered: number, count: number) => ({ ...none, offered, refused: count })

test.each<[string, Partial<NodeObservation>, string[]]>([
  ['nothing', {}, []],
  ['a rate that was always so', { baseline: refused(100, 50), window: refused(100, 55) }, []],
  ['a rate that rose', { baseline: refused(100, 5), window: refused(100, 16) }, ['REFUSED']],
  ['a rate of too few', { window: refused(49, 49) }, []],
  ['deferrals', { window: { ...none, attempts: 100, deferred: 30 } }, ['DEFERRED']],
  ['failed sign-ins', { window: { ...none, signIns: 100, failedSignIns: 30 } }, ['AUTH_FAILED']],
  ['a refusal of the change', { refusal: 'no such value' }, ['REFUSED_CONFIG']],
  ['a node that is gone', { goneSeconds: 61 }, ['OFFLINE']],
  ['a node that was gone before', { goneSeconds: 9_000, wasOnline: false }, []],
  ['a node that is not well', { healthy: false }, ['UNHEALTHY']],
  ['a node that comes again and again', { reconnects: 3 }, ['RECONNECTS']],
])('%s', (_name, seen, shut) => {
  const readings = readGates(defaultStrategy, { ...node, ...seen })
  expect(readings.filter((reading) => reading.shut).map(({ gate }) => gate)).toEqual(shut)
})
