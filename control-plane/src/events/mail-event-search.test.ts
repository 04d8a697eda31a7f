/** Searches of the mail log by everything that it knows, counts beside them, searches under a name, and what is taken away as a file. */
import type { MailEvent } from '@mailfleet/schema'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enrolAgent, type TestAgent } from '../nodes/test-support/test-agent.js'
import type { ApiClient } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'
import { closeNextPartition } from './closed-partitions.js'
import { retainMailEvents } from './mail-event-retention.js'
import { isoDay, partitionName } from './partitions.js'
import { inTime } from './search-time.js'

let application: TestApplication
let one: Branch
let two: Branch
let agent: TestAgent
let sequence = 1
const day = 86_400_000
/** Noon of a day that is closed by now. */
const start = Math.floor(Date.now() / day - 9) * day + day / 2

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
  await ingest(Object.values(samples))
  await ingest([{ ...base(two), subject: 'Rechnung für zwei', at: start }])
})
afterAll(async () => {
  agent?.disconnect()
  await application?.stop()
})

const base = (branch: Branch): MailEvent => ({
  type: 'DELIVERED',
  at: start,
  domainId: branch.customer.domain.id,
  direction: 'IN',
  protocol: 'SMTP',
  recipient: `someone@${branch.customer.domain.name}`,
})
const samples: Record<string, MailEvent> = {}
function sample(name: string, fields: Partial<MailEvent>): void {
  Object.defineProperty(samples, name, {
    enumerable: true,
    get: () => ({ ...base(one), transactionId: name, ...fields }),
  })
}
sample('invoice', {
  subject: 'Rechnung 100% ÜBERFÄLLIG',
  remoteIp: '192.0.2.17',
  size: 1_000,
  sender: 'Billing@Shop.example',
})
sample('mapped', { subject: 'rechnung_2', remoteIp: '::ffff:192.0.2.200', size: 70_000, at: start + 3_600_000 })
sample('junk', { folder: 'Junk', remoteIp: '2001:db8:1::5', at: start + 7_300_000 })
sample('refused', {
  type: 'REFUSED',
  replyCode: 550,
  policyKind: 'BLOCKED_SENDERS',
  remoteIp: 'no address',
  at: start + 7_200_000,
})
sample('checked', {
  type: 'ACCEPTED',
  verdict: 'QUARANTINED',
  replyCode: 250,
  messageId: 'Long-Unique-Token@mx.example',
  heloName: 'mx.example',
  checks: [
    { name: 'SPF', result: 'fail', score: 2.5, detail: 'nul\0l' },
    { name: 'DMARC', result: 'fail', policyKind: 'DMARC', policyId: 'p', policyRevision: 3 },
  ],
  subject: '=HYPERLINK("http://x")',
  at: start + 10_000_000,
})
sample('late', { type: 'DEFERRED', direction: 'OUT', protocol: 'SUBMISSION', replyCode: 451, at: Date.now() - 60_000 })

async function ingest(events: MailEvent[]): Promise<void> {
  const batch = { stream: 's', firstSequence: sequence, events: JSON.stringify(events) }
  sequence += events.length
  const { data } = await agent.request(
    'mutation ($batch: MailEventBatchInput!) { ingestEvents(batch: $batch) { highWater } }',
    { batch },
  )
  expect(data).toEqual({ ingestEvents: { highWater: sequence - 1 } })
}

const list = `query ($first: Int, $filter: MailEventFilter) { mailEvents(first: $first, filter: $filter) { nodes { transactionId subject } } }`
const find = async (client: ApiClient, filter: object): Promise<string[]> =>
  (await client.query(list, { filter })).mailEvents.nodes
    .map((node: { transactionId: string | null; subject: string | null }) => node.transactionId ?? node.subject)
    .sort()

const filters: [string, object, string[]][] = [
  ['part of a subject, any case', { subject: { contains: 'überfällig' } }, ['invoice']],
  ['what LIKE would take for a wildcard', { subject: { contains: '100%' } }, ['invoice']],
  ['and the other one', { subject: { contains: 'g_2' } }, ['mapped']],
  ['a backslash', { subject: { contains: '\\' } }, []],
  ['the beginning of a subject', { subject: { startsWith: 'RECHNUNG' } }, ['invoice', 'mapped']],
  ['both', { subject: { startsWith: 'rech', contains: '_2' } }, ['mapped']],
  ['part of a sender', { senderText: { contains: 'ng@shop' } }, ['invoice']],
  ['part of a message-id', { messageIdText: { contains: 'unique-token' } }, ['checked']],
  ['a network', { remoteNetwork: '192.0.2.0/25' }, ['invoice']],
  ['one that holds both forms of IPv4', { remoteNetwork: '192.0.2.0/24' }, ['invoice', 'mapped']],
  ['the same from within', { remoteNetwork: '192.0.2.77/24' }, ['invoice', 'mapped']],
  ['an address', { remoteNetwork: '::ffff:192.0.2.17' }, ['invoice']],
  ['IPv6', { remoteNetwork: '2001:db8:1::/48' }, ['junk']],
  ['all of IPv6', { remoteNetwork: '::/0' }, ['junk']],
  ['a verdict', { verdicts: ['JUNK', 'QUARANTINED'] }, ['checked', 'junk']],
  ['what was refused', { verdicts: ['REFUSED'] }, ['refused']],
  ['a code', { replyCode: 550 }, ['refused']],
  ['a class of codes', { replyClass: 4 }, ['late']],
  ['a kind of policy', { policyKind: 'BLOCKED_SENDERS' }, ['refused']],
  ['a protocol', { protocol: 'SUBMISSION' }, ['late']],
  ['sizes', { minSize: 1_000, maxSize: 69_999 }, ['invoice']],
  ['the last minutes', { lastMinutes: 10 }, ['late']],
]

test('each filter finds what it says, before the day is closed and after; and nothing of others', async () => {
  const run = async () => {
    for (const [name, filter, expected] of filters)
      expect(await find(one.customer.admin, filter), name).toEqual(expected)
    expect(await find(application.admin, { subject: { contains: 'für' } })).toEqual(['Rechnung für zwei'])
    expect(await find(one.reseller, { subject: { contains: 'für' } })).toEqual([])
    expect(await find(one.reseller, { subject: { contains: 'rechnung' }, withinId: two.tenant.id })).toEqual([])
  }
  await run()
  // As events were before addresses were kept as such, and as a crash leaves an index.
  await application.database.query('UPDATE mail_event SET remote_address = NULL')
  const { dataSource } = application.database
  while (await closeNextPartition(dataSource));
  const indexes = await application.database.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indexrelid::regclass::text ~ '_(texts|address)$' AND indisvalid`,
  )
  expect(indexes).toHaveLength(2)
  await run()
})

test('what makes no sense is refused with the field', async () => {
  const wrong: [object, string][] = [
    [{ remoteNetwork: '192.0.2.0/33' }, 'remoteNetwork'],
    [{ remoteNetwork: 'fe80::1%eth0' }, 'remoteNetwork'],
    [{ remoteNetwork: "1.2.3.4'" }, 'remoteNetwork'],
    [{ replyClass: 6 }, 'replyClass'],
    [{ minSize: -1 }, 'minSize'],
    [{ lastMinutes: 0 }, 'lastMinutes'],
    [{ lastMinutes: 5, since: new Date().toISOString() }, 'lastMinutes'],
    [{ subject: { contains: 'x'.repeat(2_000) } }, 'subject'],
  ]
  for (const [filter, field] of wrong) {
    const { errors } = await one.customer.admin.send(list, { filter })
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['filter', field] } }])
  }
})

const facets = `query ($filter: MailEventFilter, $timeZone: String! = "UTC") { mailEventFacets(filter: $filter, timeZone: $timeZone) {
  counted isComplete countedSince bucketUnit buckets { start count } types { type count } directions { direction count }
  verdicts { verdict count } replyClasses { replyClass count } domains { domain { name } count } mailNodes { count }
} }`

test('counts of what is found, each way, and for nobody more than they see', async () => {
  const filter = { until: new Date(start + day / 4).toISOString() }
  const { mailEventFacets: counts } = await one.customer.admin.query(facets, { filter })
  expect(counts).toMatchObject({
    counted: 5,
    isComplete: true,
    countedSince: new Date(start).toISOString(),
    types: [
      { type: 'DELIVERED', count: 3 },
      { type: 'ACCEPTED', count: 1 },
      { type: 'REFUSED', count: 1 },
    ],
    directions: [{ direction: 'IN', count: 5 }],
    replyClasses: [
      { replyClass: 2, count: 1 },
      { replyClass: 5, count: 1 },
    ],
    domains: [{ domain: { name: one.customer.domain.name }, count: 5 }],
    mailNodes: [],
    bucketUnit: 'HOUR',
  })
  expect(counts.verdicts).toContainEqual({ verdict: 'CLEAN', count: 2 })
  expect(counts.buckets.map(({ count }: { count: number }) => count)).toEqual([1, 1, 3])
  const { mailEventFacets: all } = await application.admin.query(facets, { filter })
  expect(all).toMatchObject({ counted: 6, mailNodes: [{ count: 6 }] })
  const { mailEventFacets: none } = await two.customer.admin.query(facets, {
    filter: { subject: { contains: 'nothing' } },
  })
  expect(none).toMatchObject({ counted: 0, isComplete: true, countedSince: null, buckets: [] })
  // Days begin where the viewer is.
  const { mailEventFacets: there } = await one.customer.admin.query(facets, { timeZone: 'Asia/Kathmandu' })
  expect(there.bucketUnit).toBe('DAY')
  for (const { start } of there.buckets) expect(new Date(start).toISOString()).toContain('T18:15:00')
  for (const timeZone of ['Mars/Olympus', "UTC'", '', '+25']) {
    const { errors } = await one.customer.admin.send(facets, { timeZone })
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  }
})

test('a search that takes too long has a code of its own', async () => {
  const slow = application.database.scoped(() => ({ statement_timeout: '50' }))
  await expect(inTime(() => slow.query('SELECT pg_sleep(10)'))).rejects.toMatchObject({ code: 'SEARCH_TIMED_OUT' })
  // The connections that it ran on have their own limit again.
  const limits = await Promise.all(
    Array.from({ length: 8 }, () =>
      application.database.query<{ statement_timeout: string }>('SHOW statement_timeout'),
    ),
  )
  expect(new Set(limits.map(([row]) => row!.statement_timeout))).toEqual(new Set(['30s']))
})

test('a search is saved, shared, taken back; one that is not shared is nobody else’s', async () => {
  const { admin, support, tenant } = one.customer
  const { client: colleague } = await addAdministrator(application, tenant.id, 'SUPPORT', 'colleague')
  const filter = { verdicts: ['JUNK'], lastMinutes: 60, subject: { contains: 'ü' } }
  const make = (client: ApiClient, input: object) =>
    client.mutate('createSavedSearch', { filter, ...input }, 'savedSearch { id version name filter isShared isOwn }')
  const { savedSearch: mine } = await make(support, { name: 'Junk' })
  expect(mine).toMatchObject({ name: 'Junk', filter, isShared: false, isOwn: true })
  const query = '{ savedSearches { nodes { id name isOwn } } }'
  const names = async (client: ApiClient) =>
    (await client.query(query)).savedSearches.nodes.map(({ name }: { name: string }) => name)
  expect(await names(support)).toEqual(['Junk'])
  for (const other of [colleague, admin, one.reseller, two.customer.admin, application.admin])
    expect(await names(other)).toEqual([])
  expect(await support.refusal('createSavedSearch', { filter, name: 'junk' })).toEqual(['ALREADY_EXISTS'])
  const change = { id: mine.id, version: mine.version, isShared: true }
  expect(await admin.refusal('updateSavedSearch', change)).toEqual(['NOT_FOUND'])
  await support.mutate('updateSavedSearch', change, 'savedSearch { id }')
  for (const other of [colleague, admin, one.reseller]) expect(await names(other)).toEqual(['Junk'])
  expect(await names(two.customer.admin)).toEqual([])
  const again = { id: mine.id, version: mine.version + 1 }
  expect(await colleague.refusal('deleteSavedSearch', again)).toEqual(['FORBIDDEN'])
  await admin.mutate('deleteSavedSearch', again, 'deletedId')
  expect(await names(support)).toEqual([])
})

test('the log as a file: all that the filter finds, with its checks, harmless in a spreadsheet', async () => {
  const get = async (client: ApiClient, format: string, filter: object) => {
    const query = new URLSearchParams({ format, variables: JSON.stringify({ filter }) }).toString()
    return fetch(`${application.url}/exports/mailEvents?${query}`, { headers: client.credentials() })
  }
  const csv = await get(one.customer.admin, 'csv', { verdicts: ['QUARANTINED'] })
  const rows: Record<string, string>[] = parse(await csv.text(), { bom: true, columns: true })
  expect(rows).toMatchObject([{ subject: `'=HYPERLINK("http://x")`, heloName: 'mx.example', mailNode: '' }])
  const lines = (await (await get(one.customer.admin, 'jsonl', { verdicts: ['QUARANTINED'] })).text()).trim()
  const checks = [
    { name: 'SPF', result: 'fail', score: 2.5, detail: 'nul\ufffdl' },
    { name: 'DMARC', policyKind: 'DMARC', policyId: 'p', policyRevision: 3 },
  ]
  expect(JSON.parse(lines)).toMatchObject({ verdict: 'QUARANTINED', checks })
  expect(await (await get(two.customer.admin, 'jsonl', { verdicts: ['QUARANTINED'] })).text()).toBe('')
})

test('one message is one timeline, over all transactions that had it, of what one may see', async () => {
  const messageId = 'hop@mx.example'
  const step = (transactionId: string, minutes: number, fields: Partial<MailEvent>): MailEvent => ({
    ...base(one),
    transactionId,
    messageId,
    at: start + minutes * 60_000,
    ...fields,
  })
  await ingest([
    step('hop-2', 3, { type: 'ACCEPTED' }),
    step('hop-2', 4, {}),
    step('hop-1', 1, { type: 'ACCEPTED', direction: 'OUT' }),
    step('hop-1', 2, { type: 'RELAYED', direction: 'OUT' }),
    step('foreign', 5, { domainId: two.customer.domain.id }),
    // The same Message-ID, but weeks later.
    step('another', 0, { at: start - 20 * day }),
  ])
  const query = `query ($transactionId: String!) { messageTimeline(transactionId: $transactionId) {
    events { transactionId type } isComplete transactions } }`
  const timeline = async (client: ApiClient, transactionId: string) => {
    const { messageTimeline } = await client.query(query, { transactionId })
    return { ...messageTimeline, events: messageTimeline.events.map(({ transactionId: of }: MailEvent) => of) }
  }
  const mine = { events: ['hop-1', 'hop-1', 'hop-2', 'hop-2'], isComplete: true, transactions: 2 }
  expect(await timeline(one.customer.admin, 'hop-2')).toEqual(mine)
  expect(await timeline(one.customer.admin, 'hop-1')).toEqual(mine)
  expect((await timeline(application.admin, 'hop-1')).transactions).toBe(3)
  for (const unseen of ['foreign', 'nowhere'])
    expect(await timeline(one.customer.admin, unseen)).toEqual({ events: [], isComplete: true, transactions: 0 })
})

test('a change of policies is tried on the mail of before, and on no more than one may see', async () => {
  const { admin, domain, mailbox, support } = one.customer
  const now = Date.now() - 600_000
  const failed = 'spf=fail; dmarc=fail header.from=x.example policy.published-domain-policy=reject'
  const of = (fields: Partial<MailEvent>): MailEvent => ({ ...base(one), at: now, mailboxId: mailbox.id, ...fields })
  await ingest([
    of({ sender: 'a@spam.example', remoteIp: '192.0.2.1', tls: null, size: 1_000, recipient: 'plain' }),
    of({ sender: 'a@good.example', remoteIp: '192.0.2.2', tls: 'TLSv1.3 x', size: 100_000, recipient: 'large' }),
    of({ type: 'ACCEPTED', transactionId: 'spoofed', authentication: failed, tls: 'TLSv1.3 x', remoteIp: '192.0.2.3' }),
    of({ transactionId: 'spoofed', tls: 'TLSv1.3 x', sender: 'b@x.example', remoteIp: '192.0.2.3', folder: 'Junk' }),
    ...[1, 2, 3].map((i) =>
      of({ type: 'ACCEPTED', protocol: 'SUBMISSION', direction: 'OUT', at: now + i, recipientCount: 2 * i }),
    ),
    of({ domainId: two.customer.domain.id, sender: 'a@spam.example', remoteIp: '192.0.2.1', mailboxId: null }),
  ])
  const simulate = async (client: ApiClient, set: object[], more: object = {}) => {
    const policies = { target: 'DOMAIN', objectId: domain.id, version: 0, set }
    const { simulation, errors } = await client.mutate(
      'simulatePolicy',
      { policies, days: 1, ...more },
      `simulation { messages isComplete changed notReplayed changes { kind before after messages domain { name } }
         examples { kind after event { sender recipient } } }`,
    )
    expect(errors).toEqual([])
    return simulation
  }
  const change = (kind: string, before: string, after: string, messages = 1) => ({
    kind,
    before,
    after,
    messages,
    domain: { name: domain.name },
  })
  const blocked = await simulate(admin, [{ kind: 'BLOCKED_SENDERS', value: ['spam.example'] }])
  expect(blocked).toMatchObject({ messages: 6, isComplete: true, changed: 1, notReplayed: [] })
  expect(blocked.changes).toEqual([change('BLOCKED_SENDERS', 'DELIVERED', 'REFUSED')])
  expect(blocked.examples).toEqual([
    { kind: 'BLOCKED_SENDERS', after: 'REFUSED', event: { sender: 'a@spam.example', recipient: 'plain' } },
  ])
  const cases: [object[], object[]][] = [
    [[{ kind: 'INBOUND_TLS', value: true }], [change('INBOUND_TLS', 'DELIVERED', 'REFUSED')]],
    [[{ kind: 'MESSAGE_SIZE', value: 65_536 }], [change('MESSAGE_SIZE', 'DELIVERED', 'REFUSED')]],
    [[{ kind: 'DMARC', value: 'ENFORCE' }], [change('DMARC', 'JUNK', 'REFUSED')]],
    [[{ kind: 'DMARC', value: 'NOTE' }], [change('DMARC', 'JUNK', 'DELIVERED')]],
    [[{ kind: 'RECIPIENTS_PER_MESSAGE', value: 5 }], [change('RECIPIENTS_PER_MESSAGE', 'DELIVERED', 'REFUSED')]],
    [[{ kind: 'MESSAGES_PER_HOUR', value: 1 }], [change('MESSAGES_PER_HOUR', 'DELIVERED', 'DEFERRED', 2)]],
    [[{ kind: 'RECIPIENTS_PER_DAY', value: 6 }], [change('RECIPIENTS_PER_DAY', 'DELIVERED', 'DEFERRED')]],
  ]
  for (const [set, expected] of cases) expect((await simulate(admin, set)).changes).toEqual(expected)
  expect(await simulate(admin, [{ kind: 'FORWARDING', value: 'NONE' }])).toMatchObject({
    changed: 0,
    notReplayed: ['FORWARDING'],
  })
  // Nothing was changed by all that; whoever may not change it, or not see it, tries nothing.
  expect(await application.database.query('SELECT FROM policy WHERE domain_id = $1', [domain.id])).toEqual([])
  const policies = { target: 'DOMAIN', objectId: domain.id, version: 0, set: [], unset: [] }
  expect(await support.refusal('simulatePolicy', { policies })).toEqual(['FORBIDDEN'])
  expect(await two.customer.admin.refusal('simulatePolicy', { policies })).toEqual(['NOT_FOUND'])
  expect(await admin.refusal('simulatePolicy', { policies, days: 91 })).toEqual(['INVALID_INPUT'])
})

test('what nobody’s policy keeps is deleted, row by row or by days, and a node that tells of it is not held up', async () => {
  const { dataSource } = application.database
  const old = async () => (await find(application.admin, { until: new Date(start + day / 3).toISOString() })).length
  const before = await old()
  expect(await retainMailEvents(dataSource)).toBe(false)
  expect(await old()).toBe(before)
  const keep = (target: string, objectId: string, value: number | null) =>
    application.admin.mutate(
      'setPolicies',
      {
        target,
        objectId,
        version: 0,
        set: [{ kind: 'MAIL_LOG_RETENTION', value }],
      },
      'policies { version }',
    )
  await keep('TENANT', one.tenant.id, 5)
  // Others keep theirs for ever.
  expect(await retainMailEvents(dataSource)).toBe(false)
  expect(await find(one.customer.admin, { until: new Date(start + day / 3).toISOString() })).toEqual([])
  expect(await old()).toBeGreaterThan(0)
  await keep('DOMAIN', two.customer.domain.id, 40)
  await keep('TENANT', application.rootId, 8)
  await retainMailEvents(dataSource)
  expect(await find(two.customer.admin, { subject: { contains: 'für' } })).toHaveLength(1)
  await application.database.query(`DELETE FROM policy WHERE domain_id = $1`, [two.customer.domain.id])
  const partitions = async () =>
    (
      await application.database.query(
        `SELECT FROM pg_inherits WHERE inhparent = 'mail_event'::regclass AND inhrelid::regclass::text <= $1`,
        [partitionName(isoDay(start / day - 0.5))],
      )
    ).length
  expect(await partitions()).toBe(2)
  await retainMailEvents(dataSource)
  expect(await partitions()).toBe(0)
  await ingest([{ ...base(two), subject: 'told late' }])
  expect(await partitions()).toBe(1)
})
