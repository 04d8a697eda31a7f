import { readdirSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alias, domain, forward, mailbox, settings, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'
import { sendMessage, WireClient } from './test-support/wire-client.js'

let node: MailNode
beforeAll(async () => {
  node = await startMailNode({
    resources: [
      settings({ maxMessageBytes: 65_536, maxRecipients: 5 }),
      domain('a.test'),
      domain('b.test', { catchAll: 'ann@a.test' }),
      domain('closed.test', { status: 'SUSPENDED' }),
      mailbox('ann@a.test'),
      mailbox('bob@a.test'),
      mailbox('tiny@a.test', { quotaBytes: 1_000 }),
      mailbox('tiny2@a.test', { quotaBytes: 3_000 }),
      mailbox('gone@a.test', { status: 'SUSPENDED' }),
      mailbox('shut@closed.test'),
      mailbox('away@a.test'),
      alias('team@a.test', ['ann@a.test', 'bob@a.test', 'gone@a.test']),
      alias('ring@a.test', ['ring2@a.test']),
      alias('ring2@a.test', ['ring@a.test']),
      forward('away@a.test', ['x@elsewhere.invalid'], { keepCopy: true }),
    ],
  })
})
afterAll(() => node.stop())

const message = (id: string, more = ''): string =>
  `From: <s@out.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <${id}@out.test>\r\n${more}\r\nHello ${id}\r\n`

async function receive(to: string[], text: string, from = 's@out.test'): Promise<string> {
  const client = await WireClient.open(node.mx)
  try {
    return await sendMessage(client, from, to, text)
  } finally {
    client.close()
  }
}
const finalCopies = async (address: string, needle: string): Promise<string[]> =>
  (await node.inbox(address)).filter((text) => text.includes(needle))

describe('MX port', () => {
  it('delivers before 250, with trace fields on top, and tells of it', async () => {
    const text = message('m1', 'Return-Path: <forged@x.test>\r\n')
    expect(await receive(['Ann@A.test'], text)).toMatch(/^250 2\.0\.0 /)
    const [stored, ...others] = await finalCopies('ann@a.test', '<m1@')
    expect(others).toEqual([])
    const [, top, rest] = /^((?:Return-Path|Delivered-To|Received)[^]*?\+0000\r\n)([^]*)$/.exec(stored!)!
    expect(rest).toBe(`${message('m1')}\r\n`)
    expect(top).toMatch(
      /^Return-Path: <s@out\.test>\r\nDelivered-To: ann@a\.test\r\nReceived: from client\.test \(\[127\.0\.0\.1\]\)\r\n\tby mx\.here\.test with ESMTP\r\n\tid [-\da-f]{36}\r\n\tfor <ann@a\.test>;\r\n\t\w{3}, \d/,
    )
    const id = /\tid ([-\da-f]+)/.exec(top!)![1]
    const mine = node.events().filter((event) => event.transactionId === id)
    expect(mine.map(({ type }) => type).sort()).toEqual(['ACCEPTED', 'DELIVERED'])
    for (const event of mine) {
      expect(event).toMatchObject({
        direction: 'IN',
        domainId: 'd-a.test',
        protocol: 'SMTP',
        sender: 's@out.test',
        recipient: 'ann@a.test',
        messageId: 'm1@out.test',
        subject: 'Grüße',
        remoteIp: '127.0.0.1',
      })
    }
  })

  it('serves aliases, tags, catch-alls and several domains in one transaction, each mailbox once', async () => {
    expect(await receive(['team@a.test', 'ann+x@a.test', 'whoever@b.test'], message('m2'))).toMatch(/^250 /)
    expect(await finalCopies('ann@a.test', '<m2@')).toHaveLength(1)
    expect(await finalCopies('bob@a.test', '<m2@')).toHaveLength(1)
    expect(node.events('ACCEPTED').filter(({ messageId }) => messageId === 'm2@out.test')).toHaveLength(1)
    expect(node.events('DELIVERED').filter(({ messageId }) => messageId === 'm2@out.test')).toHaveLength(2)
  })

  it('takes postmaster without a domain for the hosted domain that the host name is in', async () => {
    expect(await receive(['postmaster'], message('pm'))).toMatch(/^550 5\.1\.1/)
    node.apply(domain('here.test'))
    expect(await receive(['postmaster'], message('pm'))).toMatch(/^550 5\.1\.1/)
    node.apply(mailbox('postmaster@here.test'))
    expect(await receive(['Postmaster'], message('pm'))).toMatch(/^250 /)
    expect(await finalCopies('postmaster@here.test', '<pm@')).toHaveLength(1)
  })

  it('hangs up on who asks for one unknown address after the other', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<>')
    for (let n = 1; n < 100; n++) expect(await client.say(`RCPT TO:<guess${n}@a.test>`)).toMatch(/^550 5\.1\.1/)
    expect(await client.say('RCPT TO:<guess100@a.test>')).toMatch(/^421 4\.7\.0/)
    await client.ended()
  })

  it('takes the null reverse-path', async () => {
    expect(await receive(['bob@a.test'], message('m3'), '')).toMatch(/^250 /)
    expect((await finalCopies('bob@a.test', '<m3@'))[0]).toMatch(/^Return-Path: <>\r\n/)
  })

  it('keeps a copy and queues the rest of a forward, in the name of the domain that forwards', async () => {
    expect(await receive(['away@a.test'], message('m4'))).toMatch(/^250 /)
    expect(await finalCopies('away@a.test', '<m4@')).toHaveLength(1)
    const queued = node.events('QUEUED').filter(({ messageId }) => messageId === 'm4@out.test')
    expect(queued).toMatchObject([{ recipient: 'x@elsewhere.invalid', domainId: 'd-a.test', direction: 'OUT' }])
  })

  const refusedRecipients: [string, RegExp][] = [
    ['x@ext.test', /^550 5\.7\.1/],
    ['x%ext.test@a.test', /^550 5\.7\.1/],
    ['x%ext.test@b.test', /^550 5\.7\.1/],
    ['"x@ext.test"@a.test', /^550 5\.1\.1/],
    ['"x@ext.test"@b.test', /^550 5\.1\.1/],
    ['@a.test:x@ext.test', /^550 5\.7\.1/],
    ['@a.test,@b.test:x@ext.test', /^550 5\.7\.1/],
    ['ext.test!x@a.test', /^550 5\.7\.1/],
    ['ext.test!x@b.test', /^550 5\.7\.1/],
    ['nobody@a.test', /^550 5\.1\.1/],
    ['gone@a.test', /^450 4\.2\.1/],
    ['shut@closed.test', /^450 4\.2\.1/],
    ['ring@a.test', /^550 5\.4\.6/],
    ['ann@[127.0.0.1]', /^550 5\.1\.1/],
    ['', /^501 5\.1\.3/],
    ['ann@a.test> NOTIFY=NEVER <', /^501 /],
  ]
  it.each(refusedRecipients)('refuses RCPT TO:<%s>', async (recipient, reply) => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    expect(await client.say('MAIL FROM:<s@out.test>')).toMatch(/^250 2\.1\.0/)
    expect(await client.say(`RCPT TO:<${recipient}>`)).toMatch(reply)
    expect(await client.say('DATA')).toMatch(/^503 5\.5\.1/)
    client.close()
  })

  it('tells of a refused recipient', () => {
    expect(node.events('REFUSED')).toContainEqual(
      expect.objectContaining({
        recipient: 'nobody@a.test',
        domainId: 'd-a.test',
        replyCode: 550,
        enhancedCode: '5.1.1',
      }),
    )
  })

  it('refuses a full mailbox within the session', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<s@out.test> SIZE=5000')
    expect(await client.say('RCPT TO:<tiny@a.test>')).toMatch(/^452 4\.2\.2/)
    expect(await client.say('RCPT TO:<ann@a.test>')).toMatch(/^250 2\.1\.5/)
    client.close()
  })

  it('answers 452 where the only mailbox turns out full, and keeps nothing', async () => {
    expect(await receive(['tiny@a.test'], message('m5', `X-Pad: ${'x'.repeat(2_000)}\r\n`))).toMatch(/^452 4\.2\.2/)
    expect(await node.inbox('tiny@a.test')).toEqual([])
    expect(node.events('ACCEPTED').filter(({ messageId }) => messageId === 'm5@out.test')).toEqual([])
  })

  it('delivers to the others and bounces for the full one', async () => {
    const text = message('m6', `X-Pad: ${'x'.repeat(2_500)}\r\n`)
    const queuedBefore = node.queue.size()
    expect(await receive(['tiny@a.test', 'bob@a.test'], text)).toMatch(/^250 /)
    expect(await finalCopies('bob@a.test', '<m6@')).toHaveLength(1)
    expect(node.events('BOUNCED').filter(({ messageId }) => messageId === 'm6@out.test')).toMatchObject([
      { recipient: 'tiny@a.test', enhancedCode: '5.2.2', domainId: 'd-a.test' },
    ])
    expect(node.queue.size()).toBe(queuedBefore + 1)
  })

  it('bounces into the mailbox of a sender of ours', async () => {
    const text = message('m7', `X-Pad: ${'x'.repeat(2_500)}\r\n`)
    expect(await receive(['tiny@a.test', 'bob@a.test'], text, 'ann@a.test')).toMatch(/^250 /)
    const [report] = (await node.inbox('ann@a.test')).filter((one) => one.includes('multipart/report'))
    expect(report).toMatch(/^Return-Path: <>\r\n/)
    expect(report).toMatch(/Final-Recipient: rfc822; tiny@a\.test\r\nAction: failed\r\nStatus: 5\.2\.2\r\n/)
    expect(report).toContain('Message-ID: <m7@out.test>')
    expect(report).not.toContain('Hello m7')
  })

  it('refuses more recipients than allowed with 452', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<s@out.test>')
    for (let index = 0; index < 5; index++) {
      expect(await client.say(`RCPT TO:<ann+${index}@a.test>`)).toMatch(/^250/)
    }
    expect(await client.say('RCPT TO:<ann+9@a.test>')).toMatch(/^452 4\.5\.3/)
    client.close()
  })

  it.each([
    ['just over the limit', 66_000],
    ['ten times the limit', 660_000],
  ])('answers 552 to a message %s and goes on', async (_name, size) => {
    const client = await WireClient.open(node.mx)
    expect(await sendMessage(client, 's@out.test', ['ann@a.test'], message('big', `\r\n${'y'.repeat(size)}`))).toMatch(
      /^552 5\.3\.4/,
    )
    expect(await sendMessage(client, 's@out.test', ['ann@a.test'], message(`after${size}`))).toMatch(/^250/)
    client.close()
    expect(await finalCopies('ann@a.test', '<big@')).toEqual([])
  })

  it('refuses a declared size over the limit at MAIL', async () => {
    const client = await WireClient.open(node.mx)
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]SIZE 65536$/m)
    expect(await client.say('MAIL FROM:<s@out.test> SIZE=65537')).toMatch(/^552 5\.3\.4/)
    expect(await client.say('MAIL FROM:<s@out.test> SIZE=many')).toMatch(/^501 /)
    expect(await client.say('MAIL FROM:<s@out.test> FOO=bar')).toMatch(/^555 5\.5\.4/)
    expect(await client.say('MAIL FROM:<s@out.test> SIZE=1 SIZE=2')).toMatch(/^501 /)
    client.close()
  })

  it('refuses a message that loops', async () => {
    const hops = 'Received: by x.test; Tue, 24 Nov 2026 00:00:00 +0000\r\n'
    expect(await receive(['ann@a.test'], message('loop', hops.repeat(51)))).toMatch(/^554 5\.4\.6/)
    expect(await receive(['ann@a.test'], message('long', hops.repeat(50)))).toMatch(/^250/)
  })

  it('takes internationalized addresses with SMTPUTF8 alone', async () => {
    node.apply(mailbox('grüße@a.test'))
    const client = await WireClient.open(node.mx)
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]SMTPUTF8$/m)
    await client.say('MAIL FROM:<s@out.test>')
    const recipient = Buffer.from('RCPT TO:<Gru\u0308ße@a.test>\r\n')
    client.write(recipient)
    expect(await client.reply()).toMatch(/^553 5\.6\.7/)
    await client.say('RSET')
    await client.say('MAIL FROM:<s@out.test> SMTPUTF8')
    client.write(recipient)
    expect(await client.reply()).toMatch(/^250/)
    await client.say('DATA')
    client.write(`${message('utf8')}.\r\n`)
    expect(await client.reply()).toMatch(/^250/)
    client.close()
    expect((await finalCopies('grüße@a.test', '<utf8@'))[0]).toContain('with UTF8SMTP\r\n')
  })

  it('offers STARTTLS, hides AUTH, and names the cipher', async () => {
    const client = await WireClient.open(node.mx)
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]STARTTLS$/m)
    await client.startTls()
    const features = await client.say('EHLO client.test')
    expect(features).not.toMatch(/AUTH|STARTTLS/)
    expect(await client.say('AUTH PLAIN AAAA')).toMatch(/^500|^502/)
    expect(await sendMessage(client, 's@out.test', ['ann@a.test'], message('tls'))).toMatch(/^250/)
    client.close()
    expect((await finalCopies('ann@a.test', '<tls@'))[0]).toMatch(/with ESMTPS \(TLSv1\.3 TLS_\w+\)/)
    const [event] = node.events('DELIVERED').filter(({ messageId }) => messageId === 'tls@out.test')
    expect(event!.tls).toMatch(/^TLSv1\.3 /)
  })

  it('takes pipelined commands in order', async () => {
    const client = await WireClient.open(node.mx)
    client.write('EHLO c\r\nMAIL FROM:<s@out.test>\r\nRCPT TO:<no@a.test>\r\nRCPT TO:<bob@a.test>\r\nDATA\r\n')
    const codes: string[] = []
    for (let index = 0; index < 5; index++) codes.push((await client.reply()).slice(0, 3))
    expect(codes).toEqual(['250', '250', '550', '250', '354'])
    client.write(`${message('pipe')}.\r\nNOOP\r\nQUIT\r\n`)
    expect(await client.reply()).toMatch(/^250 2\.0\.0/)
    expect(await client.reply()).toMatch(/^250/)
    expect(await client.reply()).toMatch(/^221/)
    await client.ended()
  })

  it('keeps messages that are too large for memory, and leaves no file behind', async () => {
    node.apply(settings({ maxRecipients: 5 }))
    const text = message('file', `\r\n${`${'z'.repeat(76)}\r\n`.repeat(10_000)}`)
    expect(await receive(['ann@a.test', 'bob@a.test'], text)).toMatch(/^250/)
    for (const address of ['ann@a.test', 'bob@a.test']) {
      const [stored] = await finalCopies(address, '<file@')
      expect(stored!.endsWith(`${text}\r\n`)).toBe(true)
    }
    expect(readdirSync(join(node.dataDir, 'spool'))).toEqual([])
  })

  it('forgets a message whose client goes away before its end', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<s@out.test>')
    await client.say('RCPT TO:<ann@a.test>')
    await client.say('DATA')
    client.write(message('half', `\r\n${'h'.repeat(400_000)}`))
    await expect.poll(() => readdirSync(join(node.dataDir, 'spool')).length).toBe(1)
    client.close()
    await expect.poll(() => readdirSync(join(node.dataDir, 'spool'))).toEqual([])
    expect(await finalCopies('ann@a.test', '<half@')).toEqual([])
  })

  it('answers 451 when it cannot keep the message, reads on, and works again afterwards', async () => {
    const spool = join(node.dataDir, 'spool')
    const client = await WireClient.open(node.mx)
    const large = message('lost', `\r\n${'l'.repeat(400_000)}`)
    await rm(spool, { recursive: true })
    expect(await sendMessage(client, 's@out.test', ['ann@a.test'], large)).toMatch(/^451 4\.3\.0/)
    await mkdir(spool)
    expect(await sendMessage(client, 's@out.test', ['ann@a.test'], large)).toMatch(/^250/)
    client.close()
    expect(await finalCopies('ann@a.test', '<lost@')).toHaveLength(1)
  })

  it('refuses mail while the node is suspended, also in sessions that are open', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    node.apply(settings({ status: 'SUSPENDED' }))
    try {
      expect(await client.say('MAIL FROM:<s@out.test>')).toMatch(/^451 4\.3\.2/)
      const late = await WireClient.open(node.mx, { greet: false })
      expect(await late.reply()).toMatch(/^421 4\.3\.2/)
    } finally {
      node.apply(settings({ maxMessageBytes: 65_536, maxRecipients: 5 }))
    }
    client.close()
  })
})
