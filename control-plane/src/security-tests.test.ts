/** docs/security-tests.md names tests that there are. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/security-tests.md'), 'utf8')
const named = [...page.matchAll(/^\|.*\| `([^`]+)`: (.+?) +\|$/gm)].map(([, file, name]) => [file!, name!] as const)

test('names tests', () => expect(named.length).toBeGreaterThan(20))

test.each(named)('%s has its test', (file, name) => {
  expect(readFileSync(join(root, file), 'utf8')).toContain(name)
})
