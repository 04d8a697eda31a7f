import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, isEnumType } from 'graphql'
import { expect, test } from 'vitest'
import { actions, faultOf, fromDraft, isOver, newRule, scopes, subjects, toDraft } from './rule-draft.ts'

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema/admin.graphql'), 'utf8'))
const valuesOf = (name: string) => {
  const type = schema.getType(name)
  return isEnumType(type) ? type.getValues().map((value) => value.name) : []
}

test('everything that a rule can name is offered', () => {
  expect([...actions].sort()).toEqual(valuesOf('AccessAction').sort())
  expect([...scopes].sort()).toEqual(valuesOf('AccessScope').sort())
  expect([...subjects].sort()).toEqual(valuesOf('AccessSubject').sort())
})

test('a rule that is opened and saved is the same rule', () => {
  const rule = {
    effect: 'ALLOW',
    actions: ['READ', 'UPDATE'],
    subjects: ['Domain', 'Mailbox'],
    fields: ['name', 'password'],
    scope: 'DOMAIN',
    domainIds: ['11111111-1111-4111-8111-111111111111'],
    expiresAt: '2027-01-01T00:00:00.000Z',
  } as const
  const mutable = { ...rule, actions: [...rule.actions], subjects: [...rule.subjects], fields: [...rule.fields] }
  const given = { ...mutable, domainIds: [...rule.domainIds] }
  expect(fromDraft(toDraft(given))).toEqual(given)
  expect(fromDraft({ ...toDraft(given), scope: 'TENANT' }).domainIds).toBeNull()
})

test('what is missing is said before it is sent', () => {
  expect(faultOf(newRule())).toBe('subjects')
  expect(faultOf({ ...newRule(), actions: [] })).toBe('actions')
  expect(faultOf({ ...newRule(), subjects: ['Domain'], scope: 'DOMAIN' })).toBe('domainIds')
  expect(faultOf({ ...newRule(), subjects: ['Domain'] })).toBeUndefined()
})

test('a rule is over from its end on', () => {
  expect(isOver({ expiresAt: null })).toBe(false)
  expect(isOver({ expiresAt: '2026-01-01T00:00:00Z' }, Date.UTC(2026, 0, 1))).toBe(true)
})
