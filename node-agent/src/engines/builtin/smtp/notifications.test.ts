/** What senders hear of their mail, as they asked for it (RFC 3461), over real sessions and a next hop that knows no DSN. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reply, startSink } from '../queue/test-support/sink.js'
import type { Sink } from '../queue/test-support/sink.js'
import { alias, domain, group, mailbox, password, settings, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'
import { WireClient } from './test-support/wire-client.js'

let node: MailNode
let hop: Sink
let refusal: Error | null = null
let serial = 0
let ann: string

beforeAll(async () => {
  hop = await startSink({ onRcpt: () => refusal })
  node = await startMailNode({
    resources: [
      settings({ retryDelays: [1], outboundRoutes: [{ domain: '*', host: '127.0.0.1', port: hop.port, tls: 'NONE' }] }),
      domain('a.test'),
      mailbox('bob@a.test'),
      mailbox('cat@a.test'),
      alias('both@a.test', ['bob@a.test', 'cat@a.test']),
      group('team@a.test', ['bob@a.test']),
    ],
    queue: { delayNoticeAfterMs: 0 },
  })
})
afterAll(async () => {
  await node.stop()
  await hop.close()
})
beforeEach(() => {
  refusal = null
  ann = `ann${serial++}@a.test`
  node.apply(mailbox(ann))
})

async function client(): Promise<WireClient> {
  const client = await WireClient.open(node.submissions, { tls: true })
  expect(await client.say('EHLO client.test')).toMatch(/^250-DSN$/m)
  await client.say(`AUTH PLAIN ${Buffer.from(`\0${ann}\0${password}`).toString('base64')}`)
  return client
}
async function send(mail: string, ...recipients: string[]): Promise<void> {
  const session = await client()
  expect(await session.say(`MAIL FROM:<${ann}> ${mail}`)).toMatch(/^250 /)
  for (const recipient of recipients) expect(await session.say(`RCPT TO:${recipient}`)).toMatch(/^250 /)
  await session.say('DATA')
  expect(await session.say(`From: <${ann}>\r\nSubject: asked\r\n\r\nthe body\r\n.`)).toMatch(/^250 /)
  session.close()
}
async function reports(count: number): Promise<string[]> {
  await expect.poll(() => node.inbox(ann), { timeout: 15_000, interval: 50 }).toHaveLength(count)
  return node.inbox(ann)
}
const ended = (): Promise<void> => expect.poll(() => node.queue.size(), { timeout: 15_000, interval: 50 }).toBe(0)

describe('success', () => {
  it.each([
    ['<bob@a.test>', 'delivered'],
    ['<both@a.test>', 'expanded'],
    ['<team@a.test>', 'delivered'],
    ['<x@far.test>', 'relayed'],
  ])('of %s is %s', async (recipient, action) => {
    await send('RET=FULL ENVID=id+2B7', `${recipient} NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;given+2Bname@a.test`)
    const [report] = await reports(1)
    expect(report).toContain('Original-Envelope-Id: id+7\r\n')
    expect(report).toContain(`Original-Recipient: rfc822; given+name@a.test\r\n`)
    expect(report).toContain(`Action: ${action}\r\nStatus: 2.`)
    expect(report).not.toContain('the body')
  })

  it('is not reported unasked', async () => {
    await send('', '<bob@a.test>', '<x@far.test>', '<cat@a.test> NOTIFY=FAILURE')
    await ended()
    expect(await node.inbox(ann)).toEqual([])
  })

  it('is not reported to a sender that nobody vouches for', async () => {
    const before = hop.messages.length
    const session = await WireClient.open(node.mx)
    await session.say('EHLO client.test')
    expect(await session.say('MAIL FROM:<forged@far.test>')).toMatch(/^250 /)
    expect(await session.say('RCPT TO:<bob@a.test> NOTIFY=SUCCESS')).toMatch(/^250 /)
    await session.say('DATA')
    expect(await session.say('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250 /)
    session.close()
    await ended()
    expect(hop.messages.length).toBe(before)
  })
})

describe('failure', () => {
  it('brings the whole message back where that was asked for', async () => {
    refusal = reply(550, '5.1.1 nobody')
    await send('RET=FULL', '<x@far.test>')
    const [report] = await reports(1)
    expect(report).toContain('Action: failed\r\nStatus: 5.1.1\r\n')
    expect(report).toMatch(/Content-Type: message\/rfc822[^]*the body/)
  })

  it('is not reported to whoever never wants to hear', async () => {
    refusal = reply(550, '5.1.1 nobody')
    await send('', '<x@far.test> NOTIFY=NEVER', '<y@far.test> NOTIFY=SUCCESS', '<z@far.test> NOTIFY=DELAY,FAILURE')
    const [report] = await reports(1)
    await ended()
    expect(report!.match(/^Final-Recipient: .*$/gm)).toEqual(['Final-Recipient: rfc822; z@far.test'])
    expect(await node.inbox(ann)).toHaveLength(1)
  })
})

describe('delay', () => {
  it('is told once, of all that wait and whose sender wants to know', async () => {
    refusal = reply(451, '4.2.1 not now')
    await send('', '<x@far.test>', '<y@far.test> NOTIFY=DELAY', '<z@far.test> NOTIFY=FAILURE')
    const [report] = await reports(1)
    expect(report!.match(/^Final-Recipient: .*$/gm)).toEqual(
      ['x', 'y'].map((name) => `Final-Recipient: rfc822; ${name}@far.test`),
    )
    expect(report).toContain('Action: delayed\r\nStatus: 4.4.7\r\n')
    const deferrals = (): number => node.events('DEFERRED').filter(({ sender }) => sender === ann).length
    await expect.poll(deferrals, { timeout: 15_000 }).toBeGreaterThanOrEqual(6)
    expect(await node.inbox(ann)).toHaveLength(1)
    refusal = null
    await ended()
  })
})

it.each([
  ['MAIL', 'RET=SOME'],
  ['MAIL', 'RET'],
  ['MAIL', 'ENVID='],
  ['MAIL', 'ENVID=a+2b'],
  ['MAIL', `ENVID=${'x'.repeat(101)}`],
  ['RCPT', 'NOTIFY='],
  ['RCPT', 'NOTIFY=NEVER,DELAY'],
  ['RCPT', 'NOTIFY=DELAY,DELAY'],
  ['RCPT', 'NOTIFY=MAYBE'],
  ['RCPT', 'ORCPT=ann@a.test'],
  ['RCPT', 'ORCPT=rfc822;a+zz'],
  ['RCPT', `ORCPT=rfc822;${'x'.repeat(500)}`],
])('refuses %s with %s', async (verb, parameter) => {
  const session = await client()
  if (verb === 'RCPT') await session.say(`MAIL FROM:<${ann}>`)
  const command = verb === 'MAIL' ? `MAIL FROM:<${ann}>` : 'RCPT TO:<bob@a.test>'
  expect(await session.say(`${command} ${parameter}`)).toMatch(/^501 5\.5\.4/)
  session.close()
})
