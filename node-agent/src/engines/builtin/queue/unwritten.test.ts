/** What was sent and cannot be written down is not sent twice. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MailEvent } from '@mailfleet/schema'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { readOutbox } from '../../../durable/outbox-table.js'
import { domain, settings } from '../smtp/test-support/mail-node.js'
import { createOutboundQueue } from './create-outbound-queue.js'
import type { OpenedOutboundQueue, OutboundQueueDeps } from './create-outbound-queue.js'
import { reply, startSink } from './test-support/sink.js'
import type { Sink, SinkScript } from './test-support/sink.js'

let folder: string
let mounted: boolean
let queue: OpenedOutboundQueue | null
let sink: Sink

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailfleet-unwritten-'))
  mounted = false
  queue = null
})
afterEach(async () => {
  await queue?.close(0)
  await sink?.close()
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
})

async function start(script: SinkScript, deliverLocal: OutboundQueueDeps['deliverLocal']): Promise<void> {
  sink = await startSink(script)
  const directory = new InMemoryDirectory('mx.here.test')
  const route = { domain: '*' as const, host: '127.0.0.1', port: sink.port, tls: 'NONE' as const }
  const resource = settings({ outboundRoutes: [route], retryDelays: [1] })
  const here = domain('here.test')
  directory.apply([
    { key: 'NodeSettings/n1', version: 1, resource },
    { key: `Domain/${here.id}`, version: 1, resource: here },
  ])
  queue = await createOutboundQueue({ directory, logger: pino({ level: 'silent' }), deliverLocal }, { dataDir: folder })
  await queue.start()
}
const enqueue = (...addresses: string[]): Promise<void> =>
  queue!.enqueue({
    transactionId: randomUUID(),
    reversePath: 'ann@here.test',
    recipients: addresses.map((address) => ({ address, domainId: 'd' })),
    content: { size: 9, buffer: Buffer.from('A: b\r\n\r\nc') },
    messageId: null,
    subject: '',
  })
const told = (type: MailEvent['type']): (string | null | undefined)[] => {
  const db = new Database(join(folder, 'queue.db'), { readonly: true })
  const events = readOutbox(db, 0, 1_000).map(({ body }) => JSON.parse(body) as MailEvent)
  db.close()
  return events.filter((event) => event.type === type).map(({ recipient }) => recipient)
}

it('where the disk is full after the other side took it', { timeout: 30_000 }, async ({ skip }) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' })
    mounted = true
  } catch {
    skip('needs the right to mount')
  }
  const filler = join(folder, 'filler')
  const fill = (): null => {
    for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
      } catch {
        // A smaller piece may still fit.
      }
    }
    return null
  }
  await start({ onMessage: (_message, count) => (count === 1 ? fill() : null) }, () => Promise.resolve([]))
  await enqueue('x@far.test')
  await expect.poll(() => sink.messages.length, { timeout: 10_000 }).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(queue!.size()).toBe(1)
  rmSync(filler)
  await expect.poll(() => queue!.size(), { timeout: 10_000 }).toBe(0)
  expect(told('RELAYED')).toEqual(['x@far.test'])
  await enqueue('y@far.test')
  await expect.poll(() => queue!.size(), { timeout: 10_000 }).toBe(0)
  expect(sink.messages.map(({ to }) => to)).toEqual([['x@far.test'], ['y@far.test']])
})

it('where the bounce for another recipient cannot be stored yet', { timeout: 30_000 }, async () => {
  const bounced: string[] = []
  let tries = 0
  await start(
    { onRcpt: (address) => (address === 'bad@far.test' ? reply(550, '5.1.1 no') : null) },
    (_content, _reversePath, recipient) => {
      if (++tries < 3) return Promise.reject(new Error('the mailbox is not available'))
      bounced.push(recipient)
      return Promise.resolve([])
    },
  )
  await enqueue('good@far.test', 'bad@far.test')
  await expect.poll(() => told('BOUNCED'), { timeout: 20_000 }).toEqual(['bad@far.test'])
  expect(bounced).toEqual(['ann@here.test'])
  expect(sink.messages.map(({ to }) => to)).toEqual([['good@far.test']])
  expect(told('RELAYED')).toEqual(['good@far.test'])
  expect(told('DEFERRED')).toEqual(['bad@far.test', 'bad@far.test'])
  expect(queue!.size()).toBe(0)
})
