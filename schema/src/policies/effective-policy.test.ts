import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkSetting, effectivePolicy, lockedBy, type PolicyLayer } from './effective-policy.js'
import { policyDefinition, policyLevels, type PolicyKind } from './policy-kinds.js'

const layer = (index: number, settings: PolicyLayer['settings']): PolicyLayer => ({
  origin: { level: policyLevels[index % 5]!, policyId: `p${index}`, objectId: `o${index}`, revision: index + 1 },
  settings,
})

const limit = fc.option(fc.integer({ min: 1, max: 9 }), { nil: null })
const values = {
  MESSAGES_PER_DAY: limit,
  INBOUND_TLS: fc.boolean(),
  FORWARDING: fc.constantFrom('NONE', 'OWN_DOMAINS', 'ANY'),
  PASSWORD_LENGTH: fc.integer({ min: 8, max: 12 }),
  BLOCKED_SENDERS: fc.uniqueArray(fc.constantFrom('a.test', 'b.test', 'c.test', 'd.test')).map((list) => list.sort()),
} satisfies Partial<Record<PolicyKind, fc.Arbitrary<unknown>>>
const kind = fc.constantFrom(...(Object.keys(values) as (keyof typeof values)[]))

const tree = kind.chain((name) =>
  fc.tuple(
    fc.constant(name),
    fc.array(
      fc.option(
        fc.record({
          value: values[name] as fc.Arbitrary<unknown>,
          lock: fc.option(fc.constantFrom('FIXED' as const, 'STRICTER' as const), { nil: null }),
        }),
        { nil: null },
      ),
      { maxLength: 7 },
    ),
  ),
)
const layersOf = (
  name: PolicyKind,
  settings: readonly ({ value: unknown; lock: 'FIXED' | 'STRICTER' | null } | null)[],
) => settings.map((setting, index) => layer(index, setting ? { [name]: setting } : {}))

describe('inheritance, in random trees', () => {
  test('a lock is never broken, whatever levels below say', () => {
    fc.assert(
      fc.property(tree, ([name, settings]) => {
        const layers = layersOf(name, settings)
        const { stricter } = policyDefinition(name)
        const { value } = effectivePolicy(name, layers)
        settings.forEach((setting, index) => {
          if (!setting?.lock) return
          const held = effectivePolicy(name, layers.slice(0, index + 1)).value
          if (setting.lock === 'FIXED') expect(value).toEqual(held)
          else expect(stricter!(held, value)).toEqual(value)
        })
      }),
      { numRuns: 2_000 },
    )
  })

  test('the origin is a level that says it, and without locks the nearest', () => {
    fc.assert(
      fc.property(tree, ([name, settings]) => {
        const result = effectivePolicy(name, layersOf(name, settings))
        if (settings.every((setting) => setting === null)) {
          expect([result.value, result.origin]).toEqual([policyDefinition(name).fallback, null])
          return
        }
        const { merge } = policyDefinition(name)
        if (merge === 'UNION') return
        const index = Number(result.origin?.policyId.slice(1))
        if (result.origin) expect(settings[index]!.value).toEqual(result.value)
        const nearest = settings.findLastIndex((setting) => setting !== null)
        if (merge === 'OVERRIDE' && settings.every((setting) => !setting?.lock)) expect(index).toBe(nearest)
      }),
      { numRuns: 2_000 },
    )
  })

  test('what the check at the door lets in takes effect', () => {
    fc.assert(
      fc.property(tree, ([name, settings]) => {
        const own = settings.at(-1)
        if (!own) return
        const above = layersOf(name, settings.slice(0, -1))
        if (lockedBy(name, above, own.value) || policyDefinition(name).merge !== 'OVERRIDE') return
        expect(effectivePolicy(name, layersOf(name, settings)).value).toEqual(own.value)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('settings at the door', () => {
  test('lists are kept in normal form', () => {
    const checked = checkSetting('BLOCKED_SENDERS', 'DOMAIN', {
      value: ['Ann@B.test', '*.Évil.test', '10.0.0.0/8', '@c.test'],
    })
    expect(checked).toEqual({
      fault: null,
      setting: { value: ['*.xn--vil-9la.test', '10.0.0.0/8', 'ann@b.test', 'c.test'] },
    })
  })

  test.each([
    ['NO_SUCH', 'DOMAIN', 1, null, 'UNKNOWN_KIND'],
    ['TWO_FACTOR', 'DOMAIN', true, null, 'LEVEL'],
    ['MESSAGES_PER_DAY', 'DOMAIN', -1, null, 'VALUE'],
    ['BLOCKED_SENDERS', 'DOMAIN', ['10.0.0.0/33'], null, 'VALUE'],
    ['OUTBOUND_TLS_TO', 'DOMAIN', ['a@b.test'], null, 'VALUE'],
    ['OUTBOUND_TLS_TO', 'DOMAIN', ['*'], null, 'VALUE'],
    ['OUTBOUND_TLS_TO', 'MAILBOX', ['b.test'], null, 'LEVEL'],
    ['SUBADDRESS_SEPARATOR', 'DOMAIN', '-', 'STRICTER', 'LOCK'],
  ] as const)('%s at %s: %j, locked %s, is refused as %s', (name, level, value, lock, fault) => {
    expect(checkSetting(name, level, { value, lock })).toMatchObject({ fault })
  })
})
