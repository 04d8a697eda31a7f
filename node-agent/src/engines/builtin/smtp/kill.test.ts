/** Acceptance A1 from the outside: a node killed under load keeps every message that it answered with 250, and its log agrees. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSink } from '../queue/test-support/sink.js'
import type { Sink } from '../queue/test-support/sink.js'
import { domain, mailbox, settings, startMailNode } from './test-support/mail-node.js'
import { sendMessage, WireClient } from './test-support/wire-client.js'

let dataDir: string
let sink: Sink
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mailfleet-kill-'))
  sink = await startSink()
})
afterAll(async () => {
  await sink.close()
  await rm(dataDir, { recursive: true, force: true })
})

const script = fileURLToPath(new URL('./test-support/node-child.ts', import.meta.url))
/** To two mailboxes and, by the catch-all, away: a delivery in each shard and an entry of the queue behind one 250. */
const recipients = ['ann@a.test', 'bob@a.test', 'away@a.test']
const clients = 6

async function underLoad(round: number, enough: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir, String(sink.port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(Number(/ready (\d+)/.exec(text)![1])))
  })
  const answered: string[] = []
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      try {
        const wire = await WireClient.open(port)
        for (let number = 0; ; number++) {
          const id = `k${round}-${client}-${number}@x.test`
          const size = number % 7 === 0 ? 300_000 : 200
          const text = `Message-ID: <${id}>\r\nSubject: kill\r\n\r\n${'x'.repeat(size)}`
          const reply = await sendMessage(wire, 's@out.test', recipients, text)
          if (reply.startsWith('250')) answered.push(id)
          if (answered.length >= enough) child.kill('SIGKILL')
        }
      } catch {
        // The connection died with the node.
      }
    }),
  )
  await gone
  return answered
}

describe('kill -9 of a node under load', () => {
  it('keeps what was answered 250, and tells of it exactly once', async () => {
    const answered: string[] = []
    const kills = 2
    for (let round = 0; round < kills; round++) answered.push(...(await underLoad(round, 40 + 30 * round)))
    const node = await startMailNode({
      dataDir,
      resources: [
        settings({
          outboundRoutes: [{ domain: '*', host: '127.0.0.1', port: sink.port, tls: 'NONE' }],
          retryDelays: [1],
        }),
        domain('a.test', { catchAll: 'x@far.test' }),
        mailbox('ann@a.test'),
        mailbox('bob@a.test'),
      ],
    })
    await expect.poll(() => node.queue.size(), { timeout: 20_000 }).toBe(0)

    const idOf = (text: string): string => /Message-ID: <([^>]+)>/.exec(text)![1]!
    for (const address of ['ann@a.test', 'bob@a.test']) {
      const stored = (await node.inbox(address)).map(idOf)
      expect(answered.filter((id) => !stored.includes(id))).toEqual([])
      expect(new Set(stored).size).toBe(stored.length)
      expect(stored.length).toBeLessThanOrEqual(answered.length + kills * clients)
    }
    const relayed = sink.messages.map(({ text }) => idOf(text))
    expect(answered.filter((id) => !relayed.includes(id))).toEqual([])

    const accepted = node.events('ACCEPTED').map(({ messageId }) => messageId!)
    expect(new Set(accepted).size).toBe(accepted.length)
    expect(answered.filter((id) => !accepted.includes(id))).toEqual([])
    // ACCEPTED comes with the entry of the queue: exactly those that were queued.
    expect(
      node
        .events('QUEUED')
        .map(({ messageId }) => messageId)
        .sort(),
    ).toEqual([...accepted].sort())
    const delivered = node.events('DELIVERED').map(({ messageId, recipient }) => `${messageId} ${recipient}`)
    expect(new Set(delivered).size).toBe(delivered.length)
    for (const id of accepted) for (const to of recipients.slice(0, 2)) expect(delivered).toContain(`${id} ${to}`)
    await node.stop()
  }, 120_000)
})
