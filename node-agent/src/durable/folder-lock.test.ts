import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFolder } from './folder-lock.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailfleet-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('one holder at a time in a process', () => {
  const lock = lockFolder(folder)
  expect(() => lockFolder(folder)).toThrow(/another process uses/)
  // The refused attempt must not have given the first holder's lock back.
  expect(() => lockFolder(folder)).toThrow(/another process uses/)
  lock.release()
  lockFolder(folder).release()
})

test('another process is refused until the holder is gone, even by SIGKILL', async () => {
  const module = new URL('./folder-lock.ts', import.meta.url).href
  const script = `import { lockFolder } from ${JSON.stringify(module)}
    lockFolder(${JSON.stringify(folder)}); process.stdout.write('held'); setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  const gone = once(holder, 'exit')
  expect(String((await once(holder.stdout, 'data'))[0])).toBe('held')
  expect(() => lockFolder(folder)).toThrow(/another process uses/)
  holder.kill('SIGKILL')
  await gone
  lockFolder(folder).release()
})
