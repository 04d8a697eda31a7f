/** The queue as administrators see it: rows follow the events of nodes; holds and commands reach the nodes, and nobody's but one's own. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import 'reflect-metadata'
import { configResource, type MailEvent } from '@mailfleet/schema'
import { eventRow } from '../events/event-row.js'
import { projections } from '../nodes/stream/projection.js'
import type { ApiClient } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'
import { noteQueue } from './note-queue.js'
import { noteSending } from './unusual-sending.js'
import { sweepQueue } from './start-queue.js'

let application: TestApplication
let one: Branch
let other: Branch

beforeAll(async () => {
  application = await startTestApplication()
  one = await makeBranch(application, 'one')
  other = await makeBranch(application, 'other')
})
afterAll(() => application?.stop())
beforeEach(() => application.database.query('TRUNCATE queued_message, queue_hold, queue_command, mailbox_sends'))

const stream = 'queue/1'
const about = (branch: Branch, transactionId: string, recipient: string): Partial<MailEvent> => ({
  transactionId,
  recipient,
  domainId: branch.customer.domain.id,
  mailboxId: branch.customer.mailbox.id,
  sender: branch.customer.mailbox.address ?? 'someone@here.example',
  size: 100,
})
const tell = (events: Partial<MailEvent>[], told: { stream?: string; isNew?: boolean } = {}): Promise<void> =>
  application.database.transaction((manager) =>
    noteQueue(
      manager,
      { mailNodeId: application.mailNodeId, stream, isNew: false, ...told },
      events.map((event) => {
        const owner = { mailNodeId: application.mailNodeId, tenantId: null, domainId: event.domainId ?? null }
        return eventRow({ at: Date.now(), type: 'QUEUED', ...event }, owner, Date.now())
      }),
    ),
  )
const queued = (branch: Branch, transactionId: string, recipient: string) =>
  tell([about(branch, transactionId, recipient)])

interface Row {
  id: string
  recipient: string
  state: string
  attempts: number
  holds: { id: string }[]
}
const list = async (client = application.admin, filter = {}): Promise<Row[]> =>
  (
    await client.query(
      `query ($filter: QueuedMessageFilter) { queuedMessages(filter: $filter) {
        nodes { id recipient state attempts lastReply holds { id } } } }`,
      { filter },
    )
  ).queuedMessages.nodes as Row[]
const recipients = async (...args: Parameters<typeof list>) => (await list(...args)).map(({ recipient }) => recipient)

/** What the node is sent, as it reads it. */
async function sent(kind: 'QueueHold' | 'QueueCommand', mailNodeId = application.mailNodeId) {
  const { table, select, where } = projections[kind]
  const rows = await application.database.query<{ body: unknown }>(
    `SELECT ${select} AS body FROM ${table} WHERE ${where}`,
    [mailNodeId],
  )
  return rows.map(({ body }) => configResource.parse(body))
}

describe('rows', () => {
  test('come, change and go as the last event of each message says', async () => {
    const at = Date.now() - 60_000
    await tell([
      { ...about(one, 't1', 'a@x.test'), at },
      { ...about(one, 't1', 'b@x.test') },
      { ...about(one, 't1', 'b@x.test'), type: 'RELAYED' },
      { ...about(one, 't2', 'c@y.test'), type: 'BOUNCED' },
      { ...about(one, 't1', 'a@x.test'), type: 'DEFERRED', attempt: 1, replyText: '451 later', nextAttemptAt: at },
    ])
    expect(await list()).toMatchObject([
      { recipient: 'a@x.test', state: 'DEFERRED', attempts: 1, lastReply: '451 later' },
    ])
    expect(await recipients(application.admin, { queuedBefore: new Date(at + 1_000) })).toEqual(['a@x.test'])
    // Known from its next attempt on.
    await tell([{ ...about(one, 't0', 'old@x.test'), type: 'DEFERRED', attempt: 7 }])
    expect(await list(application.admin, { recipient: 'OLD@x.test' })).toMatchObject([{ attempts: 7 }])
    await tell([
      { ...about(one, 't1', 'a@x.test'), type: 'DELETED' },
      { ...about(one, 't0', 'old@x.test'), type: 'RELAYED' },
    ])
    expect(await list()).toEqual([])
  })

  test('of a queue that begins anew on its node are gone, those of other nodes and streams stay', async () => {
    await queued(one, 't1', 'a@x.test')
    await tell([about(one, 't2', 'b@x.test')], { stream: 'store-0/1', isNew: true })
    expect(await recipients()).toHaveLength(2)
    await tell([about(one, 't3', 'c@x.test')], { stream: 'queue/2', isNew: true })
    expect(await recipients()).toEqual(['b@x.test', 'c@x.test'])
  })

  test('are found by destination, search, state and place, and counted by destination', async () => {
    await queued(one, 't1', 'a@x.test')
    await queued(one, 't2', 'b@xn--bcher-kva.test')
    await queued(other, 't3', 'c@x.test')
    const { customer } = one
    for (const [filter, found] of [
      [{ destination: 'bücher.test' }, ['b@xn--bcher-kva.test']],
      [{ search: '@X.test', withinId: one.tenant.id }, ['a@x.test']],
      [{ search: 'c@x.test' }, ['c@x.test']],
      [{ domainId: customer.domain.id }, ['a@x.test', 'b@xn--bcher-kva.test']],
      [{ mailboxId: customer.mailbox.id, state: 'WAITING' }, ['a@x.test', 'b@xn--bcher-kva.test']],
      [{ state: 'HELD' }, []],
      [{ destination: 'no domain' }, []],
    ] as const)
      expect(await recipients(application.admin, filter), JSON.stringify(filter)).toEqual(found)
    const count = '{ queueDestinations { destination messageCount } }'
    expect((await application.admin.query(count)).queueDestinations).toEqual([
      { destination: 'x.test', messageCount: 2 },
      { destination: 'xn--bcher-kva.test', messageCount: 1 },
    ])
    expect((await other.customer.admin.query(count)).queueDestinations).toEqual([
      { destination: 'x.test', messageCount: 1 },
    ])
  })
})

/** What a mutation answers; `codes` is empty where it took effect. */
async function call(client: ApiClient, name: string, input: object, selection = '') {
  const type = name === 'holdQueuedMessages' ? 'HoldQueuedMessagesInput' : 'QueueScopeInput'
  const { data, errors } = await client.send(
    `mutation ($input: ${type}!) { payload: ${name}(input: $input) { ${selection} errors { code } } }`,
    { input },
  )
  const payload = data?.payload as { errors: { code: string }[]; queueHolds: { id: string }[]; messageCount: number }
  return {
    ...payload,
    codes: [...errors.map(({ extensions }) => extensions.code), ...(payload?.errors ?? []).map(({ code }) => code)],
  }
}
async function release(client: ApiClient, id: string): Promise<string[]> {
  const { data } = await client.send(`mutation { payload: releaseQueueHold(id: "${id}") { errors { code } } }`)
  return data.payload.errors.map(({ code }: { code: string }) => code)
}

describe('holds', () => {
  const hold = async (client: ApiClient, input: object) =>
    (await call(client, 'holdQueuedMessages', input, 'queueHolds { id }')).queueHolds

  test('stand for what they say and no more, once each, and reach the node until they are released', async () => {
    await queued(one, 't1', 'a@x.test')
    await queued(one, 't2', 'b@y.test')
    await queued(other, 't3', 'c@x.test')
    const { admin } = one.customer
    const [made] = await hold(admin, { destination: 'X.test', note: 'wait' })
    expect(await hold(admin, { destination: 'x.test' })).toEqual([made])
    expect((await list()).map(({ recipient, state }) => [recipient, state])).toEqual([
      ['a@x.test', 'HELD'],
      ['b@y.test', 'WAITING'],
      ['c@x.test', 'WAITING'],
    ])
    expect(await list(admin, { state: 'HELD' })).toMatchObject([{ recipient: 'a@x.test', holds: [made] }])
    const { tenant } = one.customer
    expect(await sent('QueueHold')).toMatchObject([{ id: made!.id, tenantId: tenant.id, destination: 'x.test' }])
    const told = () =>
      application.database.query(
        `SELECT FROM (SELECT kind, resource_id FROM change_outbox UNION ALL SELECT kind, resource_id FROM change_log) AS change
         WHERE kind = 'QueueHold' AND resource_id = $1`,
        [made!.id],
      )
    expect(await told()).toHaveLength(1)
    expect(await release(admin, made!.id)).toEqual([])
    expect(await list(admin, { state: 'HELD' })).toEqual([])
    expect((await told()).length).toBeGreaterThan(1)
    expect(await sent('QueueHold')).toEqual([])
  })

  test('from above are shown as a state, not as a hold; of a message they go with it', async () => {
    await queued(one, 't1', 'a@x.test')
    const [message] = await list()
    const [above] = await hold(application.admin, { tenantId: one.tenant.id })
    expect(await list(one.customer.admin)).toMatchObject([{ state: 'HELD', holds: [] }])
    expect(await release(one.customer.admin, above!.id)).toEqual(['NOT_FOUND'])
    const [own] = await hold(one.customer.admin, { queuedMessageIds: [message!.id] })
    expect(await list(one.customer.admin)).toMatchObject([{ holds: [own] }])
    expect(await sent('QueueHold', one.tenant.id)).toHaveLength(1)
    expect(await sent('QueueHold')).toContainEqual(
      expect.objectContaining({ id: own!.id, messages: [{ transactionId: 't1', recipient: 'a@x.test' }] }),
    )
    await application.database.query(`UPDATE queue_hold SET created_at = now() - interval '1 hour'`)
    await sweepQueue(application.database)
    expect(await sent('QueueHold')).toHaveLength(2)
    await tell([{ ...about(one, 't1', 'a@x.test'), type: 'BOUNCED' }])
    await sweepQueue(application.database)
    expect(await sent('QueueHold')).toMatchObject([{ id: above!.id }])
  })
})

describe('commands', () => {
  const command = async (client: ApiClient, name: string, input: object) =>
    (await call(client, name, input, 'messageCount')).messageCount

  test('say what is meant, of messages node by node, and are in the trail', async () => {
    await queued(one, 't1', 'a@x.test')
    await queued(one, 't2', 'b@y.test')
    await queued(other, 't3', 'c@x.test')
    const ids = Object.fromEntries((await list()).map(({ recipient, id }) => [recipient, id]))
    expect(await command(application.admin, 'retryQueuedMessages', { destination: 'x.test' })).toBe(2)
    expect(await command(one.customer.admin, 'bounceQueuedMessages', { destination: 'x.test' })).toBe(1)
    const named = { queuedMessageIds: [ids['a@x.test'], ids['b@y.test']] }
    expect(await command(one.reseller, 'deleteQueuedMessages', named)).toBe(2)
    const { tenant, domain } = one.customer
    expect(await sent('QueueCommand')).toMatchObject([
      { action: 'RETRY', tenantId: application.rootId, destination: 'x.test' },
      { action: 'BOUNCE', tenantId: tenant.id, destination: 'x.test' },
      {
        action: 'DELETE',
        domainId: domain.id,
        messages: expect.arrayContaining([{ transactionId: 't2', recipient: 'b@y.test' }]),
      },
    ])
    const trail = `{ auditEntries(filter: { subjectTypes: ["QueuedMessage"] }) { nodes { operation } } }`
    const { auditEntries } = await one.customer.admin.query(trail)
    expect(auditEntries.nodes.map(({ operation }: { operation: string }) => operation)).toEqual([
      'deleteQueuedMessages',
      'bounceQueuedMessages',
    ])
    await application.database.query(`UPDATE queue_command SET created_at = now() - interval '8 days'`)
    await sweepQueue(application.database)
    expect(await sent('QueueCommand')).toEqual([])
  })

  test("reach nothing of others', and must say what they mean", async () => {
    await queued(other, 't3', 'c@x.test')
    const [message] = await list()
    const { admin } = one.customer
    for (const [input, code] of [
      [{}, 'INVALID_INPUT'],
      [{ destination: 'no domain' }, 'INVALID_INPUT'],
      [{ queuedMessageIds: [] }, 'INVALID_INPUT'],
      [{ queuedMessageIds: [message!.id] }, 'NOT_FOUND'],
      [{ tenantId: one.tenant.id }, 'NOT_FOUND'],
      [{ domainId: other.customer.domain.id }, 'NOT_FOUND'],
      [{ mailboxId: other.customer.mailbox.id }, 'NOT_FOUND'],
    ] as const)
      expect((await call(admin, 'deleteQueuedMessages', input)).codes, JSON.stringify(input)).toEqual([code])
    expect((await call(one.customer.support, 'retryQueuedMessages', { destination: 'x.test' })).codes).toEqual([
      'FORBIDDEN',
    ])
    expect(await sent('QueueCommand')).toEqual([])
  })
})

test('a mailbox that sends to far more than usual is held, no other is, and whoever releases it is not asked again', async () => {
  const submit = (branch: Branch, recipients: number): Promise<void> =>
    application.database.transaction((manager) => {
      const { domain, mailbox } = branch.customer
      const owner = { mailNodeId: application.mailNodeId, tenantId: null, domainId: domain.id as string }
      const event = {
        type: 'QUEUED',
        at: Date.now(),
        protocol: 'SUBMISSION',
        domainId: domain.id,
        mailboxId: mailbox.id,
      }
      const row = eventRow(event as MailEvent, owner, Date.now())
      return noteSending(
        manager,
        Array.from({ length: recipients }, () => row),
      )
    })
  const held = async (): Promise<{ id: string; mailbox: { id: string } }[]> =>
    (await application.admin.query('{ queueHolds { nodes { id reason mailbox { id } } } }')).queueHolds.nodes
  const nextHour = () => application.database.query(`UPDATE mailbox_sends SET hour = hour - interval '1 hour'`)

  await submit(one, 1_000)
  expect(await held()).toEqual([])
  await application.database.query('TRUNCATE mailbox_sends')
  const { tenant, mailbox } = one.customer
  const policy = { target: 'TENANT', objectId: tenant.id, version: 0, set: [{ kind: 'UNUSUAL_SENDING', value: 20 }] }
  const { errors } = await application.admin.mutate('setPolicies', { ...policy, unset: [] }, '__typename')
  expect(errors).toEqual([])

  await submit(one, 20)
  await submit(other, 1_000)
  expect(await held()).toEqual([])
  await submit(one, 1)
  const [hold, ...more] = await held()
  expect([hold, more]).toMatchObject([{ reason: 'UNUSUAL_SENDING', mailbox: { id: mailbox.id } }, []])
  expect(await sent('QueueHold')).toMatchObject([{ mailboxId: mailbox.id }])
  await submit(one, 100)
  expect(await held()).toHaveLength(1)

  expect(await release(one.customer.admin, hold!.id)).toEqual([])
  await submit(one, 100)
  expect(await held()).toEqual([])
  await nextHour()
  await submit(one, 3 * 221)
  expect(await held()).toEqual([])
  await submit(one, 1)
  expect(await held()).toHaveLength(1)
})
