import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readOutbox } from '../durable/outbox-table.js'
import { EventSpool } from './event-spool.js'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'spool-'))))
afterEach(() => rmSync(folder, { recursive: true }))
const logger = pino({ level: 'silent' })

it('writes what is emitted, in order, and drops and counts what is beyond its bound', async () => {
  const path = join(folder, 'events.db')
  const spool = await EventSpool.open(path, logger)
  for (let at = 0; at < 30_000; at++) spool.emit({ type: 'REFUSED', at })
  expect(spool.dropped).toBeGreaterThan(0)
  await spool.flush()
  spool.emit({ type: 'REFUSED', at: 30_000 })
  await spool.close()

  const db = new Database(path, { readonly: true })
  const rows = readOutbox(db, 0, 40_000).map(({ body }) => (JSON.parse(body) as { at: number }).at)
  db.close()
  expect(rows).toHaveLength(30_001 - spool.dropped)
  expect(rows).toEqual([...rows].sort((a, b) => a - b))
  expect(rows.at(-1)).toBe(30_000)
})

it('counts what its database does not take, and never throws', async () => {
  const spool = await EventSpool.open(join(folder, 'events.db'), logger)
  await spool.writer.close()
  spool.emit({ type: 'AUTH_FAILED', at: 1 })
  await spool.flush()
  expect(spool.dropped).toBe(1)
})

it('sets a damaged database aside and begins a new stream', async () => {
  const path = join(folder, 'events.db')
  const spool = await EventSpool.open(path, logger)
  await spool.close()
  writeFileSync(path, 'this is no database, and longer than the header of one would have to be: '.repeat(10))
  const again = await EventSpool.open(path, logger)
  expect(again.writer.stream).not.toBe(spool.writer.stream)
  again.emit({ type: 'AUTH_FAILED', at: 1 })
  await again.close()
  expect(again.dropped).toBe(0)
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1)
})
