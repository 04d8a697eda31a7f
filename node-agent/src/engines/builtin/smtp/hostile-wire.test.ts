/** Acceptance groups B10 to B13: what a client may send, octet by octet, and what must never come of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domain, mailbox, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'
import { WireClient } from './test-support/wire-client.js'

let node: MailNode
beforeAll(async () => {
  node = await startMailNode({ resources: [domain('a.test'), mailbox('ann@a.test'), mailbox('bob@a.test')] })
})
afterAll(() => node.stop())

async function inData(): Promise<WireClient> {
  const client = await WireClient.open(node.mx)
  await client.say('EHLO client.test')
  await client.say('MAIL FROM:<s@out.test>')
  await client.say('RCPT TO:<ann@a.test>')
  expect(await client.say('DATA')).toMatch(/^354/)
  return client
}

const lineEnds = ['\r\n', '\n', '\r', '\r\r\n', '\r\n\0', '\0\r\n', '\n\r']
const falseEnds = lineEnds
  .flatMap((before) => lineEnds.map((after) => `${before}.${after}`))
  .filter((end) => !end.includes('\r\n.\r\n'))

describe('smuggling', () => {
  it.each(falseEnds.map((end) => [JSON.stringify(end), end]))('%s ends no message', async (_name, end) => {
    const client = await inData()
    const inner = 'MAIL FROM:<evil@x.test>\r\nRCPT TO:<bob@a.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx'
    client.write(`Subject: outer\r\n\r\nbody${end}${inner}\r\n.\r\n`)
    const reply = await client.reply()
    expect(reply).toMatch(/^550 5\.6\.0/)
    expect(await client.say('NOOP')).toMatch(/^250/)
    client.close()
  })

  it('left nothing behind', async () => {
    expect(await node.inbox('ann@a.test')).toEqual([])
    expect(await node.inbox('bob@a.test')).toEqual([])
    expect(node.events('ACCEPTED')).toEqual([])
  })

  it.each(['bare\rCR', 'bare\nLF', 'a\0NUL'])('refuses %j in a message', async (text) => {
    const client = await inData()
    client.write(`Subject: x\r\n\r\n${text}\r\n.\r\n`)
    expect(await client.reply()).toMatch(/^550 5\.6\.0/)
    client.close()
    expect(await node.inbox('ann@a.test')).toEqual([])
  })

  it('refuses it also when the message came with DATA, before anybody read', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<s@out.test>')
    await client.say('RCPT TO:<ann@a.test>')
    client.write('DATA\r\na\nb\r\n.\r\nNOOP\r\n')
    expect(await client.reply()).toMatch(/^354/)
    expect(await client.reply()).toMatch(/^550 5\.6\.0/)
    expect(await client.reply()).toMatch(/^250/)
    client.close()
  })

  it('sees the end at any cut of the octets', async () => {
    const client = await inData()
    for (const octet of 'Subject: cut\r\n\r\n..dot\r\n.\r\n') {
      client.write(octet)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await client.reply()).toMatch(/^250/)
    client.close()
    expect((await node.inbox('ann@a.test'))[0]).toMatch(/Subject: cut\r\n\r\n\.dot\r\n$/)
  })
})

describe('commands', () => {
  it.each(['NOOP\n', 'NO\0OP\r\n', 'NOOP\r\r\n', 'NO\rOP\r\n', '\n', '\r\n'])('answers %j with 500', async (line) => {
    const client = await WireClient.open(node.mx)
    client.write(line)
    expect(await client.reply()).toMatch(/^500 5\.5\.[12]/)
    expect(await client.say('NOOP')).toMatch(/^250/)
    client.close()
  })

  it.each(['MAIL FROM:<s@out.test>', 'RCPT TO:<ann@a.test>', 'DATA'])(
    'answers %s out of order with 503',
    async (line) => {
      const client = await WireClient.open(node.mx)
      expect(await client.say(line)).toMatch(/^503 5\.5\.1/)
      client.close()
    },
  )

  it('cuts off a line without end, at no cost of memory', async () => {
    const client = await WireClient.open(node.mx)
    const before = process.memoryUsage().rss
    const chunk = Buffer.alloc(1 << 20, 0x61)
    for (let index = 0; index < 100; index++) client.write(chunk)
    expect(await client.reply()).toMatch(/^500 5\.5\.6/)
    await client.ended()
    // The client's own buffers count too in this process: 100 MiB written, of which next to nothing may be held by the server.
    expect(process.memoryUsage().rss - before).toBeLessThan(130 << 20)
  })

  it('cuts off a client that never gets it right', async () => {
    const client = await WireClient.open(node.mx)
    let last = ''
    for (let index = 0; index < 10; index++) last = await client.say(`BOGUS${index}`)
    expect(last).toMatch(/^421/)
    await client.ended()
  })

  it('refuses talk before the greeting', async () => {
    const client = await WireClient.open(node.mx, { greet: false })
    client.write('EHLO early.test\r\n')
    expect(await client.reply()).toMatch(/^(554 5\.5\.1|220 )/)
    client.close()
  })

  it.each([
    ['a command', []],
    ['a message', ['EHLO client.test', 'MAIL FROM:<>', 'RCPT TO:<ann@a.test>', 'DATA']],
  ])('cuts a client that sends %s octet by octet', async (_what, before) => {
    const other = await startMailNode({
      resources: [domain('a.test'), mailbox('ann@a.test')],
      smtp: { idleTimeoutMs: 400 },
    })
    const client = await WireClient.open(other.mx)
    for (const line of before) await client.say(line)
    const trickle = setInterval(() => client.write('N'), 50)
    expect(await client.reply()).toMatch(/^421 4\.4\.2/)
    clearInterval(trickle)
    await client.ended()
    await other.stop()
  })

  it('cuts a client that sends a message in chunks of nothing without end', async () => {
    const other = await startMailNode({
      resources: [domain('a.test'), mailbox('ann@a.test')],
      smtp: { idleTimeoutMs: 400 },
    })
    const client = await WireClient.open(other.mx)
    for (const line of ['EHLO client.test', 'MAIL FROM:<>', 'RCPT TO:<ann@a.test>']) await client.say(line)
    let reply = ''
    for (let count = 0; !reply.startsWith('421') && count < 200; count++) {
      reply = await client.say('BDAT 0')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(reply).toMatch(/^421 4\.4\.2/)
    await client.ended()
    await other.stop()
  })

  it('limits the connections of one address', async () => {
    const other = await startMailNode({ resources: [domain('a.test')], smtp: { maxConnectionsPerNetwork: 2 } })
    const clients = [await WireClient.open(other.mx), await WireClient.open(other.mx)]
    const third = await WireClient.open(other.mx, { greet: false })
    expect(await third.reply()).toMatch(/^421 4\.7\.0/)
    await third.ended()
    clients[0]!.close()
    await expect
      .poll(async () => {
        const again = await WireClient.open(other.mx, { greet: false })
        const reply = await again.reply()
        again.close()
        return reply
      })
      .toMatch(/^220 /)
    clients[1]!.close()
    await other.stop()
  })
})

describe('STARTTLS', () => {
  it('drops what came in the clear behind it and forgets the session', async () => {
    const client = await WireClient.open(node.submission)
    await client.say('EHLO client.test')
    const upgrading = client.startTls('RSET\r\nNOOP\r\nMAIL FROM:<injected@x.test>\r\n')
    await upgrading
    // The first reply within TLS answers the first command within TLS.
    expect(await client.say('MAIL FROM:<ann@a.test>')).toMatch(/^503 5\.5\.1/)
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]AUTH PLAIN LOGIN$/m)
    client.close()
  })

  it('takes no parameter and no second time', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    expect(await client.say('STARTTLS now')).toMatch(/^501/)
    await client.startTls()
    expect(await client.say('STARTTLS')).toMatch(/^503/)
    client.close()
  })
})

describe('shutting down', () => {
  it('says goodbye to idle sessions and lets a transaction end', async () => {
    const other = await startMailNode({ resources: [domain('a.test'), mailbox('ann@a.test')], dataDir: undefined })
    const idle = await WireClient.open(other.mx)
    const busy = await WireClient.open(other.mx)
    await busy.say('EHLO c')
    await busy.say('MAIL FROM:<s@out.test>')
    await busy.say('RCPT TO:<ann@a.test>')
    await busy.say('DATA')
    const stopped = other.smtp.close(5_000)
    expect(await idle.reply()).toMatch(/^421 4\.3\.2/)
    busy.write('Subject: last\r\n\r\nx\r\n.\r\n')
    expect(await busy.reply()).toMatch(/^250/)
    expect(await other.inbox('ann@a.test')).toHaveLength(1)
    busy.close()
    await stopped
    await other.stop()
  })

  it('ends sessions that do not end by themselves', async () => {
    const other = await startMailNode({ resources: [domain('a.test'), mailbox('ann@a.test')] })
    const stuck = await WireClient.open(other.mx)
    await stuck.say('EHLO c')
    await stuck.say('MAIL FROM:<s@out.test>')
    await stuck.say('RCPT TO:<ann@a.test>')
    await stuck.say('DATA')
    stuck.write('Subject: never ends\r\n')
    await other.smtp.close(100)
    expect(await stuck.reply()).toMatch(/^421 /)
    await stuck.ended()
    expect(await other.inbox('ann@a.test')).toEqual([])
    await other.stop()
  })
})
