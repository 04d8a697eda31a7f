import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alias, domain, forward, mailbox, password, settings, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'
import { sendMessage, WireClient } from './test-support/wire-client.js'

let node: MailNode
beforeAll(async () => {
  node = await startMailNode({
    resources: [
      settings(),
      domain('a.test', { catchAll: 'ann@a.test' }),
      domain('b.test'),
      mailbox('ann@a.test'),
      mailbox('bob@a.test'),
      mailbox('eve@b.test'),
      mailbox('ann+desk@a.test'),
      alias('sales@a.test', ['ann@a.test', 'bob@a.test']),
      alias('top@a.test', ['sales@a.test']),
      alias('off@a.test', ['ann@a.test'], { status: 'SUSPENDED' }),
      forward('bob@a.test', ['ann@a.test']),
    ],
  })
})
afterAll(() => node.stop())

const plain = (login: string, secret = password, authzid = ''): string =>
  Buffer.from(`${authzid}\0${login}\0${secret}`).toString('base64')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function signedIn(login = 'ann@a.test'): Promise<WireClient> {
  const client = await WireClient.open(node.submissions, { tls: true })
  await client.say('EHLO client.test')
  expect(await client.say(`AUTH PLAIN ${plain(login)}`)).toMatch(/^235 2\.7\.0/)
  return client
}
async function submit(from: string, to: string[], message: string, login?: string): Promise<string> {
  const client = await signedIn(login)
  try {
    return await sendMessage(client, from, to, message)
  } finally {
    client.close()
  }
}
const message = (id: string, from = 'ann@a.test', more = ''): string =>
  `From: Ann <${from}>\r\nSubject: ${id}\r\nMessage-ID: <${id}@a.test>\r\n${more}\r\nHello\r\n`

describe('sign-in', () => {
  it('is neither offered nor taken in the clear', async () => {
    const client = await WireClient.open(node.submission)
    expect(await client.say('EHLO client.test')).not.toMatch(/AUTH/)
    expect(await client.say(`AUTH PLAIN ${plain('ann@a.test')}`)).toMatch(/^538 5\.7\.|^530 5\.7\./)
    expect(await client.say('MAIL FROM:<ann@a.test>')).toMatch(/^530 5\.7\.0/)
    client.close()
  })

  it.each([
    ['PLAIN with initial response', async (client: WireClient) => client.say(`AUTH PLAIN ${plain('ann@a.test')}`)],
    [
      'PLAIN in two steps',
      async (client: WireClient) => {
        expect(await client.say('AUTH PLAIN')).toMatch(/^334/)
        return client.say(plain('ann@a.test'))
      },
    ],
    [
      'LOGIN',
      async (client: WireClient) => {
        expect(await client.say('AUTH LOGIN')).toBe('334 VXNlcm5hbWU6')
        expect(await client.say(base64('Ann@A.test'))).toBe('334 UGFzc3dvcmQ6')
        return client.say(base64(password))
      },
    ],
  ])('works by %s after STARTTLS', async (_name, exchange) => {
    const client = await WireClient.open(node.submission)
    await client.say('EHLO client.test')
    await client.startTls()
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]AUTH PLAIN LOGIN$/m)
    expect(await exchange(client)).toMatch(/^235 2\.7\.0/)
    expect(await client.say(`AUTH PLAIN ${plain('ann@a.test')}`)).toMatch(/^503/)
    client.close()
  })

  it('refuses wrong passwords, unknown logins and other identities alike, and hangs up on the third', async () => {
    const client = await WireClient.open(node.submissions, { tls: true })
    await client.say('EHLO client.test')
    const wrong = await client.say(`AUTH PLAIN ${plain('ann@a.test', `${password}x`)}`)
    expect(wrong).toMatch(/^535 5\.7\.8/)
    expect(await client.say(`AUTH PLAIN ${plain('nobody@a.test')}`)).toBe(wrong)
    expect(await client.say(`AUTH PLAIN ${plain('ann@a.test', password, 'bob@a.test')}`)).toMatch(/^421 4\.7\.0/)
    await client.ended()
  })
})

describe('submission', () => {
  it('delivers here at once, with what was missing and without telling where the sender sits', async () => {
    expect(await submit('ann@a.test', ['eve@b.test'], 'From: Ann <ann@a.test>\r\nSubject: bare\r\n\r\nHi\r\n')).toMatch(
      /^250 2\.0\.0/,
    )
    const [stored] = await node.inbox('eve@b.test')
    expect(stored).toMatch(
      /\r\nReceived: by mx\.here\.test with ESMTPSA \(TLSv1\.3 \w+\)\r\n\tid [-\da-f]+\r\n\tfor <eve@b\.test>;/,
    )
    expect(stored).not.toMatch(/127\.0\.0\.1|client\.test/)
    expect(stored).toMatch(
      /\r\nDate: \w{3}, \d+ \w{3} \d{4} [\d:]{8} \+0000\r\nMessage-ID: <[-\da-f]+@mx\.here\.test>\r\n\r\nHi\r\n/,
    )
    const [event] = node.events('DELIVERED').filter(({ subject }) => subject === 'bare')
    expect(event).toMatchObject({
      direction: 'LOCAL',
      protocol: 'SUBMISSION',
      domainId: 'd-b.test',
      sender: 'ann@a.test',
    })
    const [accepted] = node.events('ACCEPTED').filter(({ subject }) => subject === 'bare')
    expect(accepted).toMatchObject({ direction: 'LOCAL', domainId: 'd-a.test', mailboxId: 'm-ann@a.test' })
  })

  it('queues for others, for the account', async () => {
    expect(await submit('ann@a.test', ['x@out.invalid', 'y@out.invalid', 'eve@b.test'], message('out'))).toMatch(/^250/)
    const queued = node.events('QUEUED').filter(({ subject }) => subject === 'out')
    expect(queued.map(({ recipient }) => recipient).sort()).toEqual(['x@out.invalid', 'y@out.invalid'])
    for (const event of queued)
      expect(event).toMatchObject({ direction: 'OUT', domainId: 'd-a.test', mailboxId: 'm-ann@a.test' })
    expect(node.events('ACCEPTED').filter(({ subject }) => subject === 'out')).toMatchObject([{ direction: 'OUT' }])
  })

  it.each(['ann@a.test', 'ANN@A.TEST', 'ann+shop@a.test', 'sales@a.test', 'top@a.test', ''])(
    'may send from <%s>',
    async (from) => {
      expect(await submit(from, ['eve@b.test'], message('own', from || 'ann@a.test'))).toMatch(/^250/)
    },
  )

  it.each([
    'bob@a.test',
    'eve@b.test',
    'off@a.test',
    'ann+desk@a.test',
    'whatever@a.test',
    'x@out.test',
    '"ann@a.test"@x.test',
  ])('may not send from <%s>', async (other) => {
    expect(await submit(other, ['eve@b.test'], message('not'))).toMatch(/^553 5\.7\.1/)
    expect(await submit('ann@a.test', ['eve@b.test'], message('not', other))).toMatch(/^553 5\.7\.1/)
  })

  it.each([
    ['two From fields', 'From: ann@a.test\r\nFrom: bob@a.test\r\n\r\nx\r\n', /^550 5\.6\.0/],
    ['no From field', 'Subject: x\r\n\r\nx\r\n', /^550 5\.6\.0/],
    ['an empty From field', 'From: \r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['a second author', 'From: ann@a.test, bob@a.test\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['an author in a comment', 'From: bob@a.test (ann@a.test)\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['an author in the name', 'From: "ann@a.test" <bob@a.test>\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['a folded author', 'From: Ann\r\n <bob@a.test>\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['an author in a group', 'From: friends: ann@a.test, bob@a.test;\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['another Sender', 'From: ann@a.test\r\nSender: bob@a.test\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['an author behind a broken one', 'From: <ann@a.test, bob@a.test>\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['two addresses in one', 'From: ann@a.test <bob@a.test>\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['an author after a route', 'From: <@ann@a.test:bob@a.test>\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['an encoded author', 'From: =?utf-8?q?ann=40a.test?= <bob@a.test>\r\n\r\nx\r\n', /^553 5\.7\.1/],
    ['a space before the colon', 'From : bob@a.test\r\n\r\nx\r\n', /^553 5\.7\.1/],
  ])('refuses %s', async (_name, text, reply) => {
    expect(await submit('ann@a.test', ['eve@b.test'], text)).toMatch(reply)
  })

  it('ends with the account, within a session', async () => {
    const client = await signedIn('bob@a.test')
    node.apply(mailbox('bob@a.test', { status: 'SUSPENDED' }))
    expect(await client.say('MAIL FROM:<bob@a.test>')).toMatch(/^550 5\.7\.1/)
    client.close()
    node.apply(mailbox('bob@a.test'))
  })

  it('ends with the password, within a session', async () => {
    const client = await signedIn('bob@a.test')
    const { passwordHash } = node.directory.mailbox('bob@a.test')!
    node.apply(
      mailbox('bob@a.test', { passwordHash: `${passwordHash.slice(0, -1)}${passwordHash.endsWith('A') ? 'B' : 'A'}` }),
    )
    expect(await client.say('MAIL FROM:<bob@a.test>')).toMatch(/^550 5\.7\.1/)
    client.close()
    node.apply(mailbox('bob@a.test'))
  })

  it('ends with the account, within a message', async () => {
    const client = await signedIn('bob@a.test')
    await client.say('MAIL FROM:<bob@a.test>')
    await client.say('RCPT TO:<eve@b.test>')
    expect(await client.say('DATA')).toMatch(/^354/)
    client.write(message('not', 'bob@a.test'))
    node.apply(mailbox('bob@a.test', { status: 'SUSPENDED' }))
    expect(await client.say('.')).toMatch(/^550 5\.7\.1/)
    client.close()
    node.apply(mailbox('bob@a.test'))
  })

  it('leaves nothing of what was refused', async () => {
    for (const text of await node.inbox('eve@b.test')) expect(text).not.toContain('Subject: not')
    expect(node.events('ACCEPTED').filter(({ subject }) => subject === 'not')).toEqual([])
  })
})
