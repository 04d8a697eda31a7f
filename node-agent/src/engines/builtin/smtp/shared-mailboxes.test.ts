/** Members of shared mailboxes write from their address, in its name or on its behalf, as they may. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alias, domain, mailbox, password, settings, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'
import { sendMessage, WireClient } from './test-support/wire-client.js'

let node: MailNode
const memberOf = (address: string, sending: 'AS' | 'ON_BEHALF' | null) => ({
  mailboxId: `m-${address}`,
  rights: 'lr',
  sending,
})
const members = [memberOf('ann@a.test', 'AS'), memberOf('bob@a.test', 'ON_BEHALF'), memberOf('eve@a.test', null)]
beforeAll(async () => {
  node = await startMailNode({
    resources: [
      settings(),
      domain('a.test'),
      domain('b.test', { tenantId: 'other' }),
      ...['ann', 'bob', 'eve'].map((name) => mailbox(`${name}@a.test`)),
      mailbox('dan@b.test'),
      mailbox('info@a.test', { passwordHash: '', members: [...members, memberOf('dan@b.test', 'AS')] }),
      alias('hello@a.test', ['info@a.test']),
    ],
  })
})
afterAll(() => node.stop())

async function submit(login: string, header: string, from: string): Promise<string> {
  const client = await WireClient.open(node.submissions, { tls: true })
  try {
    await client.say('EHLO client.test')
    const secret = Buffer.from(`\0${login}\0${password}`).toString('base64')
    expect(await client.say(`AUTH PLAIN ${secret}`)).toMatch(/^235/)
    return await sendMessage(client, from, ['eve@a.test'], `${header}Subject: x\r\n\r\nHello\r\n`)
  } finally {
    client.close()
  }
}
const last = async (): Promise<string> => (await node.inbox('eve@a.test')).at(-1)!
const info = 'info@a.test'

describe('the address of a shared mailbox', () => {
  it('is as one’s own to who may send as it', async () => {
    expect(await submit('ann@a.test', `From: <${info}>\r\n`, info)).toMatch(/^250/)
    expect(await last()).not.toContain('Sender:')
    expect(await submit('ann@a.test', `From: <hello@a.test>\r\n`, 'ann@a.test')).toMatch(/^250/)
  })

  it('names who writes on its behalf', async () => {
    expect(await submit('bob@a.test', `From: <${info}>\r\n`, info)).toMatch(/^250/)
    expect(await last()).toMatch(/\r\nSender: <bob@a\.test>\r\n/)
    expect(await submit('bob@a.test', `From: <${info}>\r\nSender: <bob+x@a.test>\r\n`, 'bob@a.test')).toMatch(/^250/)
    expect((await last()).match(/Sender:/g)).toHaveLength(1)
    expect(await submit('bob@a.test', `From: <${info}>\r\nSender: <${info}>\r\n`, info)).toMatch(/^553 5\.7\.1/)
    expect(await submit('bob@a.test', `From: <hello@a.test>\r\n`, info)).toMatch(/^250/)
    expect(await last()).toMatch(/\r\nSender: <bob@a\.test>\r\n/)
  })

  it('is nobody else’s: who only reads it, who is of another tenant, who was one', async () => {
    expect(await submit('eve@a.test', `From: <${info}>\r\n`, 'eve@a.test')).toMatch(/^553 5\.7\.1/)
    expect(await submit('eve@a.test', 'From: <eve@a.test>\r\n', info)).toMatch(/^553 5\.7\.1/)
    expect(await submit('dan@b.test', `From: <${info}>\r\n`, info)).toMatch(/^553 5\.7\.1/)
    node.apply(mailbox(info, { passwordHash: '', members: members.slice(1) }))
    expect(await submit('ann@a.test', `From: <${info}>\r\n`, info)).toMatch(/^553 5\.7\.1/)
  })
})
