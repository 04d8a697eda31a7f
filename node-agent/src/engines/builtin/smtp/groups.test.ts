/** Groups and domains that stand for others, over SMTP: who may write, what members get, and where bounces go. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSink, type Sink } from '../queue/test-support/sink.js'
import { reply } from '../queue/test-support/sink.js'
import { alias, domain, group, mailbox, password, settings, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'
import { sendMessage, WireClient } from './test-support/wire-client.js'

let node: MailNode
let sink: Sink
beforeAll(async () => {
  sink = await startSink({ onRcpt: (address) => (address.startsWith('gone') ? reply(550, 'no such user') : null) })
  node = await startMailNode({
    resources: [
      settings({
        outboundRoutes: [{ domain: '*', host: '127.0.0.1', port: sink.port, tls: 'NONE' }],
        maxMessageBytes: 2_000_000,
      }),
      domain('a.test'),
      domain('alt.test', { aliasOf: 'd-a.test' }),
      domain('late.test', { aliasOf: 'd-not-here' }),
      domain('off.test', { aliasOf: 'd-a.test', status: 'SUSPENDED' }),
      ...['ann', 'bob', 'boss', 'eve'].map((name) => mailbox(`${name}@a.test`)),
      mailbox('full@a.test', { quotaBytes: 10 }),
      alias('sales@a.test', ['ann@alt.test']),
      group('all@a.test', ['ann@a.test', 'bob@alt.test', 'x@out.test', 'inner@a.test'], { name: 'Grüße, "alle"' }),
      group('inner@a.test', ['bob@a.test', 'eve@a.test', 'x@out.test', 'all@a.test', 'closed@a.test']),
      group('closed@a.test', ['boss@a.test', 'poster@friend.test'], { posting: 'MEMBERS' }),
      group('news@a.test', ['ann@a.test'], { posting: 'NAMED', posters: ['eve@a.test', 'editor@friend.test'] }),
      group('board@a.test', ['ann@a.test'], { posting: 'OWNERS' }),
      group('bounce@a.test', ['gone@out.test', 'full@a.test', 'ann@a.test']),
      group('empty@a.test', []),
    ],
  })
})
afterAll(async () => {
  await node.stop()
  await sink.close()
})

const text = (id: string, more = '', body = 'Hello'): string =>
  `From: <s@friend.test>\r\nSubject: ${id}\r\nMessage-ID: <${id}@friend.test>\r\n${more}\r\n${body} ${id}\r\n`
async function receive(to: string[], message: string, from = 's@friend.test'): Promise<string> {
  const client = await WireClient.open(node.mx)
  try {
    return await sendMessage(client, from, to, message)
  } finally {
    client.close()
  }
}
async function submit(login: string, to: string[], message: string, from = login): Promise<string> {
  const client = await WireClient.open(node.submissions, { tls: true })
  try {
    await client.say('EHLO client.test')
    const secret = Buffer.from(`\0${login}\0${password}`).toString('base64')
    expect(await client.say(`AUTH PLAIN ${secret}`)).toMatch(/^235/)
    return await sendMessage(client, from, to, message.replace('s@friend.test', login))
  } finally {
    client.close()
  }
}
const copies = async (address: string, id: string): Promise<string[]> =>
  (await node.inbox(address)).filter((message) => message.includes(`<${id}@`))
const sunk = (id: string) => sink.messages.filter((message) => message.text.includes(`<${id}@`))

describe('a group', () => {
  it('reaches each member once, nested groups included, with its own fields and reverse-path', async () => {
    expect(await receive(['all@a.test'], text('g1'))).toMatch(/^250 /)
    for (const name of ['ann', 'bob', 'eve']) {
      const [copy, ...others] = await copies(`${name}@a.test`, 'g1')
      expect(others).toEqual([])
      expect(copy).toMatch(/^Return-Path: <all-owner@a\.test>\r\nDelivered-To: /)
      expect(copy).toMatch(
        /\r\nList-Id: =\?UTF-8\?B\?[\w+/=]+\?= <all\.a\.test>\r\nList-Post: <mailto:all@a\.test>\r\n/,
      )
      expect(copy).toMatch(/\r\nList-Owner: <mailto:all-owner@a\.test>\r\n[^]*\r\nPrecedence: list\r\n/)
    }
    // The group inside that the sender may not write to drops out by itself.
    expect(await copies('boss@a.test', 'g1')).toEqual([])
    await expect.poll(() => sunk('g1').length).toBe(1)
    expect(sunk('g1')[0]).toMatchObject({ from: 'all-owner@a.test', to: ['x@out.test'] })
    expect(sunk('g1')[0]!.text).toMatch(/^Received[^]*List-Id: |^List-Id: /)
  })

  it('leaves who is written to by name the message as it was', async () => {
    expect(await receive(['all@a.test', 'ann@a.test'], text('g2', 'List-Id: <x.elsewhere.test>\r\n'))).toMatch(/^250 /)
    const [copy] = await copies('ann@a.test', 'g2')
    expect(copy).toMatch(/^Return-Path: <s@friend\.test>/)
    expect(copy).toContain('List-Id: <x.elsewhere.test>')
  })

  it('names no list but itself to those who get it from it alone', async () => {
    const earlier = 'List-Id: <x.elsewhere.test>\r\nList-Unsubscribe: <https://x.test/>\r\n'
    expect(await receive(['all@a.test'], text('g3', earlier))).toMatch(/^250 /)
    const [copy] = await copies('ann@a.test', 'g3')
    expect(copy!.match(/^List-Id:/gm)).toHaveLength(1)
    expect(copy).not.toContain('x.test')
  })

  it('holds a large message as well, and its own fields before it', async () => {
    const body = randomBytes(300_000).toString('base64').replace(/.{76}/g, '$&\r\n')
    expect(await receive(['all@a.test'], text('g4', '', body))).toMatch(/^250 /)
    await expect.poll(() => sunk('g4').length, { timeout: 5_000 }).toBe(1)
    expect(sunk('g4')[0]!.text).toContain(body.slice(-500))
    expect(await copies('eve@a.test', 'g4')).toHaveLength(1)
  })

  it('takes no notifications, no automatic replies, and nothing that came through it', async () => {
    expect(await receive(['all@a.test'], text('l1'), '')).toMatch(/^550 5\.7\.1/)
    expect(await receive(['all@a.test'], text('l2', 'Auto-Submitted: auto-replied\r\n'))).toMatch(/^550 5\.7\.1/)
    expect(await receive(['all@a.test'], text('l3', 'List-Id: All <all.a.test>\r\n'))).toMatch(/^554 5\.4\.6/)
    expect(await copies('ann@a.test', 'l3')).toEqual([])
    expect(await receive(['empty@a.test'], text('l4'))).toMatch(/^550 5\.1\.1/)
  })

  it('sends bounces to its owners, at once and later', async () => {
    expect(await receive(['bounce@a.test'], text('b1'))).toMatch(/^250 /)
    expect(await copies('ann@a.test', 'b1')).toHaveLength(1)
    await expect
      .poll(async () => (await copies('boss@a.test', 'b1')).filter((one) => one.includes('multipart/report')).length)
      .toBe(2)
    const reports = await copies('boss@a.test', 'b1')
    expect(reports.join('')).toContain('gone@out.test')
    expect(reports.join('')).toContain('full@a.test')
    expect(sink.messages.some(({ to }) => to.includes('s@friend.test'))).toBe(false)
  })

  it('has an address for its owners that takes everything', async () => {
    expect(await receive(['all-owner@alt.test'], text('o1'), '')).toMatch(/^250 /)
    expect(await copies('boss@a.test', 'o1')).toHaveLength(1)
  })
})

describe('who may write to a group', () => {
  it.each([
    ['a member from elsewhere', 'closed@a.test', 'poster@friend.test', /^250/],
    ['somebody else', 'closed@a.test', 's@friend.test', /^550 5\.7\.1/],
    ['a member here who has not signed in', 'closed@a.test', 'boss@a.test', /^550 5\.7\.1/],
    ['a named address from elsewhere', 'news@a.test', 'editor@friend.test', /^250/],
    ['a member where only some are named', 'news@a.test', 'ann@a.test', /^550 5\.7\.1/],
    ['an owner who has not signed in', 'board@a.test', 'boss@a.test', /^550 5\.7\.1/],
  ])('%s', async (_, to, from, expected) => expect(await receive([to], text('p0'), from)).toMatch(expected))

  it.each([
    ['closed@a.test', 'boss@a.test', /^250/],
    ['closed@a.test', 'eve@a.test', /^550 5\.7\.1/],
    ['news@a.test', 'eve@a.test', /^250/],
    ['news@a.test', 'boss@a.test', /^250/],
    ['news@a.test', 'ann@a.test', /^550 5\.7\.1/],
    ['board@a.test', 'ann@a.test', /^550 5\.7\.1/],
    ['board@a.test', 'boss@a.test', /^250/],
  ])('%s takes what %s submits: %s', async (to, login, expected) =>
    expect(await submit(login, [to], text('p1'))).toMatch(expected),
  )

  it('nobody writes in its name', async () => {
    expect(await submit('boss@a.test', ['x@out.test'], text('p2'), 'all@a.test')).toMatch(/^553 5\.7\.1/)
  })
})

describe('a domain that stands for another', () => {
  it('has all addresses of that one: mailboxes, tags, aliases, groups', async () => {
    expect(await receive(['ann@alt.test', 'bob+x@alt.test'], text('d1'))).toMatch(/^250 /)
    expect(await copies('ann@a.test', 'd1')).toHaveLength(1)
    expect(await copies('bob@a.test', 'd1')).toHaveLength(1)
    expect(await receive(['sales@alt.test'], text('d2'))).toMatch(/^250 /)
    expect(await copies('ann@a.test', 'd2')).toHaveLength(1)
    expect(await receive(['closed@alt.test'], text('d3'), 'poster@friend.test')).toMatch(/^250 /)
    expect(await receive(['nobody@alt.test'], text('d4'))).toMatch(/^550 5\.1\.1/)
  })

  it('lets its people sign in and write by its addresses, and nobody else', async () => {
    expect(await submit('ann@alt.test', ['bob@a.test'], text('d5'))).toMatch(/^250 /)
    expect(await submit('ann@a.test', ['bob@a.test'], text('d6'), 'ann+x@alt.test')).toMatch(/^250 /)
    expect(await submit('bob@a.test', ['ann@a.test'], text('d7'), 'ann@alt.test')).toMatch(/^553 5\.7\.1/)
  })

  it('waits for what it stands for, and is closed by itself', async () => {
    expect(await receive(['ann@late.test'], text('d8'))).toMatch(/^450 4\.2\.1/)
    expect(await receive(['ann@off.test'], text('d9'))).toMatch(/^450 4\.2\.1/)
    expect(await submit('ann@a.test', ['bob@a.test'], text('d10'), 'ann@off.test')).toMatch(/^553 5\.7\.1/)
  })
})
