/** The full-text index as the store runs it: in its own thread, over kills, damage and removals. */
import { spawn } from 'node:child_process'
import { existsSync, openSync, closeSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { summarizeMessage } from '../../message/index.js'
import type { OpenedMailStore } from '../index.js'
import { bufferContent, openTestStore, temporaryFolder } from '../test-support/store-fixture.js'
import { damageMark, indexFolder, indexPath } from './layout.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore | null = null
const shardPath = () => join(folder.path, 'shard-00')
const wait = { timeout: 60_000, interval: 50 }

const open = async (fullText = { delayMs: 20, minMessages: 1 }): Promise<OpenedMailStore> =>
  (store = await openTestStore(folder.path, {
    shards: 1,
    summarize: summarizeMessage,
    upkeepIntervalMs: 20,
    fullText,
  }))
const idle = { delayMs: 3_600_000, minMessages: 1 }
const close = async (): Promise<void> => {
  await store?.close()
  store = null
}

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await close()
  await folder.remove()
})

const message = (number: number, text = ''): string =>
  `From: a@example.org\r\nSubject: number ${number}\r\n\r\nThe word of this one is word${number}x. ${text}\r\n`

async function append(first: number, count: number, text = ''): Promise<number> {
  const { id } = (await store!.mailbox('a', 'INBOX'))!
  const messages = Array.from({ length: count }, (_, index) => ({
    content: bufferContent(message(first + index, text)),
    flags: [],
  }))
  await store!.append(id, messages)
  return id
}

const find = async (mailbox: number, text: string): Promise<{ known: number; found: number[] | null }> => {
  const { known, found } = await store!.findText(mailbox, [{ text, inHeader: true }])
  return { known: known.size, found: found[0] ? [...found[0]] : null }
}
const allKnown = (mailbox: number, count: number): Promise<void> =>
  vi.waitFor(async () => expect((await find(mailbox, 'word')).known).toBe(count), wait)

test('indexes in the background what is there and what comes', { timeout: 60_000 }, async () => {
  await open()
  const id = await append(1, 5)
  await allKnown(id, 5)
  await append(6, 5)
  await allKnown(id, 10)
  expect(await find(id, 'word7x')).toEqual({ known: 10, found: [7] })
  expect((await find(id, 'number 1')).found).toEqual([1, 10])
  const { found } = await store!.findText(id, [{ text: 'number 1', inHeader: false }])
  expect(found).toEqual([new Set()])
})

test('goes on after a kill, and knows each message once', { timeout: 90_000 }, async () => {
  await open(idle)
  const id = await append(1, 2_000, 'some more text '.repeat(100))
  await close()
  const child = fileURLToPath(new URL('../test-support/open-store-child.ts', import.meta.url))
  for (let round = 0; round < 3; round++) {
    const running = spawn(process.execPath, ['--import', 'tsx', child, folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => running.stdout.once('data', resolve))
    await vi.waitFor(() => expect(existsSync(indexPath(shardPath(), 'a'))).toBe(true), wait)
    await sleep(Math.random() * 500)
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }
  await open()
  await allKnown(id, 2_000)
  for (const number of [1, 777, 2_000]) expect((await find(id, `word${number}x`)).found).toEqual([number])
  expect((await find(id, 'some more text')).found).toHaveLength(2_000)
})

test('a damaged file is not believed, and made again', { timeout: 60_000 }, async () => {
  await open()
  const id = await append(1, 300)
  await allKnown(id, 300)
  await close()
  const path = indexPath(shardPath(), 'a')
  const file = openSync(path, 'r+')
  // All but the head of the file, which says that it is one.
  for (let at = 4096; at < statSync(path).size; at += 4096) writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, at)
  closeSync(file)

  await open(idle)
  expect(await find(id, 'word7x')).toEqual({ known: 0, found: null })
  expect(existsSync(damageMark(path))).toBe(true)
  await close()

  await open()
  await allKnown(id, 300)
  expect((await find(id, 'word7x')).found).toEqual([7])
  expect(existsSync(damageMark(path))).toBe(false)
})

test('what is no database is made again', { timeout: 60_000 }, async () => {
  await open()
  const id = await append(1, 3)
  await allKnown(id, 3)
  await close()
  const file = openSync(indexPath(shardPath(), 'a'), 'r+')
  writeSync(file, Buffer.alloc(4096, 1), 0, 4096, 0)
  closeSync(file)
  await open()
  await allKnown(id, 3)
})

test('entries go with the last message that needs them', { timeout: 60_000 }, async () => {
  await open()
  const id = await append(1, 3)
  const { id: other } = await store!.createMailbox('a', 'Other')
  await store!.copy(id, [1], other, false)
  await allKnown(other, 1)
  await store!.expunge(id, [1, 2], true)
  const entries = async (): Promise<number> => {
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(indexPath(shardPath(), 'a'), { readonly: true })
    try {
      expect(db.prepare('SELECT count(*) FROM texts').pluck().get()).toBe(
        db.prepare('SELECT count(*) FROM entries').pluck().get(),
      )
      return db.prepare('SELECT count(*) FROM entries').pluck().get() as number
    } finally {
      db.close()
    }
  }
  await vi.waitFor(async () => expect(await entries()).toBe(2), wait)
  expect((await find(other, 'word1x')).found).toEqual([1])
  expect(await find(id, 'word2x')).toEqual({ known: 1, found: [] })
})

test('the file goes with the account, and small accounts have none', { timeout: 60_000 }, async () => {
  await open()
  await allKnown(await append(1, 3), 3)
  await close()
  await open(idle)
  await store!.dropAccount('a')
  await close()
  store = await openTestStore(folder.path, {
    shards: 1,
    upkeepIntervalMs: 20,
    purgeAfterDays: () => -1,
    fullText: { delayMs: 20, minMessages: 10 },
  })
  await vi.waitFor(async () => expect(await store!.accounts()).toEqual([]), wait)
  await close()
  await open({ delayMs: 20, minMessages: 10 })
  await vi.waitFor(() => expect(readdirSync(indexFolder(shardPath()))).toEqual([]), wait)
  const small = await append(1, 3)
  await sleep(200)
  expect((await find(small, 'word')).known).toBe(0)
})
