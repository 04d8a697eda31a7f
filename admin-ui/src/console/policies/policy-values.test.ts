import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { PolicyKind } from '../../graphql/graphql.ts'
import { fromText, policyGroups, policyShapes, toText } from './policy-values.ts'

const kinds = Object.keys(policyShapes) as PolicyKind[]

describe('the values of policies in a form', () => {
  test('are known for each kind that the API has, and each is shown once', () => {
    const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema/admin.graphql'), 'utf8'))
    const type = schema.getType('PolicyKind') as GraphQLEnumType
    const named = type.getValues().map(({ name }) => name)
    expect([...kinds].sort()).toEqual([...named].sort())
    expect(policyGroups.flatMap((group) => group.kinds).sort()).toEqual([...named].sort())
  })

  test('come back as they were', () => {
    const numbers = fc.integer({ min: 0, max: 900_000 })
    const same = (kind: PolicyKind, value: unknown): void => {
      expect(fromText(kind, toText(kind, value))).toEqual(value)
    }
    fc.assert(fc.property(numbers, (value) => same('MESSAGES_PER_DAY', value)))
    fc.assert(fc.property(numbers, (value) => same('MESSAGE_SIZE', value * 1_048_576)))
    fc.assert(fc.property(fc.boolean(), (value) => same('TWO_FACTOR', value)))
    same('BLOCKED_SENDERS', ['*.spam.example', '192.0.2.0/24'])
    for (const kind of ['MAILBOX_QUOTA', 'DKIM_ROTATION', 'SUBADDRESS_SEPARATOR'] as const) same(kind, null)
  })

  test('are none where the text is none', () => {
    for (const text of ['-1', 'many', '1e9', '1.5']) expect(fromText('MESSAGES_PER_DAY', text), text).toBeUndefined()
    for (const text of ['-1', 'big', '9'.repeat(20)]) expect(fromText('MAILBOX_QUOTA', text), text).toBeUndefined()
    expect(fromText('PASSWORD_LENGTH', '')).toBeUndefined()
    expect(fromText('MAILBOX_QUOTA', '2,5')).toBe(2.5 * 1024 ** 3)
  })
})
