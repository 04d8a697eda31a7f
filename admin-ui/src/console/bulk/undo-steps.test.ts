import { Trash2 } from '@lucide/vue'
import { expect, test } from 'vitest'
import type { BulkAction } from './bulk-kind.ts'
import { statusActions } from './status-actions.ts'
import { undoSteps } from './undo-steps.ts'

interface Row {
  id: string
  status: 'ACTIVE' | 'SUSPENDED'
  quotaBytes: number | null
}
const rows: Row[] = [
  { id: 'a', status: 'ACTIVE', quotaBytes: 1 },
  { id: 'b', status: 'SUSPENDED', quotaBytes: 2 },
  { id: 'c', status: 'ACTIVE', quotaBytes: 2 },
]
const quota: BulkAction<Row> = {
  key: 'quota',
  icon: Trash2,
  may: 'update',
  operation: 'Update',
  before: ({ quotaBytes }) => ({ quotaBytes }),
}
const [suspend] = statusActions

test('each object gets back what was said of it, and only if it was changed', () => {
  expect(undoSteps(quota, { quotaBytes: 5 }, rows, ['a', 'b', 'c'])).toEqual([
    { quotaBytes: 1, ids: ['a'] },
    { quotaBytes: 2, ids: ['b', 'c'] },
  ])
  expect(undoSteps(quota, { quotaBytes: 2 }, rows, ['a', 'b'])).toEqual([{ quotaBytes: 1, ids: ['a'] }])
  expect(undoSteps<Row>(suspend, { status: 'SUSPENDED' }, rows, ['a', 'b', 'c'])).toEqual([
    { status: 'ACTIVE', ids: ['a', 'c'] },
  ])
})

test('of what a filter selected only a change of status has a way back, in parts that the API takes', () => {
  const ids = Array.from({ length: 2_500 }, (_, index) => `${index}`)
  const steps = undoSteps<Row>(suspend, { status: 'SUSPENDED' }, undefined, ids)
  expect(steps.map((step) => step.ids.length)).toEqual([1_000, 1_000, 500])
  expect(undoSteps(quota, { quotaBytes: 5 }, undefined, ids)).toEqual([])
})

test('there is none for a deletion, for what is not known, and for more values than one would say by hand', () => {
  expect(undoSteps({ ...quota, operation: 'Delete' }, {}, rows, ['a'])).toEqual([])
  expect(undoSteps(quota, { quotaBytes: 5 }, rows, ['a', 'unknown'])).toEqual([])
  const many = Array.from({ length: 30 }, (_, index) => ({ ...rows[0]!, id: `${index}`, quotaBytes: index }))
  expect(
    undoSteps(
      quota,
      { quotaBytes: 99 },
      many,
      many.map(({ id }) => id),
    ),
  ).toEqual([])
})
