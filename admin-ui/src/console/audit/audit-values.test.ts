import { describe, expect, test } from 'vitest'
import { auditFilter } from './audit-filter.ts'
import { changedFields } from './audit-values.ts'

describe('what an audit entry changed', () => {
  test('is told field by field, with what was not there left out', () => {
    expect(changedFields('{"name":"Old","quota":null}', '{"name":"New","quota":5,"tags":["a"]}')).toEqual([
      { name: 'name', before: 'Old', after: 'New' },
      { name: 'quota', before: 'null', after: '5' },
      { name: 'tags', after: '["a"]' },
    ])
    expect(changedFields(null, '{"name":"New"}')).toEqual([{ name: 'name', after: 'New' }])
  })

  test('is nothing where the text is no object', () => {
    for (const text of ['', '[1]', 'null', '3', '{']) expect(changedFields(text, null), text).toEqual([])
    expect(changedFields(null, '{"__proto__":"x"}')).toEqual([{ name: '__proto__', after: 'x' }])
  })
})

test('the filter takes from the address bar what it knows', () => {
  const bar: Record<string, string> = { q: ' x ', change: 'ODD', range: 'constructor', by: 'a' }
  const filter = auditFilter((name) => bar[name] ?? '', 0)
  expect(filter).toMatchObject({ search: 'x', administratorId: 'a', changes: undefined, since: undefined })
  expect(auditFilter((name) => (name === 'range' ? 'hour' : ''), 3_600_000).since).toBe('1970-01-01T00:00:00.000Z')
})
