import type { MailEvent } from '@mailfleet/schema'
import { createClient, type Client } from 'graphql-ws'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { enrolAgent, type TestAgent } from '../nodes/test-support/test-agent.js'
import type { ApiClient } from '../test-support/api-client.js'
import { destroyDomain } from '../test-support/purge.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let one: Branch
let two: Branch
let agent: TestAgent
let sequence = 1
const start = Date.now() - 3_600_000

beforeAll(async () => {
  application = await startTestApplication()
  one = await makeBranch(application, 'one')
  two = await makeBranch(application, 'two')
  const { createJoinToken } = await application.admin.query(
    `mutation ($id: ID!) { createJoinToken(mailNodeId: $id) { token } }`,
    { id: application.mailNodeId },
  )
  agent = await enrolAgent(`${application.url}/node`, createJoinToken.token)
  await agent.connect()
  await ingest([
    ...Array.from({ length: 25 }, (_, i) => eventOf(i % 2 ? one : two, i)),
    { type: 'AUTH_FAILED', at: start + 25_000, login: 'nobody@nowhere.example', protocol: 'IMAP' },
  ])
})
afterAll(async () => {
  agent?.disconnect()
  await application?.stop()
})

function eventOf(branch: Branch, i: number, fields: Partial<MailEvent> = {}): MailEvent {
  const { domain } = branch.customer
  return {
    type: i % 3 ? 'DELIVERED' : 'ACCEPTED',
    // Two share each moment, so that the id has to decide.
    at: start + (i >> 1) * 1_000,
    domainId: domain.id,
    transactionId: `t${i}`,
    direction: 'IN',
    protocol: 'SMTP',
    sender: i % 5 ? `Sender${i}@Bücher.example` : '',
    recipient: `someone@${domain.name}`,
    originalRecipient: i % 2 ? `info@${domain.name}` : `someone@${domain.name}`,
    messageId: `m${i}@bücher.example`,
    subject: `number ${i}`,
    size: 1_000 + i,
    ...fields,
  }
}

async function ingest(events: MailEvent[]): Promise<void> {
  const batch = { stream: 's', firstSequence: sequence, events: JSON.stringify(events) }
  sequence += events.length
  const { data } = await agent.request(
    'mutation ($batch: MailEventBatchInput!) { ingestEvents(batch: $batch) { highWater } }',
    { batch },
  )
  expect(data).toEqual({ ingestEvents: { highWater: sequence - 1 } })
}

const list = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: MailEventFilter) {
  mailEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { subject login domain { name } mailNode { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
const subjects = async (client: ApiClient, filter: object = {}, page: object = { first: 200 }) =>
  (await client.query(list, { filter, ...page })).mailEvents.nodes.map(
    (node: { subject: string | null; login: string | null }) => node.subject?.replace('number ', '') ?? node.login,
  ) as string[]

const numbers = (keep: (i: number) => boolean) =>
  Array.from({ length: 25 }, (_, i) => i)
    .filter(keep)
    .reverse()
    .map(String)
/** Newest first; within one moment the later id is the newer. */
const sorted = (list: string[]) => [...list].sort()

test('who sees which events: by the tenant tree, and those of no tenant only the platform', async () => {
  const all = ['nobody@nowhere.example', ...numbers(() => true)]
  expect(await subjects(application.admin)).toEqual(all)
  const ones = numbers((i) => i % 2 === 1)
  for (const client of [one.reseller, one.support, one.customer.admin, one.customer.support])
    expect(await subjects(client)).toEqual(ones)
  expect(await subjects(two.customer.admin)).toEqual(numbers((i) => i % 2 === 0))

  // A filter narrows, and never widens.
  const foreign = [{ withinId: two.tenant.id }, { domainId: two.customer.domain.id }, { withinId: 'nonsense' }]
  for (const filter of foreign) expect(await subjects(one.reseller, filter)).toEqual([])
  expect(await subjects(one.reseller, { withinId: one.customer.tenant.id })).toEqual(ones)
  expect(await subjects(application.admin, { withinId: one.tenant.id })).toEqual(ones)
  expect(sorted(await subjects(application.admin, { withinId: application.rootId }))).toEqual(sorted(all.slice(1)))

  const { mailEvents } = await one.customer.admin.query(list, { first: 1 })
  expect(mailEvents.nodes[0]).toMatchObject({ domain: { name: one.customer.domain.name }, mailNode: null })
  const anyone = await one.reseller.send(list)
  expect(anyone.errors).toEqual([])
})

test('each filter finds what it says', async () => {
  const { admin } = application
  const find = (filter: object) => subjects(admin, filter)
  const domainOne = one.customer.domain.name
  expect(await find({ sender: 'SENDER7@bücher.EXAMPLE' })).toEqual(['7'])
  expect(await find({ sender: 'sender7@xn--bcher-kva.example' })).toEqual(['7'])
  expect(await find({ sender: '@xn--bcher-kva.example' })).toEqual(numbers((i) => i % 5 !== 0))
  expect(await find({ sender: '' })).toEqual(numbers((i) => i % 5 === 0))
  expect(await find({ sender: '@example' })).toEqual([])
  expect(await find({ sender: '%' })).toEqual([])
  expect(await find({ recipient: `someone@${domainOne}` })).toEqual(numbers((i) => i % 2 === 1))
  expect(await find({ recipient: `INFO@${domainOne}` })).toEqual(numbers((i) => i % 2 === 1))
  expect(await find({ recipient: `@${domainOne}` })).toEqual(numbers((i) => i % 2 === 1))
  expect(await find({ messageId: '<m3@bücher.example>' })).toEqual(['3'])
  expect(await find({ messageId: 'm3@bücher.example' })).toEqual(['3'])
  expect(await find({ messageId: 'M3@bücher.example' })).toEqual([])
  expect(await find({ transactionId: 't4' })).toEqual(['4'])
  expect(await find({ types: ['ACCEPTED'] })).toEqual(numbers((i) => i % 3 === 0))
  expect(await find({ types: ['ACCEPTED', 'AUTH_FAILED'], direction: 'IN' })).toEqual(numbers((i) => i % 3 === 0))
  expect(await find({ direction: 'OUT' })).toEqual([])
  expect(await find({ mailNodeId: application.mailNodeId, domainId: one.customer.domain.id })).toHaveLength(12)
  const since = new Date(start + 4_000).toISOString()
  const until = new Date(start + 8_000).toISOString()
  expect(await find({ since, until })).toEqual(numbers((i) => i >= 8 && i < 16))
  for (const filter of [{ sender: 'a\0' }, { messageId: 'x'.repeat(1_001) }])
    expect((await admin.send(list, { filter })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
})

test('pages join without loss or repetition, both ways, while new events come in', async () => {
  const filter = { withinId: one.tenant.id, until: new Date(start + 3_000_000).toISOString() }
  const whole = await subjects(application.admin, filter)
  const pages: string[] = []
  let after: string | null = null
  do {
    const { mailEvents } = await application.admin.query(list, { first: 5, after, filter })
    pages.push(...mailEvents.nodes.map((node: { subject: string }) => node.subject.replace('number ', '')))
    after = mailEvents.pageInfo.hasNextPage ? mailEvents.pageInfo.endCursor : null
    await ingest([eventOf(one, 100 + pages.length, { at: Date.now(), subject: 'later' })])
  } while (after)
  expect(pages).toEqual(whole)

  const { mailEvents: end } = await application.admin.query(list, { last: 4, filter })
  expect(end.nodes.map((node: { subject: string }) => node.subject.replace('number ', ''))).toEqual(whole.slice(-4))
  const { mailEvents: previous } = await application.admin.query(list, {
    last: 3,
    before: end.pageInfo.startCursor,
    filter,
  })
  expect(previous.nodes.map((node: { subject: string }) => node.subject.replace('number ', ''))).toEqual(
    whole.slice(-7, -4),
  )
})

test('events of a deleted domain stay with its tenant', async () => {
  const input = { tenantId: one.customer.tenant.id, name: 'short-lived.example' }
  const domain = await application.admin.must('createDomain', input)
  const filter = { transactionId: 'short-lived' }
  await ingest([eventOf(one, 0, { domainId: domain.id, ...filter, subject: 'kept' })])
  await destroyDomain(application, domain)
  const { mailEvents } = await one.customer.admin.query(list, { filter })
  expect(mailEvents.nodes).toMatchObject([{ subject: 'kept', domain: null }])
  expect(await subjects(two.customer.admin, filter)).toEqual([])
})

function socketOf(client: ApiClient): Client {
  class WithCookie extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers: client.credentials() })
    }
  }
  return createClient({
    url: `${application.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WithCookie,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
  })
}

/** What a subscription yields, and whether it has ended. */
function follow(client: ApiClient, query: string, variables: Record<string, unknown> = {}) {
  const socket = socketOf(client)
  const seen: { data: never[]; ended: boolean; stop: () => void } = {
    data: [],
    ended: false,
    stop: () => void socket.dispose(),
  }
  const ended = () => (seen.ended = true)
  socket.subscribe(
    { query, variables },
    { next: ({ data }) => seen.data.push(data as never), error: ended, complete: ended },
  )
  return seen
}

const added = `subscription ($filter: MailEventFilter) { mailEventAdded(filter: $filter) { subject domain { name } } }`
const until = (check: () => unknown, timeout = 8_000) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout, interval: 20 })

test('new events reach those who may see them, filtered, and nobody else', async () => {
  const mine = follow(one.customer.admin, added)
  const narrow = follow(one.customer.admin, added, { filter: { types: ['BOUNCED'] } })
  const theirs = follow(two.customer.admin, added)
  const now = Date.now()
  // Sent until the subscription is seen to work: nothing tells when it began.
  await until(async () => {
    await ingest([eventOf(one, 1, { at: Date.now(), subject: 'live' })])
    return mine.data.length > 0
  })
  await ingest([
    eventOf(one, 1, { at: now, type: 'BOUNCED', subject: 'bounced' }),
    eventOf(two, 1, { at: now, subject: 'for two' }),
  ])
  await until(() => narrow.data.length > 0 && theirs.data.length > 0)
  expect(narrow.data).toEqual([{ mailEventAdded: { subject: 'bounced', domain: { name: one.customer.domain.name } } }])
  expect(theirs.data).toEqual([{ mailEventAdded: { subject: 'for two', domain: { name: two.customer.domain.name } } }])
  expect(JSON.stringify(mine.data)).not.toContain('for two')
  for (const one of [mine, narrow, theirs]) one.stop()
})

test('of a flood the newest come, not all, and the end of it is among them', async () => {
  const seen = follow(one.customer.admin, added)
  await until(async () => {
    await ingest([eventOf(one, 1, { at: Date.now(), subject: 'live' })])
    return seen.data.length > 0
  })
  const flood = Array.from({ length: 900 }, (_, i) =>
    eventOf(one, 1, { at: Date.now() + i / 10, subject: `flood ${i}` }),
  )
  await ingest(flood.map((event) => ({ ...event, at: Math.floor(event.at) })))
  await until(() => JSON.stringify(seen.data).includes('flood 899'))
  expect(seen.data.filter((data) => JSON.stringify(data).includes('flood')).length).toBeLessThanOrEqual(50)
  seen.stop()
})

test('who is signed out or suspended while subscribed is cut within 5 s', async () => {
  const { administrator, client } = await addAdministrator(application, one.customer.tenant.id, 'SUPPORT', 'leaving')
  const seen = follow(client, added)
  await until(async () => {
    await ingest([eventOf(one, 1, { at: Date.now(), subject: 'live' })])
    return seen.data.length > 0
  })
  const { id, version } = administrator
  await application.admin.must('suspendAdministrator', { id, version })
  await until(() => seen.ended, 5_500)
  seen.stop()
})
