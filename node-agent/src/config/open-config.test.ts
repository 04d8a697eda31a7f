/** The config database over its life: kept, taken by one process, damaged, refused and mended. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ConfigChange } from '@mailfleet/schema'
import { ConfigState } from './config-state.js'
import { InMemoryDirectory } from './in-memory-directory.js'
import { openConfig } from './open-config.js'

const logger = pino({ level: 'silent' })
const domain = (version: number, name: string) => ({
  key: 'Domain/a',
  version,
  resource: JSON.stringify({ kind: 'Domain', id: 'a', tenantId: 't', name, status: 'ACTIVE', catchAll: null }),
})

let folder: string
const closers: (() => unknown)[] = []
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'config-'))))
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  rmSync(folder, { recursive: true })
})

async function boot(definitions = '1') {
  const directory = new InMemoryDirectory('node.example')
  const target = {
    apply: async (changes: ConfigChange[]) => {
      const refused = ({ resource }: ConfigChange) => resource?.kind === 'Domain' && resource.name.startsWith('bad')
      directory.apply(changes.filter((change) => !refused(change)))
      return changes.map((change) => ({
        key: change.key,
        version: change.version,
        status: refused(change) ? ('REJECTED' as const) : ('APPLIED' as const),
      }))
    },
  }
  const opened = await openConfig(join(folder, 'config.db'), definitions, logger)
  closers.push(() => opened.writer.close())
  const state = await ConfigState.restore({ stored: opened.stored, journal: opened.writer, target, definitions })
  return { ...opened, state, directory, close: () => closers.pop()!() }
}

async function snapshot(state: ConfigState, epoch: string, revision: number, entries: ReturnType<typeof domain>[]) {
  await state.beginSnapshot({ epoch, revision })
  await state.addToSnapshot(entries)
  return state.endSnapshot({ epoch, revision })
}

it('keeps its state over a restart, and asks for everything again when the definitions have changed', async () => {
  const first = await boot()
  await snapshot(first.state, 'e', 3, [domain(3, 'a.example')])
  await first.close()
  const second = await boot()
  expect(second.state.position).toEqual({ epoch: 'e', revision: 3 })
  expect(second.directory.domain('a.example')).toBeDefined()
  await second.close()
  const upgraded = await boot('2')
  expect(upgraded.state.position).toBeNull()
  expect(upgraded.state.revision).toBe(3)
  expect(upgraded.directory.domain('a.example')).toBeDefined()
})

it('takes the mended version of what a new epoch had refused, though it is numbered lower than before', async () => {
  const { state, directory, close } = await boot()
  await snapshot(state, 'e1', 900, [domain(900, 'good.example')])
  const refusals = await snapshot(state, 'e2', 5, [domain(5, 'bad.example')])
  expect(refusals).toMatchObject([{ key: 'Domain/a', version: 5, status: 'REJECTED' }])
  expect(directory.domain('good.example')).toBeDefined()
  await close()
  const again = await boot()
  expect(again.directory.domain('good.example')).toBeDefined()
  await again.state.delta(6, [domain(6, 'mended.example')])
  expect(again.directory.domain('mended.example')).toBeDefined()
})

it.each([
  ['is no database', (path: string) => writeFileSync(path, 'not a database, and long enough to be looked at')],
  [
    'has a torn page',
    (path: string) => writeFileSync(path, Buffer.alloc(statSync(path).size - 4096, 0xa5), { flag: 'r+' }),
  ],
])('sets a file aside that %s, and starts without config', async (_what, damage) => {
  const first = await boot()
  await snapshot(first.state, 'e', 3, [domain(3, 'a.example')])
  await first.close()
  damage(join(folder, 'config.db'))
  const second = await boot()
  expect(second.setAside).not.toBeNull()
  expect(existsSync(second.setAside!)).toBe(true)
  expect(second.state.position).toBeNull()
  await snapshot(second.state, 'e', 4, [domain(4, 'b.example')])
  expect(second.directory.domain('b.example')).toBeDefined()
})
