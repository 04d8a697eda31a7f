import { AbilityBuilder, createMongoAbility } from '@casl/ability'
import { packRules } from '@casl/ability/extra'
import { describe, expect, test } from 'vitest'
import { abilityOf, nobody } from './ability.ts'

const packed = (define: (builder: AbilityBuilder<ReturnType<typeof createMongoAbility>>) => void): string => {
  const builder = new AbilityBuilder(createMongoAbility)
  define(builder)
  return JSON.stringify(packRules(builder.rules))
}

describe('what the console offers', () => {
  test('follows the rules that the server sends', () => {
    const ability = abilityOf(
      packed(({ can, cannot }) => {
        can(['read'], ['Tenant', 'Domain'], { within: 'a.b' })
        can(['create', 'suspend'], ['Domain'], { within: 'a.b' })
        cannot('create', 'Tenant')
      }),
    )
    expect(ability.can('read', 'Tenant')).toBe(true)
    expect(ability.can('create', 'Domain')).toBe(true)
    expect(ability.can('delete', 'Domain')).toBe(false)
    expect(ability.can('create', 'Tenant')).toBe(false)
    expect(ability.can('read', 'MailNode')).toBe(false)
  })

  test('is everything to who may manage all, and nothing to nobody', () => {
    const all = abilityOf(packed(({ can }) => can('manage', 'all')))
    expect(all.can('delete', 'MailNode')).toBe(true)
    expect(nobody().can('read', 'Domain')).toBe(false)
  })

  test('fails on what is no list of rules', () => {
    expect(() => abilityOf('{}')).toThrow(TypeError)
    expect(() => abilityOf('')).toThrow(SyntaxError)
  })
})
