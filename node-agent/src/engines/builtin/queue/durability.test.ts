/** Acceptance group A: what the queue took survives whatever happens to the process. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '@mailfleet/schema'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { readOutbox } from '../../../durable/outbox-table.js'
import { settings } from '../smtp/test-support/mail-node.js'
import { createOutboundQueue } from './create-outbound-queue.js'
import type { OpenedOutboundQueue } from './create-outbound-queue.js'
import type { TimeSource } from './queue-clock.js'
import { startSink } from './test-support/sink.js'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mailfleet-queue-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const script = fileURLToPath(new URL('./test-support/queue-child.ts', import.meta.url))

interface Child {
  process: ChildProcess
  taken: number[]
  line(text: string): Promise<void>
  gone: Promise<void>
}
function startChild(port: number, first: number): Child {
  const process_ = spawn(process.execPath, ['--import', 'tsx', script, dataDir, String(port), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const taken: number[] = []
  const listeners = new Set<() => void>()
  process_.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    for (const match of output.matchAll(/ok (\d+)\n/g)) taken.push(Number(match[1]))
    output = output.replace(/ok \d+\n/g, '')
    for (const listener of listeners) listener()
  })
  const gone = new Promise<void>((resolve) => process_.once('close', () => resolve()))
  return {
    process: process_,
    taken,
    gone,
    line: (text) =>
      Promise.race([
        gone,
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (output.includes(text)) resolve()
          }
          listeners.add(look)
          look()
        }),
      ]),
  }
}

const relayedEvents = (): MailEvent[] => {
  const db = new Database(join(dataDir, 'queue.db'), { readonly: true })
  const events = readOutbox(db, 0, 1_000_000).map(({ body }) => JSON.parse(body) as MailEvent)
  db.close()
  return events.filter(({ type }) => type === 'RELAYED')
}

describe('kill -9', () => {
  it('loses nothing that was taken and invents nothing, while enqueuing and while delivering', async () => {
    const sink = await startSink()
    const taken: number[] = []
    const kills = 3
    for (let round = 0; round < kills; round++) {
      const child = startChild(sink.port, round * 100_000)
      await child.line('ready')
      await expect.poll(() => child.taken.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(40 + round * 60)
      child.process.kill('SIGKILL')
      await child.gone
      taken.push(...child.taken)
    }
    const last = startChild(sink.port, -1)
    await last.line('empty')
    await last.gone
    expect(last.process.exitCode).toBe(0)

    const arrived = sink.messages.map(({ text }) => Number(/Subject: (\d+)/.exec(text)![1]))
    const distinct = new Set(arrived)
    expect(taken.filter((number) => !distinct.has(number))).toEqual([])
    // At most what eight writers had under way at each kill may have arrived without its `ok`.
    expect(distinct.size - taken.length).toBeLessThanOrEqual(kills * 8 + 64)
    for (const { text, to } of sink.messages) {
      const number = Number(/Subject: (\d+)/.exec(text)![1])
      expect(to).toEqual([`n${number}@far.test`])
      expect(text.length).toBe(`Subject: ${number}\r\n\r\n\r\n`.length + (number % 10 === 0 ? 100_000 : 100))
    }
    // Doubles only of what was being sent at a kill.
    expect(arrived.length - distinct.size).toBeLessThanOrEqual(kills * 20)
    const told = relayedEvents().map(({ recipient }) => recipient)
    expect(new Set(told).size).toBe(told.length)
    expect(told.length).toBe(distinct.size)
    expect(readdirSync(join(dataDir, 'bodies'))).toEqual([])
    await sink.close()
  }, 90_000)
})

function open(time?: TimeSource, more: Parameters<typeof settings>[0] = {}): Promise<OpenedOutboundQueue> {
  const directory = new InMemoryDirectory('mx.here.test')
  const route = { domain: '*' as const, host: '127.0.0.1', port: 9, tls: 'NONE' as const }
  const resource = settings({ outboundRoutes: [route], ...more })
  directory.apply([{ key: 'NodeSettings/n1', version: 1, resource }])
  const deps = {
    directory,
    logger: pino({ level: 'silent' }),
    deliverLocal: () => Promise.resolve([]),
    ...(time && { time }),
  }
  return createOutboundQueue(deps, { dataDir })
}
const enqueue = (queue: OpenedOutboundQueue, id: string): Promise<void> =>
  queue.enqueue({
    transactionId: id,
    reversePath: '',
    recipients: [{ address: `${id}@far.test`, domainId: 'd' }],
    content: { size: 5, buffer: Buffer.from('a\r\nb\r') },
    messageId: null,
    subject: '',
  })
const stored = (): MailEvent[] => {
  const db = new Database(join(dataDir, 'queue.db'), { readonly: true })
  const events = readOutbox(db, 0, 1_000).map(({ body }) => JSON.parse(body) as MailEvent)
  db.close()
  return events
}

describe('the queue folder', () => {
  it('is used by one process at a time', async () => {
    const first = await open()
    await expect(open()).rejects.toThrow(/another process uses/)
    await first.close(0)
    await (await open()).close(0)
  })

  it('counts what it holds after a restart', async () => {
    const first = await open()
    await enqueue(first, 'a')
    await enqueue(first, 'b')
    expect(first.size()).toBe(2)
    await first.close(0)
    const second = await open()
    expect(second.size()).toBe(2)
    await second.close(0)
  })

  it('sets a damaged database aside with its bodies, says so at each start, and takes new mail', async () => {
    const first = await open()
    for (let n = 0; n < 100; n++) await enqueue(first, `m${n}`)
    await first.close(0)
    writeFileSync(join(dataDir, 'bodies', 'of-a-message'), 'x')
    const path = join(dataDir, 'queue.db')
    const pages = readFileSync(path)
    const damaged = Buffer.concat([pages.subarray(0, 4096), Buffer.alloc(pages.length - 4096, 0xff)])
    writeFileSync(path, damaged)

    const second = await open()
    await enqueue(second, 'new')
    expect(second.size()).toBe(1)
    expect(second.problems()).toEqual([expect.stringMatching(/queue\.db\.damaged-/)])
    await second.close(0)
    const third = await open()
    expect(third.size()).toBe(1)
    expect(third.problems()).toHaveLength(1)
    await third.close(0)
    const names = readdirSync(dataDir).filter((name) => name.includes('damaged'))
    expect(
      readFileSync(
        join(
          dataDir,
          names.find((name) => name.endsWith('Z'))!,
        ),
      ).equals(damaged),
    ).toBe(true)
    expect(
      readdirSync(
        join(
          dataDir,
          names.find((name) => name.endsWith('bodies'))!,
        ),
      ),
    ).toEqual(['of-a-message'])
  })

  it('goes on with what can be read of a damaged database', async () => {
    const first = await open()
    const messages = 300
    const enqueued = Array.from({ length: messages }, (_, n) => {
      const size = n % 30 === 0 ? 70_000 : 100
      return first.enqueue({
        transactionId: `${n}`,
        reversePath: '',
        recipients: [{ address: `m${n}@far.test`, domainId: 'd' }],
        content: { size, buffer: Buffer.alloc(size, 'x') },
        messageId: null,
        subject: '',
        events: [{ type: 'QUEUED', at: n }],
      })
    })
    await Promise.all(enqueued)
    await first.close(0)
    const path = join(dataDir, 'queue.db')
    const db = new Database(path)
    const [page] = db.prepare("SELECT pageno FROM dbstat WHERE name = 'recipient' AND pagetype = 'leaf'").pluck().all()
    db.close()
    const pages = readFileSync(path)
    pages.fill(0xff, 4096 * ((page as number) - 1), 4096 * (page as number))
    writeFileSync(path, pages)

    const second = await open()
    const size = second.size()
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThan(messages)
    expect(stored()).toHaveLength(messages)
    const names = readdirSync(join(dataDir, 'bodies'))
    const queue = new Database(path, { readonly: true })
    expect(queue.prepare('SELECT body_file FROM entry WHERE body_file IS NOT NULL').pluck().all().sort()).toEqual(
      names.sort(),
    )
    queue.close()
    expect(second.problems()).toHaveLength(1)
    await second.close(0)
    const third = await open()
    expect(third.size()).toBe(size)
    await third.close(0)
  })

  it('removes body files that no message names', async () => {
    const first = await open()
    await first.close(0)
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(dataDir, 'bodies', 'orphan'), 'x')
    await (await open()).close(0)
    expect(readdirSync(join(dataDir, 'bodies'))).toEqual([])
  })
})

describe('a clock that jumps', () => {
  const year = 365 * 86_400_000
  it.each([
    ['two years ahead', 2 * year],
    ['an hour back', -3_600_000],
  ])('%s while the queue was down or up: nothing bounces, nothing storms', async (_name, jump) => {
    const start = 1_800_000_000_000
    const clock = { wall: start, monotonic: 0 }
    const time: TimeSource = { wall: () => clock.wall, monotonic: () => clock.monotonic }
    const first = await open(time, { retryDelays: [7_200] })
    await first.start()
    for (let index = 0; index < 20; index++) await enqueue(first, `m${index}`)
    await expect
      .poll(() => stored().filter(({ type }) => type === 'DEFERRED').length, { timeout: 10_000 })
      .toBeGreaterThan(0)
    clock.wall += jump
    clock.monotonic += 1_000
    // Longer than the interval in which the queue looks for what is due.
    await new Promise((resolve) => setTimeout(resolve, 400))
    await first.close(0)

    const second = await open(time, { retryDelays: [7_200] })
    await second.start()
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(second.size()).toBe(20)
    const types = new Set(stored().map(({ type }) => type))
    expect([...types]).toEqual(['DEFERRED'])
    // Each message was tried no more than once: none of their two hours has passed.
    const attempts = stored().map(({ recipient }) => recipient)
    expect(new Set(attempts).size).toBe(attempts.length)
    await second.close(0)
  })
})
