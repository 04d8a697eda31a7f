/** Shares of what tenants may send in a day, as a node holds to them over SMTP and over restarts. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SendBudgetResource } from '@mailfleet/schema'
import { configKey } from '@mailfleet/schema'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { domain, mailbox, password, settings, startMailNode } from '../smtp/test-support/mail-node.js'
import { sendMessage, WireClient } from '../smtp/test-support/wire-client.js'
import { openSendLimits } from './index.js'

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const share = (tenantId: string, granted: number, more: Partial<SendBudgetResource> = {}): SendBudgetResource => ({
  kind: 'SendBudget',
  id: `s-${tenantId}`,
  tenantId,
  day: day(Date.now()),
  granted,
  nextDays: granted,
  ...more,
})
const ours = domain('a.test', { tenantPath: ['root', 'reseller', 't'] })
const ann = mailbox('ann@a.test')

let dataDir: string
let directory: InMemoryDirectory
let now: number
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mailfleet-shares-'))
  directory = new InMemoryDirectory('mx.here.test')
  now = Date.UTC(2026, 0, 1, 23, 59, 50)
  apply(ours, ann)
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))
const apply = (...resources: Parameters<typeof configKey>[0][]): void =>
  directory.apply(resources.map((resource) => ({ key: configKey(resource), version: 1, resource: resource as never })))
const open = () => openSendLimits({ dataDir, directory, clock: () => now })

it('every share above counts; what was refused or not accepted does not; a restart gives nothing anew', async () => {
  apply(share('reseller', 3, { day: day(now) }), share('t', 2, { day: day(now) }))
  const limits = await open()
  expect(await limits.take(ann, 1)).toBeNull()
  await limits.giveBack(ann, 1)
  expect([await limits.take(ann, 1), await limits.take(ann, 1)]).toEqual([null, null])
  expect(await limits.take(ann, 1)).toEqual({ kind: 'SENDS_PER_DAY', tenantId: 't' })
  await limits.close()
  const again = await open()
  expect(await again.take(ann, 1)).toEqual({ kind: 'SENDS_PER_DAY', tenantId: 't' })
  apply(share('t', 9, { day: day(now) }))
  expect(await again.take(ann, 1)).toBeNull()
  expect(await again.take(ann, 1)).toEqual({ kind: 'SENDS_PER_DAY', tenantId: 'reseller' })
  await again.close()
})

it('midnight in UTC begins anew with what was told for later days, once', async () => {
  apply(share('t', 5, { day: day(now), nextDays: 1 }))
  const limits = await open()
  for (let n = 0; n < 5; n++) expect(await limits.take(ann, 1)).toBeNull()
  expect(await limits.take(ann, 1)).not.toBeNull()
  now += 20_000
  expect(await limits.take(ann, 1)).toBeNull()
  expect(await limits.take(ann, 1)).not.toBeNull()
  // A clock that is put back gives no day twice.
  now -= 20_000
  expect(await limits.take(ann, 1)).toBeNull()
  for (let n = 0; n < 3; n++) await limits.take(ann, 1)
  expect(await limits.take(ann, 1)).not.toBeNull()
  now += 20_000
  expect(await limits.take(ann, 1)).not.toBeNull()
  await limits.close()
})

it('a message above it is refused for now, and mail comes in as ever', async () => {
  const node = await startMailNode({
    resources: [settings(), ours, ann, mailbox('bob@a.test'), share('reseller', 1)],
  })
  try {
    const submit = async (): Promise<string> => {
      const client = await WireClient.open(node.submissions, { tls: true })
      await client.say('EHLO client.test')
      await client.say(`AUTH PLAIN ${Buffer.from(`\0ann@a.test\0${password}`).toString('base64')}`)
      const reply = await sendMessage(client, 'ann@a.test', ['bob@a.test'], 'From: ann@a.test\r\n\r\nHello\r\n')
      client.close()
      return reply
    }
    expect(await submit()).toMatch(/^250 /)
    expect(await submit()).toMatch(/^452 4\.7\.1 /)
    const client = await WireClient.open(node.mx)
    expect(await sendMessage(client, 's@out.test', ['bob@a.test'], 'From: s@out.test\r\n\r\nHello\r\n')).toMatch(
      /^250 /,
    )
    client.close()
    node.apply(share('reseller', 2))
    expect(await submit()).toMatch(/^250 /)
  } finally {
    await node.stop()
  }
})
