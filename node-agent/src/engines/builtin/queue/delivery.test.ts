/** From the queue to next hops over real sockets, found by a real DNS server. */
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent, NodeSettingsResource } from '@mailfleet/schema'
import { domain, mailbox, settings, startMailNode } from '../smtp/test-support/mail-node.js'
import type { MailNode } from '../smtp/test-support/mail-node.js'
import { startDnsServer } from '../../../../../tests/support/dns-server.js'
import type { Zone } from '../../../../../tests/support/dns-server.js'
import { reply, startSink } from './test-support/sink.js'
import type { Sink, SinkScript } from './test-support/sink.js'

const zone: Zone = {}
let from: MailNode
let port: number
let dns: Awaited<ReturnType<typeof startDnsServer>>
const sinks: Sink[] = []
/** Every test has a domain and a sender of its own, so that they share the node and nothing else. */
let serial = 0
let b: string
let ann: string

beforeAll(async () => {
  dns = await startDnsServer(zone)
  const probe = await startSink()
  port = probe.port
  await probe.close()
  from = await startMailNode({
    resources: [settings({ retryDelays: [1] }), domain('here.test')],
    queue: { dnsServers: [dns.address], outboundPort: port },
  })
})
afterAll(async () => {
  await from.stop()
  await dns.close()
})
beforeEach(() => {
  serial++
  b = `b${serial}.test`
  ann = `ann${serial}@here.test`
  use({})
  from.apply(mailbox(ann))
})
afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()))
})

/** At 127.0.0.1 on the outbound port, unless told otherwise. */
async function sink(script: SinkScript = {}): Promise<Sink> {
  const started = await startSink({ port, ...script })
  sinks.push(started)
  return started
}
const use = (more: Partial<NodeSettingsResource>): void => from.apply(settings({ retryDelays: [1], ...more }))
const records = (more: Zone): void => void Object.assign(zone, more)

const text = 'From: <ann@here.test>\r\nMessage-ID: <x@here.test>\r\nSubject: out\r\n\r\n.dot\r\n..\r\nbody \xe9\r\n'
async function send(to: string[], more: { reversePath?: string; content?: string } = {}): Promise<string> {
  const transactionId = randomUUID()
  const buffer = Buffer.from(more.content ?? text, 'latin1')
  await from.queue.enqueue({
    transactionId,
    reversePath: more.reversePath ?? ann,
    recipients: to.map((address) => ({
      address,
      originalRecipient: address,
      domainId: 'd-here.test',
      mailboxId: `m-${ann}`,
    })),
    content: { size: buffer.length, buffer },
    messageId: 'x@here.test',
    subject: 'out',
  })
  return transactionId
}
const events = (id: string, type: MailEvent['type']): MailEvent[] =>
  from.events(type).filter(({ transactionId }) => transactionId === id)
const until = (id: string, type: MailEvent['type'], count = 1): Promise<void> =>
  expect.poll(() => events(id, type), { timeout: 15_000, interval: 20 }).toHaveLength(count)

describe('next hops', () => {
  it('tries MX hosts by preference, and the next one when the first is down', async () => {
    const two = await sink({ host: '127.0.0.2' })
    const three = await sink({ host: '127.0.0.4' })
    records({
      [`${b} MX`]: [
        { preference: 30, exchange: `three.${b}` },
        { preference: 10, exchange: `dead.${b}` },
        { preference: 20, exchange: `two.${b}` },
      ],
      [`dead.${b} A`]: ['127.0.0.3'],
      [`two.${b} A`]: ['127.0.0.2'],
      [`three.${b} A`]: ['127.0.0.4'],
    })
    const id = await send([`x@${b}`, `y@${b}`])
    await until(id, 'RELAYED', 2)
    expect(two.messages).toEqual([{ from: ann, to: [`x@${b}`, `y@${b}`], text, secure: false }])
    expect(three.messages).toEqual([])
    expect(events(id, 'RELAYED')).toMatchObject(
      [`x@${b}`, `y@${b}`].map((recipient) => ({
        recipient,
        originalRecipient: recipient,
        remoteHost: `two.${b}:${port}`,
        replyCode: 250,
        attempt: 1,
        domainId: 'd-here.test',
        mailboxId: `m-${ann}`,
        direction: 'OUT',
      })),
    )
  })

  it('falls back to the address of the domain', async () => {
    const hop = await sink()
    records({ [`${b} A`]: ['127.0.0.1'] })
    await until(await send([`x@${b}`]), 'RELAYED')
    expect(hop.messages).toHaveLength(1)
  })

  it.each<[string, () => Zone, string]>([
    ['a null MX', () => ({ [`${b} MX`]: [{ preference: 0, exchange: '.' }] }), '5.1.10'],
    ['a domain that does not exist', () => ({}), '5.1.2'],
    [
      'a domain whose only MX has no address',
      () => ({ [`${b} MX`]: [{ preference: 1, exchange: `no.${b}` }] }),
      '5.4.4',
    ],
    ['an MX that is ourselves', () => ({ [`${b} MX`]: [{ preference: 1, exchange: 'MX.here.test' }] }), '5.4.6'],
  ])('bounces for %s', async (_name, zone, status) => {
    records(zone())
    const id = await send([`x@${b}`])
    await until(id, 'BOUNCED')
    expect(events(id, 'BOUNCED')).toMatchObject([
      { recipient: `x@${b}`, enhancedCode: status, attempt: 1, direction: 'OUT' },
    ])
    const [report] = await from.inbox(ann)
    expect(report!.startsWith(`Return-Path: <>\r\nDelivered-To: ${ann}\r\n`)).toBe(true)
    expect(report).toMatch(/Content-Type: multipart\/report; report-type=delivery-status;/)
    expect(report).toContain(`Status: ${status}\r\n`)
    expect(report).toContain(`Final-Recipient: rfc822; x@${b}\r\nAction: failed\r\n`)
    expect(report).toContain('Subject: out\r\n')
    expect(report).not.toContain('body')
  })

  it('goes past ourselves to the hosts that are preferred', async () => {
    const hop = await sink()
    records({
      [`${b} MX`]: [
        { preference: 5, exchange: `one.${b}` },
        { preference: 10, exchange: 'mx.here.test' },
      ],
      [`one.${b} A`]: ['127.0.0.1'],
    })
    await until(await send([`x@${b}`]), 'RELAYED')
    expect(hop.messages).toHaveLength(1)
  })

  it.each<[string, () => Zone]>([
    ['the DNS fails', () => ({ [`${b} MX`]: 'SERVFAIL' })],
    ['the host is down', () => ({ [`${b} A`]: ['127.0.0.9'] })],
  ])('defers while %s', async (_name, zone) => {
    use({ retryDelays: [1_000] })
    records(zone())
    const id = await send([`x@${b}`])
    await until(id, 'DEFERRED')
    const [event] = events(id, 'DEFERRED')
    expect(event!.enhancedCode).toMatch(/^4\.4\./)
    expect(event!.nextAttemptAt! - event!.at).toBeGreaterThan(800_000)
    expect(from.queue.size()).toBeGreaterThan(0)
    expect(await from.inbox(ann)).toEqual([])
  })
})

describe('answers', () => {
  beforeEach(() => records({ [`${b} A`]: ['127.0.0.1'] }))

  it('keeps recipients of one transaction apart', async () => {
    let tries = 0
    const hop = await sink({
      onRcpt: (address) => {
        if (address.startsWith('no@')) return reply(550, '5.1.1 nobody')
        return address.startsWith('later@') && tries++ === 0 ? reply(451, 'greylisted') : null
      },
    })
    const id = await send([`yes@${b}`, `no@${b}`, `later@${b}`])
    await until(id, 'RELAYED', 2)
    expect(hop.messages.map(({ to }) => to)).toEqual([[`yes@${b}`], [`later@${b}`]])
    expect(hop.sessions).toBe(2)
    expect(events(id, 'RELAYED').map(({ recipient, attempt }) => [recipient, attempt])).toEqual([
      [`yes@${b}`, 1],
      [`later@${b}`, 2],
    ])
    expect(events(id, 'DEFERRED')).toMatchObject([{ recipient: `later@${b}`, replyCode: 451, enhancedCode: '4.0.0' }])
    expect(events(id, 'BOUNCED')).toMatchObject([{ recipient: `no@${b}`, replyCode: 550, enhancedCode: '5.1.1' }])
    const [report] = await from.inbox(ann)
    expect(report).toContain(`Remote-MTA: dns; ${b}\r\nDiagnostic-Code: smtp; 550 5.1.1 nobody\r\n`)
  })

  it.each<[string, SinkScript]>([
    ['a refused message', { onMessage: (_message, count) => (count === 1 ? reply(452, 'full') : null) }],
    ['a connection that breaks after the message', { onMessage: (_message, count) => (count === 1 ? 'drop' : null) }],
    ['a connection that breaks at RCPT', { onRcpt: once('drop') }],
  ])('tries again after %s', async (_name, script) => {
    const hop = await sink(script)
    const id = await send([`x@${b}`])
    await until(id, 'RELAYED')
    expect(hop.messages).toHaveLength(1)
    expect(events(id, 'DEFERRED')).toHaveLength(1)
    expect(events(id, 'RELAYED')).toMatchObject([{ attempt: 2 }])
  })

  it('bounces a message that is refused for good, by the queue where the sender is elsewhere', async () => {
    const hop = await sink({ onMessage: ({ from: sender }) => (sender === '' ? null : reply(554, '5.7.1 spam')) })
    records({ [`c${serial}.test A`]: ['127.0.0.1'] })
    const sender = `s@c${serial}.test`
    const id = await send([`x@${b}`], { reversePath: sender })
    await until(id, 'BOUNCED')
    await expect.poll(() => hop.messages, { timeout: 15_000 }).toHaveLength(1)
    expect(hop.messages).toMatchObject([{ from: '', to: [sender] }])
    expect(hop.messages[0]!.text).toContain('Status: 5.7.1\r\n')
    const bounce = (type: MailEvent['type']) => from.events(type).filter(({ recipient }) => recipient === sender)
    expect(bounce('QUEUED')).toMatchObject([{ sender: '', domainId: 'd-here.test' }])
    await expect.poll(() => bounce('RELAYED')).toMatchObject([{ sender: '' }])
  })

  it('bounces no bounce', async () => {
    await sink({ onRcpt: () => reply(550, 'no') })
    const id = await send([`x@${b}`], { reversePath: '' })
    await until(id, 'BOUNCED')
    expect(from.events('QUEUED').filter(({ at }) => at >= events(id, 'BOUNCED')[0]!.at)).toEqual([])
  })

  it('gives up when the time is over', async () => {
    use({ maxQueueAge: 2 })
    await sink({ onRcpt: () => reply(450, '4.2.1 not now') })
    const id = await send([`x@${b}`])
    await until(id, 'BOUNCED')
    expect(events(id, 'DEFERRED').length).toBeGreaterThan(0)
    const [event] = events(id, 'BOUNCED')
    expect(event).toMatchObject({ enhancedCode: '5.4.7', replyCode: 450 })
    expect(event!.replyText).toContain('not now')
    expect((await from.inbox(ann))[0]).toContain('Status: 5.4.7')
  })

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['never ends its greeting', (socket) => endless(socket, '220-more\r\n')],
    ['never ends its line', (socket) => endless(socket, '220 more')],
    ['speaks another protocol', (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['hangs up', (socket) => void socket.end()],
  ])('defers where the host %s', async (_name, serve) => {
    use({ retryDelays: [1_000] })
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      serve(socket)
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const id = await send([`x@${b}`])
    await until(id, 'DEFERRED')
    expect(events(id, 'DEFERRED')[0]!.replyText!.length).toBeLessThanOrEqual(512)
    await new Promise((resolve) => server.close(resolve))
  })

  it('sends large messages from their file, and lets go of it', async () => {
    const hop = await sink()
    const content = `Subject: large\r\n\r\n${'.line\r\n'.repeat(60_000)}`
    const before = readdirSync(bodies()).length
    await until(await send([`x@${b}`], { content }), 'RELAYED')
    expect(hop.messages[0]!.text === content).toBe(true)
    await expect.poll(() => readdirSync(bodies()).length).toBe(before)
  })

  it('sets a damaged message aside and goes on with the others', async () => {
    const script: SinkScript = { onRcpt: () => reply(450, 'wait') }
    const hop = await sink({ onRcpt: (address) => script.onRcpt!(address) })
    const before = new Set(readdirSync(bodies()))
    const damaged = await send([`x@${b}`], { content: `Subject: damaged\r\n\r\n${'x'.repeat(100_000)}\r\n` })
    const [file] = readdirSync(bodies()).filter((name) => !before.has(name))
    const whole = await send([`y@${b}`], { content: `Subject: whole\r\n\r\n${'x'.repeat(100_000)}\r\n` })
    await until(damaged, 'DEFERRED')
    await until(whole, 'DEFERRED')
    await writeFile(join(bodies(), file!), 'something else')
    script.onRcpt = () => null
    await until(whole, 'RELAYED')
    await expect.poll(() => setAside(damaged), { timeout: 15_000 }).toMatch(/changed/)
    expect(hop.messages).toHaveLength(1)
    expect([...events(damaged, 'RELAYED'), ...events(damaged, 'BOUNCED')]).toEqual([])
  })
})

describe('TLS', () => {
  beforeEach(() => records({ [`${b} A`]: ['127.0.0.1'] }))

  it('encrypts where it is offered, whatever the certificate', async () => {
    const hop = await sink({ options: { hideSTARTTLS: false } })
    const id = await send([`x@${b}`])
    await until(id, 'RELAYED')
    expect(hop.messages).toMatchObject([{ secure: true }])
    expect(events(id, 'RELAYED')[0]!.tls).toMatch(/^TLSv1\.3 /)
  })

  it('goes on in the clear where the handshake fails', async () => {
    const hop = await sink({ options: { hideSTARTTLS: false, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' } })
    await until(await send([`x@${b}`]), 'RELAYED')
    expect(hop.messages).toMatchObject([{ secure: false }])
  })

  it.each([
    ['offers no TLS', { hideSTARTTLS: true }],
    ['has a certificate that nobody vouches for', { hideSTARTTLS: false }],
  ])('defers where a route requires it and the host %s', async (_name, options) => {
    const hop = await sink({ options })
    use({ outboundRoutes: [{ domain: b, host: '127.0.0.1', port, tls: 'REQUIRED' }], retryDelays: [1_000] })
    await until(await send([`x@${b}`]), 'DEFERRED')
    expect(hop.messages).toEqual([])
  })
})

describe('routes', () => {
  it('hands everything to the smart host in one transaction, save what has a route of its own', async () => {
    const smart = await sink()
    const special = await sink({ port: 0 })
    use({
      outboundRoutes: [
        { domain: '*', host: '127.0.0.1', port, tls: 'OPPORTUNISTIC' },
        { domain: `c${serial}.test`, host: 'localhost', port: special.port, tls: 'NONE' },
      ],
    })
    await until(await send([`x@${b}`, `y@d${serial}.test`, `z@c${serial}.test`]), 'RELAYED', 3)
    const mine = smart.messages.filter(({ from: sender }) => sender === ann)
    expect(mine.map(({ to }) => to)).toEqual([[`x@${b}`, `y@d${serial}.test`]])
    expect(special.messages.map(({ to }) => to)).toEqual([[`z@c${serial}.test`]])
  })

  it('follows a route that is set while mail waits', async () => {
    const hop = await sink()
    records({ [`${b} MX`]: 'SERVFAIL' })
    const id = await send([`x@${b}`])
    await until(id, 'DEFERRED')
    use({ outboundRoutes: [{ domain: b, host: '127.0.0.1', port, tls: 'NONE' }] })
    await until(id, 'RELAYED')
    expect(hop.messages).toHaveLength(1)
  })

  it('reaches another node of ours, which stores it', async () => {
    const there = await startMailNode({ resources: [domain('there.test'), mailbox('tom@there.test')] })
    use({ outboundRoutes: [{ domain: 'there.test', host: '127.0.0.1', port: there.mx, tls: 'OPPORTUNISTIC' }] })
    const id = await send(['tom@there.test', 'nobody@there.test'])
    await until(id, 'RELAYED')
    const [stored] = await there.inbox('tom@there.test')
    expect(stored!.endsWith(text)).toBe(true)
    expect(stored).toMatch(/with ESMTPS \(TLSv1\.3/)
    expect(events(id, 'BOUNCED')).toMatchObject([
      { recipient: 'nobody@there.test', replyCode: 550, enhancedCode: '5.1.1' },
    ])
    expect(await from.inbox(ann)).toHaveLength(1)
    await there.stop()
  })
})

function once(verdict: 'drop'): () => 'drop' | null {
  let done = false
  return () => (done ? null : ((done = true), verdict))
}
function endless(socket: Socket, octets: string): void {
  const chunk = Buffer.from(octets.repeat(1_000))
  const more = (): void => {
    if (!socket.destroyed) socket.write(chunk, () => setImmediate(more))
  }
  more()
}
const bodies = (): string => join(from.dataDir, 'queue', 'bodies')
function setAside(transactionId: string): string | null {
  const db = new Database(from.queue.writer.path, { readonly: true })
  const row = db.prepare('SELECT set_aside FROM entry WHERE transaction_id = ?').pluck().get(transactionId)
  db.close()
  return (row as string | null | undefined) ?? null
}
