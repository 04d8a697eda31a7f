/** BDAT (RFC 3030) over a real node. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domain, mailbox, settings, startMailNode, type MailNode } from './test-support/mail-node.js'
import { WireClient } from './test-support/wire-client.js'

let node: MailNode
beforeAll(async () => {
  node = await startMailNode({
    resources: [settings({ maxMessageBytes: 20_000 }), domain('a.test'), mailbox('ann@a.test'), mailbox('bob@a.test')],
  })
})
afterAll(() => node.stop())

async function begun(to = 'ann@a.test'): Promise<WireClient> {
  const client = await WireClient.open(node.mx)
  expect(await client.say('EHLO client.test')).toMatch(/^250-CHUNKING$/m)
  await client.say('MAIL FROM:<s@out.test>')
  await client.say(`RCPT TO:<${to}>`)
  return client
}
const chunk = (octets: string, last = false): string => `BDAT ${octets.length}${last ? ' LAST' : ''}\r\n${octets}`
const stored = async (needle: string): Promise<string[]> =>
  (await node.inbox('ann@a.test')).filter((text) => text.includes(needle))

describe('BDAT', () => {
  it('takes a message in any chunks, dots as they are', async () => {
    const client = await begun()
    const message = 'Subject: in parts\r\n\r\n.\r\n..\r\n.leading\r\nend\r\n'
    let sent = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(message.length), { maxLength: 6 }), fc.boolean(), async (cuts, empty) => {
        const marks = [0, ...cuts.sort((a, b) => a - b), message.length]
        const parts = marks.slice(1).map((mark, index) => message.slice(marks[index], mark))
        if (empty) parts.push('')
        // All at once: replies come in their order.
        client.write(parts.map((part, index) => chunk(part, index === parts.length - 1)).join(''))
        for (let index = 0; index < parts.length; index++) expect(await client.reply()).toMatch(/^250 2\.0\.0 /)
        sent++
        const copies = await stored('in parts')
        expect(copies).toHaveLength(sent)
        expect(copies.at(-1)!.endsWith(message)).toBe(true)
        await client.say('MAIL FROM:<s@out.test>')
        await client.say('RCPT TO:<ann@a.test>')
      }),
      { numRuns: 15 },
    )
    client.close()
  })

  it('a last line without its end gets one', async () => {
    const client = await begun()
    client.write(chunk('Subject: torn\r\n\r\nno end', true))
    expect(await client.reply()).toMatch(/^250/)
    expect((await stored('torn'))[0]).toMatch(/no end\r\n$/)
    client.close()
  })

  it.each([
    ['bare CR', 'Subject: x\r\n\r\na\rb\r\n'],
    ['bare LF', 'Subject: x\r\n\r\na\nb\r\n'],
    ['NUL', 'Subject: x\r\n\r\na\0b\r\n'],
    ['CR at the end', 'Subject: x\r\n\r\nab\r'],
  ])('refuses %s wherever the chunks end', async (_what, message) => {
    for (let cut = 0; cut <= message.length; cut++) {
      const client = await begun('bob@a.test')
      client.write(chunk(message.slice(0, cut)))
      client.write(chunk(message.slice(cut), true))
      await client.reply()
      expect(await client.reply(), `cut at ${cut}`).toMatch(/^550 5\.6\.0/)
      expect(await client.say('NOOP')).toMatch(/^250/)
      client.close()
    }
    expect(await node.inbox('bob@a.test')).toEqual([])
  })

  it('says at once what is too large, and stays in step', async () => {
    const client = await begun()
    client.write(chunk('a'.repeat(15_000)))
    expect(await client.reply()).toMatch(/^250/)
    client.write(chunk('a'.repeat(15_000)))
    expect(await client.reply()).toMatch(/^552 5\.3\.4/)
    client.write(chunk('', true))
    expect(await client.reply()).toMatch(/^552 5\.3\.4/)
    expect(await client.say('NOOP')).toMatch(/^250/)
    client.close()
  })

  it('without recipients reads the octets and does not take them for commands', async () => {
    const client = await WireClient.open(node.mx)
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<s@out.test>')
    client.write(chunk('RSET\r\nNOOP\r\n', true))
    expect(await client.reply()).toMatch(/^503/)
    expect(await client.say('RCPT TO:<ann@a.test>')).toMatch(/^250/)
    client.close()
  })

  it.each(['BDAT', 'BDAT x', 'BDAT -1', 'BDAT 1 2', 'BDAT 9999999999999999'])('%s ends the session', async (line) => {
    const client = await begun()
    expect(await client.say(line)).toMatch(/^501 5\.5\.4/)
    await client.ended()
  })

  it('DATA and RCPT do not go into a message in chunks; RSET forgets it', async () => {
    const client = await begun()
    client.write(chunk('Subject: forgotten\r\n\r\n'))
    await client.reply()
    expect(await client.say('DATA')).toMatch(/^503/)
    expect(await client.say('RCPT TO:<bob@a.test>')).toMatch(/^503/)
    expect(await client.say('RSET')).toMatch(/^250/)
    client.write(chunk('x\r\n', true))
    expect(await client.reply()).toMatch(/^503/)
    client.close()
    const gone = await begun()
    gone.write(chunk('Subject: forgotten\r\n\r\nnot all'))
    await gone.reply()
    gone.close()
    await expect.poll(() => node.smtp.connections()).toBe(0)
    expect(await stored('forgotten')).toEqual([])
  })
})

it('LIMITS tells how many recipients a message may have', async () => {
  const client = await WireClient.open(node.mx)
  expect(await client.say('EHLO client.test')).toMatch(/^250[ -]LIMITS RCPTMAX=\d+$/m)
  client.close()
})
