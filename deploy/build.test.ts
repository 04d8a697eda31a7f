import { expect, it } from 'vitest'
import { buildProduct } from '../tests/support/build.js'
import { staleParts } from './build.mjs'

it('a build leaves nothing stale, though it generates files among its sources', { timeout: 600_000 }, async () => {
  await buildProduct()
  expect(staleParts()).toEqual([])
})
