/**
 * Several clients on two mailboxes against a model of both: what each client can tell from untagged responses alone is, after
 * NOOP, what the model holds; by sequence number, and for clients with QRESYNC also by UID over a lost connection.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import { ModelClient } from './test-support/model-client.js'
import { ModelMailbox, type FlagMode } from './test-support/model-mailbox.js'

let fixture: ImapFixture
beforeAll(async () => {
  fixture = await openImapFixture()
})
afterAll(() => fixture.close())

const flag = fc.constantFrom('\\Seen', '\\Deleted', '\\Flagged', '$a')
const flags = fc.uniqueArray(flag, { minLength: 1, maxLength: 2 })
const mode = fc.constantFrom<FlagMode>('', '+', '-')
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('append' as const), to: fc.nat(1), flags }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('store' as const), number: fc.nat(), mode, flags, silent: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('expunge' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('copy' as const, 'move' as const), number: fc.nat(), to: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('select' as const), to: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('noop' as const, 'search' as const, 'idle' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reconnect' as const) }) },
)

it('each client sees what the model holds, from untagged responses alone', { timeout: 60_000 }, async () => {
  let run = 0
  const steps = fc.array(fc.tuple(fc.nat(2), step), { minLength: 1, maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const boxes = [new ModelMailbox(`A${++run}`), new ModelMailbox(`B${run}`)] as const
      const clients = [false, true, true].map((resync) => new ModelClient(fixture, resync))
      try {
        for (const [index, client] of clients.entries()) {
          await client.connect()
          if (index === 0) for (const { name } of boxes) await client.imap.ok(`CREATE ${name}`)
          await client.select(boxes[0])
        }
        for (const [who, what] of steps) {
          const client = clients[who]!
          if (what.type === 'append') await client.append(boxes[what.to]!, what.flags)
          else if (what.type === 'store') await client.store(what.number, what.mode, what.flags, what.silent)
          else if (what.type === 'expunge') await client.expunge()
          else if (what.type === 'copy' || what.type === 'move')
            await client.copy(what.type, what.number, boxes[what.to]!)
          else if (what.type === 'select') await client.select(boxes[what.to]!)
          else if (what.type === 'reconnect') await client.reconnect()
          else if (what.type === 'idle') await client.idle()
          else await client.run(what.type === 'noop' ? 'NOOP' : 'SEARCH ALL')
        }
        for (const client of clients) {
          await client.run('NOOP')
          await client.learnNew()
          expect(client.seen()).toEqual(client.box.contents())
        }
      } finally {
        for (const client of clients) client.imap.destroy()
      }
    }),
    { numRuns: 40 },
  )
})
