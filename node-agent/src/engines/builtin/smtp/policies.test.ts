/** Policies on real sessions: the code that a client gets, and the policy that the event names. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PolicyResource } from '@mailfleet/schema'
import { domain, forward, mailbox, password, startMailNode, type MailNode } from './test-support/mail-node.js'
import { sendMessage, WireClient } from './test-support/wire-client.js'

const tenantPath = ['root', 'reseller', 't']
const message = 'From: <ann@a.test>\r\nSubject: Hello\r\n\r\nHello'
let node: MailNode
let clients: WireClient[]

const policy = (
  level: PolicyResource['level'],
  objectId: string,
  settings: PolicyResource['settings'],
  revision = 1,
): PolicyResource => ({ kind: 'Policy', id: `p-${objectId}`, level, objectId, revision, settings })

beforeEach(async () => {
  clients = []
  node = await startMailNode({
    resources: [domain('a.test', { tenantPath }), mailbox('ann@a.test'), mailbox('bob@a.test')],
  })
})
afterEach(async () => {
  for (const client of clients) client.close()
  await node.stop()
})

async function outside(): Promise<WireClient> {
  const client = await WireClient.open(node.mx)
  clients.push(client)
  return client
}
async function submission(address = 'ann@a.test'): Promise<WireClient> {
  const client = await WireClient.open(node.submissions, { tls: true })
  clients.push(client)
  await client.say('EHLO client.test')
  const token = Buffer.from(`\0${address}\0${password}`).toString('base64')
  expect(await client.say(`AUTH PLAIN ${token}`)).toMatch(/^235/)
  return client
}
const refused = () =>
  node.events('REFUSED').map(({ policyKind, policyId, policyRevision }) => [policyKind, policyId, policyRevision])

describe('limits of submission', () => {
  test('messages an hour: counted over all sessions', async () => {
    node.apply(policy('RESELLER', 'reseller', { MESSAGES_PER_HOUR: { value: 2, lock: 'STRICTER' } }, 7))
    // Laxer below a lock: without effect.
    node.apply(policy('DOMAIN', 'd-a.test', { MESSAGES_PER_HOUR: { value: 50 } }))
    for (let sent = 0; sent < 2; sent++)
      expect(await sendMessage(await submission(), 'ann@a.test', ['bob@a.test'], message)).toMatch(/^250/)
    expect(await sendMessage(await submission(), 'ann@a.test', ['bob@a.test'], message)).toMatch(
      /^450 4\.7\.1 .*2 messages/,
    )
    expect(refused()).toEqual([['MESSAGES_PER_HOUR', 'p-reseller', 7]])
    expect(await node.inbox('bob@a.test')).toHaveLength(2)
  })

  test('of many sessions at once none slips through', async () => {
    node.apply(policy('MAILBOX', 'm-ann@a.test', { MESSAGES_PER_DAY: { value: 3 } }))
    const sessions = await Promise.all(Array.from({ length: 8 }, () => submission()))
    const replies = await Promise.all(sessions.map((one) => sendMessage(one, 'ann@a.test', ['bob@a.test'], message)))
    expect(replies.filter((reply) => reply.startsWith('250'))).toHaveLength(3)
    expect(await node.inbox('bob@a.test')).toHaveLength(3)
  })

  test('recipients a message', async () => {
    node.apply(policy('CUSTOMER', 't', { RECIPIENTS_PER_MESSAGE: { value: 1 } }))
    const client = await submission()
    await client.say('MAIL FROM:<ann@a.test>')
    expect(await client.say('RCPT TO:<bob@a.test>')).toMatch(/^250/)
    expect(await client.say('RCPT TO:<ann@a.test>')).toMatch(/^452 4\.5\.3/)
  })

  test('size, as declared and as it is', async () => {
    node.apply(policy('PLATFORM', 'root', { MESSAGE_SIZE: { value: 65_536 } }))
    const client = await submission()
    expect(await client.say('MAIL FROM:<ann@a.test> SIZE=65537')).toMatch(/^552 5\.3\.4/)
    const large = `${message}${`\r\n${'x'.repeat(70)}`.repeat(1_000)}`
    expect(await sendMessage(await outside(), 'x@b.test', ['bob@a.test'], large)).toMatch(/^552 5\.3\.4/)
    expect(await node.inbox('bob@a.test')).toEqual([])
  })
})

describe('mail from outside', () => {
  test('a blocked sender is refused, unless it is allowed', async () => {
    node.apply(policy('RESELLER', 'reseller', { BLOCKED_SENDERS: { value: ['*.bad.test'] } }, 3))
    expect(await sendMessage(await outside(), 'x@mx.bad.test', ['bob@a.test'], message)).toMatch(/^550 5\.7\.1/)
    expect(refused()).toEqual([['BLOCKED_SENDERS', 'p-reseller', 3]])
    node.apply(policy('DOMAIN', 'd-a.test', { ALLOWED_SENDERS: { value: ['x@mx.bad.test'] } }))
    expect(await sendMessage(await outside(), 'x@mx.bad.test', ['bob@a.test'], message)).toMatch(/^250/)
    node.apply(policy('RESELLER', 'reseller', { BLOCKED_SENDERS: { value: ['*.bad.test'], lock: 'FIXED' } }, 4))
    expect(await sendMessage(await outside(), 'x@mx.bad.test', ['bob@a.test'], message)).toMatch(/^550 5\.7\.1/)
  })

  test('by network, for one mailbox alone', async () => {
    node.apply(policy('MAILBOX', 'm-bob@a.test', { BLOCKED_SENDERS: { value: ['127.0.0.0/8'] } }))
    const client = await outside()
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<x@b.test>')
    expect(await client.say('RCPT TO:<bob@a.test>')).toMatch(/^550 5\.7\.1/)
    expect(await client.say('RCPT TO:<ann@a.test>')).toMatch(/^250/)
  })

  test('only over TLS', async () => {
    node.apply(policy('DOMAIN', 'd-a.test', { INBOUND_TLS: { value: true } }))
    const client = await outside()
    expect(await sendMessage(client, 'x@b.test', ['bob@a.test'], message)).toMatch(/^550 5\.7\.10/)
    await client.say('RSET')
    await client.startTls()
    expect(await sendMessage(client, 'x@b.test', ['bob@a.test'], message)).toMatch(/^250/)
  })

  test('a quota from above holds where the mailbox has none, and a locked one where it has more', async () => {
    node.apply(policy('CUSTOMER', 't', { MAILBOX_QUOTA: { value: 10 } }))
    expect(await sendMessage(await outside(), 'x@b.test', ['bob@a.test'], message)).toMatch(/^452 4\.2\.2/)
    node.apply(mailbox('bob@a.test', { quotaBytes: 100_000 }))
    expect(await sendMessage(await outside(), 'x@b.test', ['bob@a.test'], message)).toMatch(/^250/)
    node.apply(policy('CUSTOMER', 't', { MAILBOX_QUOTA: { value: 10, lock: 'STRICTER' } }))
    expect(await sendMessage(await outside(), 'x@b.test', ['bob@a.test'], message)).toMatch(/^452 4\.2\.2/)
  })
})

describe('routing', () => {
  test('what may not be forwarded stays', async () => {
    node.apply(forward('bob@a.test', ['away@far.test']))
    node.apply(policy('CUSTOMER', 't', { FORWARDING: { value: 'OWN_DOMAINS' } }))
    expect(await sendMessage(await outside(), 'x@b.test', ['bob@a.test'], message)).toMatch(/^250/)
    expect(await node.inbox('bob@a.test')).toHaveLength(1)
    expect(node.queue.size()).toBe(0)
    node.apply(forward('bob@a.test', ['ann@a.test']))
    expect(await sendMessage(await outside(), 'x@b.test', ['bob@a.test'], message)).toMatch(/^250/)
    expect(await node.inbox('ann@a.test')).toHaveLength(1)
  })

  test('another separator of tags, and none', async () => {
    const to = async (address: string) => sendMessage(await outside(), 'x@b.test', [address], message)
    expect(await to('bob+tag@a.test')).toMatch(/^250/)
    node.apply(policy('DOMAIN', 'd-a.test', { SUBADDRESS_SEPARATOR: { value: '-' } }))
    expect(await to('bob+tag@a.test')).toMatch(/^550/)
    expect(await to('bob-tag@a.test')).toMatch(/^250/)
    node.apply(policy('DOMAIN', 'd-a.test', { SUBADDRESS_SEPARATOR: { value: null } }))
    expect(await to('bob-tag@a.test')).toMatch(/^550/)
  })
})
