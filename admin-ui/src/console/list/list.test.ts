/** Logic of lists that needs no page. */
import { expect, describe, test } from 'vitest'
import { computed, nextTick, shallowRef } from 'vue'
import { readViews } from './saved-views.ts'
import { readTyped } from './typed-query.ts'
import { useSelection } from './use-selection.ts'

describe('what is typed into the search box', () => {
  const facets = [
    {
      name: 'state',
      label: 'Trạng thái',
      options: [
        { value: '', label: 'Mọi trạng thái' },
        { value: 'PENDING_DNS', label: 'Chờ DNS' },
        { value: 'SUSPENDED', label: 'Tạm ngưng' },
      ],
    },
  ]
  test.each([
    ['state:suspended shop', 'shop', { state: 'SUSPENDED' }],
    ['a state:pending-dns b', 'a b', { state: 'PENDING_DNS' }],
    ['trạngthái:tamngung', '', { state: 'SUSPENDED' }],
    ['STATE:Chờ-DNS', '', { state: 'PENDING_DNS' }],
    ['state:nothing', 'state:nothing', {}],
    ['state: x', 'state: x', {}],
    ['anna@a.example :x', 'anna@a.example :x', {}],
    ['  two   words ', 'two words', {}],
    ['__proto__:suspended constructor:x', '__proto__:suspended constructor:x', {}],
  ])('%j', (text, words, chosen) => expect(readTyped(text, facets)).toEqual({ words, chosen }))
})

describe('a selection', () => {
  const all = ['a', 'b', 'c', 'd'].map((id) => ({ id }))
  const key = shallowRef('')
  const rows = shallowRef(all)
  const make = () => useSelection({ rows: () => rows.value, total: () => 100, key: () => key.value })

  test('is made one by one, up to another row, and of all that are there', () => {
    const selection = make()
    selection.toggle('b')
    expect([selection.state, selection.count]).toEqual(['some', 1])
    selection.extendTo('d')
    expect(['a', 'b', 'c', 'd'].filter(selection.has)).toEqual(['b', 'c', 'd'])
    selection.toggle('c')
    expect(selection.count).toBe(2)
    selection.toggleShown()
    expect([selection.state, selection.count]).toEqual(['all', 4])
    selection.toggleShown()
    expect(selection.state).toBe('none')
    selection.extendTo('c')
    expect(['a', 'b', 'c', 'd'].filter(selection.has)).toEqual(['c'])
  })

  test('of everything counts what was never read, until a row is taken out of it', () => {
    const selection = make()
    selection.selectEverything()
    expect([selection.count, selection.has('never read')]).toEqual([100, true])
    selection.toggle('a')
    expect([selection.everything, selection.count]).toEqual([false, 3])
  })

  test('ends with the filter, and loses what is gone', async () => {
    const selection = make()
    selection.toggleShown()
    rows.value = all.slice(1)
    await nextTick()
    expect(selection.count).toBe(3)
    key.value = 'other'
    await nextTick()
    expect(selection.count).toBe(0)
    rows.value = all
  })

  test('is none where there are no rows', () => {
    const selection = useSelection({ rows: () => [], total: () => 0, key: () => computed(() => '').value })
    expect(selection.state).toBe('none')
  })
})

test.each([null, '', 'no JSON', '{}', '[1,null,{"name":1,"query":{}},{"name":"x","query":{"q":1}},{"name":"x"}]'])(
  'what was stored as views and is none is left out: %j',
  (text) => expect(readViews(text)).toEqual([]),
)
