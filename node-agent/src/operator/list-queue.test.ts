import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { InMemoryDirectory } from '../config/in-memory-directory.js'
import { createOutboundQueue } from '../engines/builtin/queue/index.js'
import { settings } from '../engines/builtin/smtp/test-support/mail-node.js'
import { listQueue } from './list-queue.js'

const wall = Date.parse('2026-11-25T10:00:00Z')

test('tells what waits, while the queue is open and afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mailfleet-list-queue-'))
  const list = (destination: string | null = null): string => {
    let text = ''
    listQueue(folder, destination, (piece) => (text += piece))
    return text
  }
  try {
    expect(list()).toContain('there is no queue')
    const directory = new InMemoryDirectory('mx.own.test')
    directory.apply([{ key: 'NodeSettings/n', version: 1, resource: settings() }])
    const queue = await createOutboundQueue(
      {
        directory,
        logger: pino({ level: 'silent' }),
        deliverLocal: () => Promise.resolve([]),
        time: { wall: () => wall, monotonic: () => 0 },
      },
      { dataDir: join(folder, 'queue') },
    )
    expect(list()).toBe('the queue is empty\n')
    const enqueue = (transactionId: string, reversePath: string, recipients: string[]): Promise<void> =>
      queue.enqueue({
        transactionId,
        reversePath,
        recipients: recipients.map((address) => ({ address, domainId: 'd' })),
        content: { size: 2, buffer: Buffer.from('\r\n') },
        messageId: null,
        subject: '',
      })
    await enqueue('t1', 'a@own.test', ['x@xn--bcher-kva.test', 'y@xn--bcher-kva.test', 'z@other.test'])
    await enqueue('t2', 'b\u001b[2J\u202e@own.test', ['x@xn--bcher-kva.test'])
    // More than a page.
    await enqueue(
      't3',
      '',
      Array.from({ length: 600 }, (_, number) => `r${number}@many.test`),
    )
    const summary = list()
    expect(summary).toMatch(
      /^xn--bcher-kva\.test\n {2}messages 2, recipients 3, oldest 2026-11-25T10:00:00Z, next attempt 2026-11-25T10:00:00Z\n/,
    )
    expect(summary).toContain('messages 1, recipients 600')
    expect(summary).toMatch(/destinations: 3\n$/)
    const messages = list('Bücher.test')
    expect(messages).toContain('t1 <a@own.test> to <y@xn--bcher-kva.test>, 2 octets\n')
    expect(messages).toContain('t2 <b?[2J?@own.test> to <x@xn--bcher-kva.test>, 2 octets\n')
    expect(messages).toMatch(/attempts 0, next 2026-11-25T10:00:00Z\nrecipients: 3\n$/)
    expect(list('none.test')).toBe('nothing waits for none.test\n')
    await queue.close(0)
    expect(list()).toBe(summary)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
