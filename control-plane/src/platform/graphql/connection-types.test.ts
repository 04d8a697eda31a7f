import 'reflect-metadata'
import { expect, test } from 'vitest'
import { connectionFrom } from './connection-types.js'

test('what is deleted while a list is read is left out, and the list can be read on from there', () => {
  const page = { ids: ['a', 'b', 'c'], cursors: ['1', '2', '3'], values: [], hasNextPage: true, hasPreviousPage: false }
  const { edges, nodes, pageInfo } = connectionFrom({ ...page, count: async () => 3 }, ['A', null, null])
  expect({ edges, nodes }).toEqual({ edges: [{ cursor: '1', node: 'A' }], nodes: ['A'] })
  expect(pageInfo).toMatchObject({ startCursor: '1', endCursor: '3', hasNextPage: true })
})
