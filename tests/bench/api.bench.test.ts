/** The bench of the API still runs: all of its cases once, in a small world. What it measures there says nothing. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../../deploy/places.mjs'
import { buildProduct } from '../support/build.js'

test('the bench of the API runs from the empty database to the end of the import', async () => {
  await buildProduct()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['tests/bench/api.bench.mjs', '--size=smoke', '--rounds=1'],
    { cwd: repositoryRoot },
  )
  expect(stdout).toMatch(/reseller with 150 domains · mailboxes, first page \|/)
  expect(stdout).toMatch(/platform · administrators, search \|/)
  expect(stdout).toMatch(/import of 200 mailboxes: /)
}, 240_000)
