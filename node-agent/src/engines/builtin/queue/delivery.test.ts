/** From the queue to next hops over real sockets, found by a real DNS server. */
import { writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent, NodeSettingsResource } from '@mailfleet/schema'
import { domain, mailbox, settings, startMailNode } from '../smtp/test-support/mail-node.js'
import type { MailNode, MailNodeOptions } from '../smtp/test-support/mail-node.js'
import { startDnsServer } from './test-support/dns-server.js'
import type { Zone } from './test-support/dns-server.js'
import { reply, startSink } from './test-support/sink.js'
import type { Sink, SinkScript } from './test-support/sink.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function sink(script?: SinkScript): Promise<Sink> {
  const started = await startSink(script)
  cleanups.push(() => started.close())
  return started
}
async function node(
  zone: Zone,
  port: number,
  more: Partial<NodeSettingsResource> = {},
  options: Partial<MailNodeOptions> = {},
): Promise<MailNode> {
  const dns = await startDnsServer(zone)
  const started = await startMailNode({
    resources: [settings({ retryDelays: [1], ...more }), domain('here.test'), mailbox('ann@here.test')],
    ...options,
    queue: { dnsServers: [dns.address], outboundPort: port, ...options.queue },
  })
  cleanups.push(
    () => dns.close(),
    () => started.stop(),
  )
  return started
}

let serial = 0
beforeEach(() => void serial++)
const text = 'From: <ann@here.test>\r\nMessage-ID: <x@here.test>\r\nSubject: out\r\n\r\n.dot\r\n..\r\nbody \xe9\r\n'
async function send(
  from: MailNode,
  to: string[],
  more: { reversePath?: string; content?: string } = {},
): Promise<string> {
  const transactionId = `t-${serial}-${Math.random()}`
  const buffer = Buffer.from(more.content ?? text, 'latin1')
  await from.queue.enqueue({
    transactionId,
    reversePath: more.reversePath ?? 'ann@here.test',
    recipients: to.map((address) => ({
      address,
      originalRecipient: address,
      domainId: 'd-here.test',
      mailboxId: 'm-ann@here.test',
    })),
    content: { size: buffer.length, buffer },
    messageId: 'x@here.test',
    subject: 'out',
  })
  return transactionId
}
const emptied = (from: MailNode): Promise<void> => expect.poll(() => from.queue.size(), { timeout: 15_000 }).toBe(0)
const eventsOf = (from: MailNode, type: MailEvent['type']): MailEvent[] =>
  from.events(type).filter(({ sender }) => sender !== '')

describe('next hops', () => {
  it('tries MX hosts by preference, and the next one when the first is down', async () => {
    const first = await sink({ host: '127.0.0.2' })
    const third = await sink({ host: '127.0.0.4', port: first.port })
    const zone: Zone = {
      'b.test MX': [
        { preference: 30, exchange: 'three.b.test' },
        { preference: 10, exchange: 'dead.b.test' },
        { preference: 20, exchange: 'two.b.test' },
      ],
      'dead.b.test A': ['127.0.0.3'],
      'two.b.test A': ['127.0.0.2'],
      'three.b.test A': ['127.0.0.4'],
    }
    const from = await node(zone, first.port)
    await send(from, ['x@b.test', 'y@b.test'])
    await emptied(from)
    expect(first.messages).toEqual([{ from: 'ann@here.test', to: ['x@b.test', 'y@b.test'], text, secure: false }])
    expect(third.messages).toEqual([])
    expect(eventsOf(from, 'RELAYED')).toMatchObject(
      ['x@b.test', 'y@b.test'].map((recipient) => ({
        recipient,
        originalRecipient: recipient,
        remoteHost: `two.b.test:${first.port}`,
        replyCode: 250,
        attempt: 1,
        domainId: 'd-here.test',
        mailboxId: 'm-ann@here.test',
        direction: 'OUT',
      })),
    )
  })

  it('falls back to the address of the domain', async () => {
    const hop = await sink()
    const from = await node({ 'b.test A': ['127.0.0.1'] }, hop.port)
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(hop.messages).toHaveLength(1)
  })

  it.each<[string, Zone, string]>([
    ['a null MX', { 'b.test MX': [{ preference: 0, exchange: '.' }] }, '5.1.10'],
    ['a domain that does not exist', {}, '5.1.2'],
    ['a domain whose only MX has no address', { 'b.test MX': [{ preference: 1, exchange: 'no.b.test' }] }, '5.4.4'],
    [
      'an MX that is ourselves',
      { 'b.test MX': [{ preference: 1, exchange: 'MX.here.test' }], 'mx.here.test A': ['127.0.0.1'] },
      '5.4.6',
    ],
  ])('bounces for %s', async (_name, zone, status) => {
    const from = await node(zone, 9)
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(eventsOf(from, 'BOUNCED')).toMatchObject([{ recipient: 'x@b.test', enhancedCode: status, attempt: 1 }])
    const [report] = await from.inbox('ann@here.test')
    expect(report).toMatch(/^Return-Path: <>\r\nDelivered-To: ann@here\.test\r\n/)
    expect(report).toMatch(/Content-Type: multipart\/report; report-type=delivery-status;/)
    expect(report).toContain(`Status: ${status}\r\n`)
    expect(report).toContain('Final-Recipient: rfc822; x@b.test\r\nAction: failed\r\n')
    expect(report).toContain('Subject: out\r\n')
    expect(report).not.toContain('body')
  })

  it('goes past ourselves to the hosts that are preferred', async () => {
    const hop = await sink()
    const zone: Zone = {
      'b.test MX': [
        { preference: 5, exchange: 'one.b.test' },
        { preference: 10, exchange: 'mx.here.test' },
      ],
      'one.b.test A': ['127.0.0.1'],
    }
    const from = await node(zone, hop.port)
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(hop.messages).toHaveLength(1)
  })

  it.each<[string, Zone]>([
    ['the DNS fails', { 'b.test MX': 'SERVFAIL' }],
    ['the host is down', { 'b.test A': ['127.0.0.9'] }],
  ])('defers while %s', async (_name, zone) => {
    const from = await node(zone, 9, { retryDelays: [1_000] })
    await send(from, ['x@b.test'])
    await expect.poll(() => eventsOf(from, 'DEFERRED'), { timeout: 15_000 }).toHaveLength(1)
    const [event] = eventsOf(from, 'DEFERRED')
    expect(event!.enhancedCode).toMatch(/^4\.4\./)
    expect(event!.nextAttemptAt! - event!.at).toBeGreaterThan(800_000)
    expect(from.queue.size()).toBe(1)
    expect(await from.inbox('ann@here.test')).toEqual([])
  })
})

describe('answers', () => {
  const zone: Zone = { 'b.test A': ['127.0.0.1'] }

  it('keeps recipients of one transaction apart', async () => {
    let tries = 0
    const hop = await sink({
      onRcpt: (address) =>
        address === 'no@b.test'
          ? reply(550, '5.1.1 nobody')
          : address === 'later@b.test' && tries++ === 0
            ? reply(451, 'greylisted')
            : null,
    })
    const from = await node(zone, hop.port)
    await send(from, ['yes@b.test', 'no@b.test', 'later@b.test'])
    await emptied(from)
    expect(hop.messages.map(({ to }) => to)).toEqual([['yes@b.test'], ['later@b.test']])
    expect(hop.sessions).toBe(2)
    expect(eventsOf(from, 'RELAYED').map(({ recipient, attempt }) => [recipient, attempt])).toEqual([
      ['yes@b.test', 1],
      ['later@b.test', 2],
    ])
    expect(eventsOf(from, 'DEFERRED')).toMatchObject([
      { recipient: 'later@b.test', replyCode: 451, enhancedCode: '4.0.0' },
    ])
    expect(eventsOf(from, 'BOUNCED')).toMatchObject([{ recipient: 'no@b.test', replyCode: 550, enhancedCode: '5.1.1' }])
    const [report] = await from.inbox('ann@here.test')
    expect(report).toMatch(/Remote-MTA: dns; b\.test\r\nDiagnostic-Code: smtp; 550 5\.1\.1 nobody\r\n/)
  })

  it.each<[string, SinkScript, number]>([
    ['a refused message', { onMessage: (_m, count) => (count === 1 ? reply(452, 'full') : null) }, 2],
    ['a connection that breaks after the message', { onMessage: (_m, count) => (count === 1 ? 'drop' : null) }, 2],
  ])('tries again after %s', async (_name, script, attempts) => {
    const hop = await sink(script)
    const from = await node(zone, hop.port)
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(hop.messages).toHaveLength(1)
    expect(eventsOf(from, 'DEFERRED')).toHaveLength(attempts - 1)
    expect(eventsOf(from, 'RELAYED')).toMatchObject([{ attempt: attempts }])
  })

  it('bounces a message that is refused for good, by the queue where the sender is elsewhere', async () => {
    const hop = await sink({ onMessage: ({ from }) => (from === '' ? null : reply(554, '5.7.1 spam\u0007')) })
    const from = await node({ ...zone, 'c.test A': ['127.0.0.1'] }, hop.port)
    await send(from, ['x@b.test'], { reversePath: 'sender@c.test' })
    await emptied(from)
    expect(hop.messages).toMatchObject([{ from: '', to: ['sender@c.test'] }])
    expect(hop.messages[0]!.text).toContain('Status: 5.7.1\r\n')
    expect(from.events('QUEUED')).toMatchObject([{ recipient: 'sender@c.test', sender: '', domainId: 'd-here.test' }])
    expect(from.events('RELAYED')).toMatchObject([{ recipient: 'sender@c.test', sender: '' }])
  })

  it('bounces no bounce', async () => {
    const hop = await sink({ onRcpt: () => reply(550, 'no') })
    const from = await node(zone, hop.port)
    await send(from, ['x@b.test'], { reversePath: '' })
    await emptied(from)
    expect(from.events('BOUNCED')).toMatchObject([{ sender: '', recipient: 'x@b.test' }])
    expect(from.events('QUEUED')).toEqual([])
    expect(await from.inbox('ann@here.test')).toEqual([])
  })

  it('gives up when the time is over', async () => {
    const hop = await sink({ onRcpt: () => reply(450, '4.2.1 not now') })
    const from = await node(zone, hop.port, { maxQueueAge: 2 })
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(eventsOf(from, 'DEFERRED').length).toBeGreaterThan(0)
    expect(eventsOf(from, 'BOUNCED')).toMatchObject([
      { enhancedCode: '5.4.7', replyText: expect.stringContaining('not now') as string },
    ])
    expect((await from.inbox('ann@here.test'))[0]).toContain('Status: 5.4.7')
  })

  it('sends large messages from their file, and lets go of it', async () => {
    const hop = await sink()
    const from = await node(zone, hop.port)
    const content = `Subject: large\r\n\r\n${'.line\r\n'.repeat(60_000)}`
    await send(from, ['x@b.test'], { content })
    await emptied(from)
    expect(hop.messages[0]!.text === content).toBe(true)
    expect(readdirSync(join(from.dataDir, 'queue', 'bodies'))).toEqual([])
  })

  it('sets a damaged message aside and goes on with the others', async () => {
    const hop = await sink()
    const from = await node(zone, hop.port, {
      outboundRoutes: [{ domain: '*', host: '127.0.0.9', port: 9, tls: 'NONE' }],
      retryDelays: [1],
    })
    await send(from, ['x@b.test'], { content: `Subject: damaged\r\n\r\n${'x'.repeat(100_000)}` })
    await send(from, ['y@b.test'], { content: `Subject: whole\r\n\r\n${'x'.repeat(100_000)}` })
    await expect.poll(() => eventsOf(from, 'DEFERRED').length, { timeout: 15_000 }).toBeGreaterThan(1)
    const folder = join(from.dataDir, 'queue', 'bodies')
    const [file] = readdirSync(folder).sort((a, b) => (a < b ? -1 : 1))
    await writeFile(join(folder, file!), 'something else')
    from.apply(settings({ retryDelays: [1] }))
    await emptied(from)
    expect(hop.messages).toHaveLength(1)
    expect(eventsOf(from, 'BOUNCED')).toEqual([])
  })
})

describe('TLS', () => {
  const zone: Zone = { 'b.test A': ['127.0.0.1'] }

  it('encrypts where it is offered, whatever the certificate', async () => {
    const hop = await sink({ options: { hideSTARTTLS: false } })
    const from = await node(zone, hop.port)
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(hop.messages).toMatchObject([{ secure: true }])
    expect(eventsOf(from, 'RELAYED')[0]!.tls).toMatch(/^TLSv1\.3 /)
  })

  it('goes on in the clear where the handshake fails', async () => {
    const hop = await sink({ options: { hideSTARTTLS: false, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' } })
    const from = await node(zone, hop.port)
    await send(from, ['x@b.test'])
    await emptied(from)
    expect(hop.messages).toMatchObject([{ secure: false }])
  })

  it.each([
    ['offers no TLS', { hideSTARTTLS: true }],
    ['has a certificate that nobody vouches for', { hideSTARTTLS: false }],
  ])('defers where a route requires it and the host %s', async (_name, options) => {
    const hop = await sink({ options })
    const from = await node({}, 9, {
      outboundRoutes: [{ domain: 'b.test', host: '127.0.0.1', port: hop.port, tls: 'REQUIRED' }],
      retryDelays: [1_000],
    })
    await send(from, ['x@b.test'])
    await expect.poll(() => eventsOf(from, 'DEFERRED'), { timeout: 15_000 }).toHaveLength(1)
    expect(hop.messages).toEqual([])
  })
})

describe('routes', () => {
  it('hands everything to the smart host in one transaction, save what has a route of its own', async () => {
    const smart = await sink()
    const special = await sink()
    const from = await node({}, 9, {
      outboundRoutes: [
        { domain: '*', host: '127.0.0.1', port: smart.port, tls: 'OPPORTUNISTIC' },
        { domain: 'c.test', host: 'localhost', port: special.port, tls: 'NONE' },
      ],
    })
    await send(from, ['x@b.test', 'y@d.test', 'z@c.test'])
    await emptied(from)
    expect(smart.messages.map(({ to }) => to)).toEqual([['x@b.test', 'y@d.test']])
    expect(special.messages.map(({ to }) => to)).toEqual([['z@c.test']])
  })

  it('follows a route that is set while mail waits', async () => {
    const hop = await sink()
    const from = await node({ 'b.test MX': 'SERVFAIL' }, 9)
    await send(from, ['x@b.test'])
    await expect.poll(() => eventsOf(from, 'DEFERRED').length, { timeout: 15_000 }).toBeGreaterThan(0)
    from.apply(
      settings({
        retryDelays: [1],
        outboundRoutes: [{ domain: 'b.test', host: '127.0.0.1', port: hop.port, tls: 'NONE' }],
      }),
    )
    await emptied(from)
    expect(hop.messages).toHaveLength(1)
  })
})
