/** Holds and commands on a queue that runs: what they reach, what they leave alone, and that a restart changes nothing. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MailEvent, QueueCommandResource, QueueHoldResource } from '@mailfleet/schema'
import { configKey } from '@mailfleet/schema'
import { domain, mailbox, settings, startMailNode } from '../smtp/test-support/mail-node.js'
import type { MailNode } from '../smtp/test-support/mail-node.js'
import { reply, startSink } from './test-support/sink.js'
import type { Sink } from './test-support/sink.js'

let node: MailNode
let sink: Sink
let dataDir: string
/** To refuse for now whoever it is for. */
let refuses = false

const ann = 'ann@here.test'
const base = () => [
  settings({
    retryDelays: [3_600],
    outboundRoutes: [{ domain: '*', host: '127.0.0.1', port: sink.port, tls: 'NONE' }],
  }),
  domain('here.test', { tenantPath: ['root', 't'] }),
  domain('other.test', { tenantId: 'u', tenantPath: ['root', 'u'] }),
  mailbox(ann),
]
beforeEach(async () => {
  refuses = false
  sink = await startSink({ onRcpt: () => (refuses ? reply(451, '4.3.0 later') : null) })
  dataDir = await mkdtemp(join(tmpdir(), 'mailfleet-queue-'))
  node = await startMailNode({ resources: base(), dataDir })
})
afterEach(async () => {
  await node.stop()
  await sink.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function send(to: string[], from = 'here.test'): Promise<string> {
  const transactionId = randomUUID()
  const buffer = Buffer.from('Subject: out\r\n\r\nbody\r\n')
  const sender = from === 'here.test' ? { domainId: `d-${from}`, mailboxId: `m-${ann}` } : { domainId: `d-${from}` }
  await node.queue.enqueue({
    transactionId,
    reversePath: from === 'here.test' ? ann : '',
    recipients: to.map((address) => ({ address, ...sender })),
    content: { size: buffer.length, buffer },
    messageId: null,
    subject: 'out',
  })
  return transactionId
}
const hold = (more: Partial<QueueHoldResource> = {}): QueueHoldResource => ({
  kind: 'QueueHold',
  id: randomUUID(),
  tenantId: 't',
  ...more,
})
const command = (action: QueueCommandResource['action'], more: Partial<QueueCommandResource> = {}) =>
  ({ kind: 'QueueCommand', id: randomUUID(), action, issuedAt: Date.now(), tenantId: 't', ...more }) as const
const end = (resource: QueueHoldResource | QueueCommandResource): void =>
  node.directory.apply([{ key: configKey(resource), version: 2, resource: null }])

const arrived = () => sink.messages.flatMap(({ to }) => to).sort()
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 15_000, interval: 20 })
const recipientsOf = (type: MailEvent['type']) =>
  node
    .events(type)
    .map(({ recipient }) => recipient)
    .sort()

/** Everything that may go has gone: what is sent last to somebody else's destination has arrived. */
async function settled(): Promise<void> {
  const probe = `probe-${randomUUID()}@probe.test`
  await send([probe], 'other.test')
  await soon(arrived).toContain(probe)
}
const withoutProbes = () => arrived().filter((address) => !address.endsWith('@probe.test'))

it('a hold keeps what it says from being sent, waiting or new, over a restart, and nothing else', async () => {
  const held = hold({ destination: 'x.test' })
  node.apply(held)
  await send(['a@x.test', 'b@y.test'])
  await send(['c@x.test'], 'other.test')
  await settled()
  expect(withoutProbes()).toEqual(['b@y.test', 'c@x.test'])

  await node.stop()
  node = await startMailNode({ resources: [...base(), held], dataDir })
  await send(['d@x.test'])
  await settled()
  expect(withoutProbes()).toEqual(['b@y.test', 'c@x.test'])

  end(held)
  await soon(withoutProbes).toEqual(['a@x.test', 'b@y.test', 'c@x.test', 'd@x.test'])
  await soon(() => node.queue.size()).toBe(0)
})

it.each<[string, (transactionId: string) => Partial<QueueHoldResource>]>([
  ['tenant above', () => ({ tenantId: 'root', destination: 'x.test' })],
  ['domain', () => ({ domainId: 'd-here.test', destination: 'x.test' })],
  ['mailbox', () => ({ mailboxId: `m-${ann}`, destination: 'x.test' })],
  ['message', (transactionId) => ({ messages: [{ transactionId, recipient: 'a@x.test' }] })],
])('two holds of one %s: the message goes when the last of them ends', async (_name, scope) => {
  const wide = hold({ domainId: 'd-here.test' })
  node.apply(wide)
  const transactionId = await send(['a@x.test', 'b@y.test'])
  const narrow = hold(scope(transactionId))
  node.apply(narrow)
  await settled()
  expect(withoutProbes()).toEqual([])
  end(wide)
  await soon(withoutProbes).toEqual(['b@y.test'])
  end(narrow)
  await soon(withoutProbes).toEqual(['a@x.test', 'b@y.test'])
})

it('retry: what was deferred for an hour goes now, what is held does not', async () => {
  refuses = true
  await send(['a@x.test', 'b@y.test'])
  await soon(() => recipientsOf('DEFERRED')).toEqual(['a@x.test', 'b@y.test'])
  refuses = false
  node.apply(hold({ destination: 'y.test' }), command('RETRY'))
  await soon(withoutProbes).toEqual(['a@x.test'])
  await settled()
  expect(withoutProbes()).toEqual(['a@x.test'])
})

it('bounce tells the sender, delete tells nobody; each is done once, to what was there', async () => {
  node.apply(hold())
  await send(['a@x.test', 'b@y.test', 'c@z.test'])
  node.apply(command('BOUNCE', { destination: 'x.test' }), command('DELETE', { destination: 'y.test' }))
  await soon(() => recipientsOf('BOUNCED')).toEqual(['a@x.test'])
  await soon(() => recipientsOf('DELETED')).toEqual(['b@y.test'])
  await soon(() => node.inbox(ann)).toHaveLength(1)
  const [told] = await node.inbox(ann)
  expect(told).toContain('Status: 5.7.0')
  expect(told).not.toContain('b@y.test')
  expect(node.queue.size()).toBe(1)

  // Of long ago: what has come since is not meant.
  node.apply(command('DELETE', { issuedAt: Date.now() - 60_000 }), command('DELETE', { tenantId: 'u' }))
  await settled()
  await soon(() => node.queue.size()).toBe(1)
  expect(withoutProbes()).toEqual([])
})

it('what was done is not done again after a restart; what was not yet, is', async () => {
  const held = hold()
  const done = command('DELETE', { destination: 'x.test', issuedAt: Date.now() + 3_600_000 })
  node.apply(held)
  await send(['a@x.test', 'b@y.test'])
  node.apply(done)
  await soon(() => recipientsOf('DELETED')).toEqual(['a@x.test'])
  await node.stop()
  const later = command('DELETE', { destination: 'y.test' })
  node = await startMailNode({ resources: [...base(), held, done, later], dataDir })
  await send(['c@x.test'])
  await soon(() => recipientsOf('DELETED')).toEqual(['a@x.test', 'b@y.test'])
  await settled()
  await soon(() => node.queue.size()).toBe(1)
})
