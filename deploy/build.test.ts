import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildProduct } from '../tests/support/build.js'
import { staleParts } from './build.mjs'
import { repositoryRoot } from './places.mjs'

it('a build leaves nothing stale, and a changed source makes its part stale', { timeout: 600_000 }, async () => {
  await buildProduct()
  expect(staleParts()).toEqual([])
  const file = join(repositoryRoot, 'admin-ui/index.html')
  const text = readFileSync(file)
  try {
    writeFileSync(file, `${text}\n`)
    expect(staleParts()).toEqual(['console'])
  } finally {
    writeFileSync(file, text)
  }
})
