/** What becomes of sessions when the node stops. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { domain, mailbox, settings, startMailNode, type MailNode } from './test-support/mail-node.js'
import { WireClient } from './test-support/wire-client.js'

const farewell = '421 4.3.2 Shutting down'

let node: MailNode
beforeEach(async () => {
  node = await startMailNode({ resources: [settings(), domain('a.test'), mailbox('ann@a.test')] })
})
afterEach(() => node.stop())

async function inTransaction(): Promise<WireClient> {
  const client = await WireClient.open(node.mx)
  await client.say('EHLO client.test')
  expect(await client.say('MAIL FROM:<s@out.test>')).toMatch(/^250/)
  return client
}

it('whoever is in a transaction may end it, and whoever is not is told at once', async () => {
  const [idle, busy] = [await WireClient.open(node.mx), await inTransaction()]
  const closed = node.smtp.close(30_000)
  expect(await idle.ended()).toBe(`${farewell}\r\n`)
  expect(await busy.say('RCPT TO:<ann@a.test>')).toMatch(/^250/)
  expect(await busy.say('DATA')).toMatch(/^354/)
  expect(await busy.say('Subject: last\r\n\r\nin time\r\n.')).toMatch(/^250/)
  expect(await busy.ended()).toBe(`${farewell}\r\n`)
  await closed
  expect(await node.inbox('ann@a.test')).toHaveLength(1)
})

it('whoever leaves meanwhile is told goodbye, and whoever does not come to an end is told once', async () => {
  const [leaves, stays] = [await inTransaction(), await inTransaction()]
  const closed = node.smtp.close(1_000)
  leaves.write('QUIT\r\n')
  expect(await stays.ended()).toBe(`${farewell}\r\n`)
  expect(await leaves.ended()).toMatch(/^221 [^\n]*\r\n$/)
  await closed
})
