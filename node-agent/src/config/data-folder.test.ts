import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StartError } from '../start-error.js'
import { claimDataFolder } from './data-folder.js'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'data-folder-'))))
afterEach(() => rmSync(folder, { recursive: true }))

it('makes the folder with all above it, for its user alone, and holds it', () => {
  const data = join(folder, 'var', 'lib', 'node')
  const release = claimDataFolder(data)
  expect(statSync(data).mode & 0o777).toBe(0o700)
  expect(() => claimDataFolder(data)).toThrow(/another process uses/)
  release()
  claimDataFolder(data)()
})

it.each(['/proc/mailfleet/node', '/dev/null/node'])('says in one line that %s cannot be made', (path) => {
  expect(() => claimDataFolder(path)).toThrow(StartError)
  expect(() => claimDataFolder(path)).toThrow(/^the data folder .* cannot be used: [^\n]*$/)
})
