import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOutbox } from './outbox-table.js'
import { Writer, WriterBusyError, WriterFailedError } from './writer.js'

const operations = new URL('./test-support/ledger-operations.ts', import.meta.url)
let folder: string
let path: string
const opened: Writer[] = []

const openWriter = async (options: { maxPending?: number; maxPendingBytes?: number } = {}): Promise<Writer> => {
  const writer = await Writer.open({ name: 'ledger', path, operations, ...options })
  opened.push(writer)
  return writer
}

/** Makes the calls while the writer's thread is held, so that they cannot fall into two groups. */
async function inOneGroup(writer: Writer, calls: () => Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const held = writer.call('hold', gate)
  while (Atomics.load(gate, 0) === 0) await sleep(1)
  const results = Promise.allSettled(calls())
  Atomics.store(gate, 1, 1)
  Atomics.notify(gate, 1)
  await held
  return results
}

function onDisk(): { values: number[]; events: number[]; sequences: number[] } {
  const db = new Database(path, { readonly: true })
  try {
    const rows = readOutbox(db, 0, 1_000_000)
    return {
      values: db.prepare('SELECT value FROM ledger ORDER BY value').pluck().all() as number[],
      events: rows.map(({ body }) => (JSON.parse(body) as { at: number }).at),
      sequences: rows.map(({ sequence }) => sequence),
    }
  } finally {
    db.close()
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailfleet-writer-'))
  path = join(folder, 'ledger.db')
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((writer) => writer.close()))
  rmSync(folder, { recursive: true })
})

test('many calls at once share commits', async () => {
  const writer = await openWriter()
  const values = Array.from({ length: 400 }, (_, value) => value)
  expect(await Promise.all(values.map((value) => writer.call('add', { value })))).toEqual(values)
  expect(await writer.call<number>('commits', null)).toBeLessThan(100)
  expect(onDisk().values).toEqual(values)
})

test('a call that throws is undone alone, with its events', async () => {
  const writer = await openWriter()
  const results = await Promise.allSettled([
    writer.call('add', { value: 1 }, [{ type: 'DELIVERED', at: 1 }]),
    writer.call('addThenThrow', { value: 2 }),
    writer.call('add', { value: 1 }, [{ type: 'DELIVERED', at: 99 }]),
    writer.call('nothing', null),
    writer.call('add', { value: 3 }, [{ type: 'DELIVERED', at: 3 }]),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'])
  expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'REFUSED', message: 'refused' })
  expect(onDisk()).toEqual({ values: [1, 3], events: [1, 3], sequences: [1, 2] })
})

test('sequences of events stay dense over trims and restarts, in one stream', async () => {
  const first = await openWriter()
  await Promise.all([1, 2, 3].map((at) => first.call('emit', { at })))
  await first.call('$trim', 3)
  await first.close()
  const second = await openWriter()
  expect(second.stream).toBe(first.stream)
  let told = 0
  second.on('events', () => told++)
  await second.call('$append', null, [{ type: 'DELIVERED', at: 4 }])
  expect(onDisk()).toMatchObject({ events: [4], sequences: [4] })
  expect(told).toBe(1)
})

test('a full disk rejects the group and the writer goes on', async () => {
  const writer = await openWriter()
  const results = await inOneGroup(writer, () => [
    writer.call('add', { value: 1 }),
    writer.call('failCommit', 'ENOSPC'),
  ])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await writer.call('add', { value: 2 })).toBe(2)
  expect(onDisk().values).toEqual([2])
})

test('any other failure of a commit ends the writer', async () => {
  const writer = await openWriter()
  const failures: Error[] = []
  writer.on('failed', (error) => failures.push(error))
  const results = await inOneGroup(writer, () => [writer.call('add', { value: 1 }), writer.call('failCommit', 'EIO')])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(writer.call('add', { value: 2 })).rejects.toThrow(WriterFailedError)
  expect(failures).toHaveLength(1)
  expect(writer.problem).toMatch(/^the database ledger failed: /)
  expect(onDisk().values).toEqual([])
})

test('waiting calls are bounded by number and by octets', async () => {
  const writer = await openWriter({ maxPending: 3, maxPendingBytes: 1000 })
  const add = (value: number, size: number) => {
    const payload = new Uint8Array(size)
    return writer.call('add', { value, payload }, [], [payload.buffer])
  }
  const byBytes = await Promise.allSettled([add(1, 600), add(2, 600), add(3, 400)])
  expect(byBytes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((byBytes[1] as PromiseRejectedResult).reason).toBeInstanceOf(WriterBusyError)
  const byCount = await Promise.allSettled([add(4, 1), add(5, 1), add(6, 1), add(7, 1)])
  expect(byCount.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  expect(await add(8, 5000)).toBe(8)
})

test('arguments that cannot be cloned reject alone and do not count as waiting', async () => {
  const writer = await openWriter({ maxPending: 1 })
  await expect(writer.call('add', { value: () => 1 })).rejects.toThrow(/could not be cloned/)
  expect(await writer.call('add', { value: 1 })).toBe(1)
})

test('close waits for what was called before, and takes no more', async () => {
  const writer = await openWriter()
  const calls = [1, 2, 3].map((value) => writer.call('add', { value }))
  const closed = writer.close()
  await expect(writer.call('add', { value: 4 })).rejects.toThrow(WriterFailedError)
  await Promise.all([...calls, closed])
  expect(onDisk().values).toEqual([1, 2, 3])
})

test('an operations module that cannot be loaded fails the opening', async () => {
  const missing = new URL('./test-support/missing.ts', import.meta.url)
  await expect(Writer.open({ name: 'ledger', path, operations: missing })).rejects.toThrow(/missing/)
})

test('SIGKILL loses nothing that was answered, and each value has its event', async () => {
  const child = fileURLToPath(new URL('./test-support/ledger-child.ts', import.meta.url))
  let first = 0
  for (let round = 0; round < 4; round++) {
    const acknowledged = await new Promise<number[]>((resolve, reject) => {
      const running = spawn(process.execPath, ['--import', 'tsx', child, path, String(first)])
      let output = ''
      let enough = 20 + Math.floor(Math.random() * 300)
      running.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        enough -= chunk.toString().split('\n').length - 1
        if (enough <= 0) running.kill('SIGKILL')
      })
      running.stderr.on('data', (chunk: Buffer) => reject(new Error(chunk.toString())))
      // The last line may be torn.
      running.on('close', () => resolve(output.split('\n').slice(0, -1).map(Number)))
    })
    const { values, events, sequences } = onDisk()
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(values).toEqual(expect.arrayContaining(acknowledged))
    expect([...events].sort((a, b) => a - b)).toEqual(values)
    expect(sequences).toEqual(sequences.map((_, index) => index + 1))
    first = values.at(-1)! + 1000
  }
})
