/** Webhooks from outside: what receivers are sent, how it is signed, tried again and written down; and who hears what. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import 'reflect-metadata'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'
import { subjectNames } from '../access/index.js'
import { untold, webhookEventKinds } from './webhook-events.js'

let application: TestApplication
let one: Branch
let two: Branch

beforeAll(async () => {
  application = await startTestApplication()
  one = await makeBranch(application, 'one')
  two = await makeBranch(application, 'two')
})
afterAll(() => application?.stop())

interface Received {
  headers: IncomingHttpHeaders
  text: string
  json: Json
}
type Answer = (response: ServerResponse, received: Received) => void
interface Receiver {
  url: string
  received: Received[]
  /** Events of one kind. */
  of(type: string): Received[]
}
const servers: Server[] = []
afterEach(async () => {
  await application.database.query('DELETE FROM webhook')
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function receive(answer: Answer = (response) => void response.end('thanks')): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const message = { headers: request.headers, text, json: JSON.parse(text) }
      received.push(message)
      answer(response, message)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return { url, received, of: (type) => received.filter(({ json }) => json.type === type) }
}
const fails = (status: number): Answer => {
  return (response) => void response.writeHead(status).end(`answer ${status}`)
}

const fields = 'id version status disabledReason url eventTypes formerSecretUntil failingSince domains { id }'
async function make(client: ApiClient, input: object): Promise<{ webhook: Json; secret: string }> {
  const { webhook, secret, errors } = await client.mutate('createWebhook', input, `secret webhook { ${fields} }`)
  expect(errors).toEqual([])
  return { webhook, secret }
}
const listen = (branch: Branch, url: string, eventTypes: string[], more: object = {}) =>
  make(branch.customer.admin, { tenantId: branch.customer.tenant.id, url, eventTypes, ...more })

const until = (check: () => unknown) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: 12_000, interval: 25 })
const ping = async (client: ApiClient, id: string): Promise<Json> =>
  (await client.mutate('pingWebhook', { id }, 'delivery { id state }')).delivery

async function storeEvents(branch: Branch, events: object[]): Promise<void> {
  const { domain, tenant } = branch.customer
  await application.database.query(
    `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id, sender, recipient, subject)
     SELECT gen_random_uuid(), now(), now(), coalesce(given->>'type', 'DELIVERED'), $1, $2, $3, 'a@b.example',
       'someone@' || $4, given->>'subject'
     FROM jsonb_array_elements($5::jsonb) AS given`,
    [application.mailNodeId, domain.id, tenant.id, domain.name, JSON.stringify(events)],
  )
  // As ingestion does.
  await application.database.query(`SELECT pg_notify('mailfleet_events', '[]')`)
}

const deliveriesOf = async (client: ApiClient, webhookId: string): Promise<Json[]> =>
  (
    await client.query(
      `query ($webhookId: ID!) { webhookDeliveries(filter: { webhookId: $webhookId }) { nodes {
        id eventType state attempts nextAttemptAt body log { number status fault excerpt url } } } }`,
      { webhookId },
    )
  ).webhookDeliveries.nodes

const sign = (secret: string, { headers, text }: Received): string => {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${text}`
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}

describe('what is told', () => {
  test('a change of an object, signed, with who did it', async () => {
    const receiver = await receive()
    const { secret, webhook } = await listen(one, receiver.url, ['MAILBOX_UPDATED'])
    const { mailbox, administrator, admin } = one.customer
    const { version } = await admin.must('updateMailbox', { id: mailbox.id, version: mailbox.version, name: 'New' })
    mailbox.version = version
    await until(() => receiver.received.length === 1)
    const [message] = receiver.received
    expect(message!.json).toMatchObject({
      type: 'mailbox.updated',
      data: {
        object: { type: 'Mailbox', id: mailbox.id, domainId: one.customer.domain.id },
        actor: { id: administrator.id },
        after: { name: 'New' },
      },
    })
    expect(message!.headers['webhook-signature']).toBe(sign(secret, message!))
    expect(Math.abs(Number(message!.headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(60)
    await until(async () => (await deliveriesOf(admin, webhook.id))[0]?.state === 'DELIVERED')
    const [delivery] = await deliveriesOf(admin, webhook.id)
    expect(delivery).toMatchObject({ attempts: 1, body: message!.text, log: [{ status: 200, excerpt: 'thanks' }] })
    expect(message!.headers['webhook-id']).toBe(`msg_${delivery.id}`)
  })

  test('mail events of the kinds asked for, each once, and of domains that were named only', async () => {
    const [all, other] = [await receive(), await receive()]
    await listen(one, all.url, ['MAIL_BOUNCED', 'MAIL_DELIVERED'])
    const domain = await one.customer.admin.must('createDomain', {
      tenantId: one.customer.tenant.id,
      name: `named${Date.now()}.example`,
    })
    await listen(one, other.url, ['MAIL_BOUNCED'], { domainIds: [domain.id] })
    await storeEvents(one, [{ type: 'BOUNCED', subject: 'x' }, { type: 'QUEUED' }, { type: 'DELIVERED' }])
    await storeEvents(one, [{ type: 'BOUNCED', subject: 'y' }])
    await until(() => all.received.length === 3)
    expect(
      all
        .of('mail.bounced')
        .map(({ json }) => json.data.subject)
        .sort(),
    ).toEqual(['x', 'y'])
    expect(all.of('mail.bounced')[0]!.json.data).toMatchObject({ domainId: one.customer.domain.id })
    expect(all.received.every(({ json }) => !('mailNodeId' in json.data))).toBe(true)
    expect(other.received).toEqual([])
    const looks = `SELECT FROM audit_entry WHERE change = 'READ' AND subject_type = 'MailEvent'`
    const before = (await application.database.query(looks)).length
    const { webhooks } = await one.reseller.query('{ webhooks { nodes { id eventTypes } } }')
    for (const { id } of webhooks.nodes) await deliveriesOf(one.reseller, id)
    expect((await application.database.query(looks)).length).toBe(before + 1)
  })

  test('to those above and not to those beside, nor while suspended', async () => {
    const [above, beside, platform] = [await receive(), await receive(), await receive()]
    await make(one.reseller, { tenantId: one.tenant.id, url: above.url, eventTypes: ['ALIAS_CREATED'] })
    await make(two.reseller, { tenantId: two.tenant.id, url: beside.url, eventTypes: ['ALIAS_CREATED'] })
    await make(application.admin, {
      tenantId: application.rootId,
      url: platform.url,
      eventTypes: ['ALIAS_CREATED', 'MAIL_NODE_UPDATED'],
    })
    const alias = (localPart: string) =>
      one.customer.admin.must('createAlias', { domainId: one.customer.domain.id, localPart, targets: ['x@y.test'] })
    await alias('first')
    await until(() => above.received.length === 1 && platform.received.length === 1)
    await application.database.query(`UPDATE tenant SET status = 'SUSPENDED' WHERE id = $1`, [one.tenant.id])
    try {
      await application.admin.must('createAlias', {
        domainId: one.customer.domain.id,
        localPart: 'second',
        targets: ['x@y.test'],
      })
      await until(() => platform.received.length === 2)
    } finally {
      await application.database.query(`UPDATE tenant SET status = 'ACTIVE' WHERE id = $1`, [one.tenant.id])
    }
    expect([above.received.length, beside.received.length]).toEqual([1, 0])
  })

  test('nothing any more that has moved out of the tenant’s reach before it was sent', async () => {
    const receiver = await receive(fails(503))
    const { webhook } = await make(one.reseller, {
      tenantId: one.tenant.id,
      url: receiver.url,
      eventTypes: ['FORWARD_UPDATED'],
    })
    const { forward } = one.customer
    const changed = await one.customer.admin.must('updateForward', {
      id: forward.id,
      version: forward.version,
      keepCopy: false,
    })
    forward.version = changed.version
    await until(() => receiver.received.length === 1)
    const path = `text2ltree($2::text) || subpath(path, nlevel(path) - 1)`
    const move = (to: string) =>
      application.database.query(`UPDATE tenant SET path = ${path} WHERE id = $1`, [one.customer.tenant.id, to])
    const pathOf = async (id: string) =>
      (await application.database.query<{ path: string }>('SELECT path::text FROM tenant WHERE id = $1', [id]))[0]!.path
    await move(await pathOf(two.tenant.id))
    await application.database.query('UPDATE webhook_delivery SET next_attempt_at = now()')
    await until(async () => (await deliveriesOf(one.reseller, webhook.id))[0].state === 'CANCELLED')
    await move(await pathOf(one.tenant.id))
    expect(receiver.received).toHaveLength(1)
  })
})

describe('deliveries', () => {
  test('are tried again until they are taken, with the same id and a new time', async () => {
    let answers = 0
    const receiver = await receive((response) => void response.writeHead(answers++ === 0 ? 500 : 204).end())
    const { webhook } = await listen(one, receiver.url, ['MAIL_RELAYED'])
    await storeEvents(one, [{ type: 'RELAYED' }])
    await until(async () => (await deliveriesOf(one.customer.admin, webhook.id))[0]?.attempts === 1)
    const [waiting] = await deliveriesOf(one.customer.admin, webhook.id)
    expect(waiting).toMatchObject({ state: 'PENDING', log: [{ number: 1, status: 500 }] })
    expect(Date.parse(waiting.nextAttemptAt)).toBeGreaterThan(Date.now())
    await application.database.query('UPDATE webhook_delivery SET next_attempt_at = now()')
    await until(() => receiver.received.length === 2)
    const [first, second] = receiver.received
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
    expect(second!.text).toBe(first!.text)
    await until(async () => (await deliveriesOf(one.customer.admin, webhook.id))[0].state === 'DELIVERED')
  })

  test('are given up after a day, and a day of nothing but that disables the webhook', async () => {
    const receiver = await receive(fails(500))
    const { webhook } = await listen(one, receiver.url, ['MAIL_RELAYED'])
    await storeEvents(one, [{ type: 'RELAYED' }])
    await until(async () => (await deliveriesOf(one.customer.admin, webhook.id))[0]?.attempts === 1)
    await application.database.query(`UPDATE webhook_delivery SET next_attempt_at = now(), gives_up_at = now()`)
    await application.database.query(`UPDATE webhook_health SET failing_since = now() - interval '25 hours'`)
    await until(async () => (await deliveriesOf(one.customer.admin, webhook.id))[0].state === 'FAILED')
    const shown = await one.customer.admin.query(`query ($id: ID!) { webhook(id: $id) { ${fields} } }`, webhook)
    expect(shown.webhook).toMatchObject({ status: 'DISABLED', disabledReason: 'FAILING' })
    const { auditEntries } = await one.customer.admin.query(
      `query ($id: ID!) { auditEntries(filter: { subjectId: $id }, first: 1) { nodes { change actor { email } after } } }`,
      webhook,
    )
    expect(auditEntries.nodes[0]).toMatchObject({ change: 'UPDATED', actor: null })
    // A test and a redelivery are sent all the same; what happens is not told.
    await ping(one.customer.admin, webhook.id)
    await until(() => receiver.of('webhook.ping').length === 1)
  })

  test('410 disables at once, and active again it goes on', async () => {
    let status = 410
    const receiver = await receive((response) => void response.writeHead(status).end())
    const { webhook } = await listen(one, receiver.url, ['MAIL_RELAYED'])
    await storeEvents(one, [{ type: 'RELAYED' }])
    const admin = one.customer.admin
    const shown = async () =>
      (await admin.query(`query ($id: ID!) { webhook(id: $id) { ${fields} } }`, webhook)).webhook
    await until(async () => (await shown()).disabledReason === 'GONE')
    status = 200
    const { version } = await shown()
    const again = await admin.must('updateWebhook', { id: webhook.id, version, status: 'ACTIVE' }, fields)
    expect(again).toMatchObject({ status: 'ACTIVE', disabledReason: null, failingSince: null })
    await storeEvents(one, [{ type: 'RELAYED' }])
    await until(() => receiver.received.length === 2)
  })

  test('one of the log is sent once more when asked for', async () => {
    const receiver = await receive()
    const { webhook } = await listen(one, receiver.url, ['MAIL_RELAYED'])
    const { id } = await ping(one.customer.admin, webhook.id)
    await until(async () => (await deliveriesOf(one.customer.admin, webhook.id))[0]?.state === 'DELIVERED')
    await one.customer.admin.mutate('redeliverWebhookDelivery', { id }, 'delivery { state }')
    await until(() => receiver.received.length === 2)
    expect(receiver.received[1]!.headers['webhook-id']).toBe(receiver.received[0]!.headers['webhook-id'])
  })

  test('are claimed by one at a time: what a replica dies with is sent by another', async () => {
    const receiver = await receive()
    const { webhook } = await listen(one, receiver.url, ['MAIL_RELAYED'])
    // As a replica leaves it that was killed while it sent.
    await application.database.query(
      `INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_type, event_id, subject, subject_tenant_id, subject_path, body,
         claimed_by, next_attempt_at)
       SELECT gen_random_uuid(), $1, tenant.id, 'mail.relayed', gen_random_uuid(), 'MailEvent', tenant.id, tenant.path,
         '{"type":"mail.relayed"}', gen_random_uuid(), now() + make_interval(secs => wait)
       FROM tenant, unnest(ARRAY[-1, 60]) AS wait WHERE tenant.id = $2`,
      [webhook.id, one.customer.tenant.id],
    )
    await until(() => receiver.received.length === 1)
    await ping(one.customer.admin, webhook.id)
    await until(() => receiver.received.length === 2)
    expect(receiver.of('mail.relayed')).toHaveLength(1)
  })

  test('a receiver that hangs holds up nobody else', async () => {
    const hanging = await receive(() => undefined)
    const good = await receive()
    const slow = await listen(one, hanging.url, ['MAIL_RELAYED'])
    await listen(one, good.url, ['MAIL_RELAYED'])
    const events = Array.from({ length: 100 }, () => ({ type: 'RELAYED' }))
    await storeEvents(one, events)
    await until(() => good.received.length === 100)
    expect(hanging.received.length).toBeLessThanOrEqual(8)
    const waiting = await application.database.query(
      `SELECT FROM webhook_delivery WHERE webhook_id = $1 AND claimed_by IS NOT NULL`,
      [slow.webhook.id],
    )
    expect(waiting.length).toBeLessThanOrEqual(8)
  })

  test('an inner address that a name leads to is told as unreachable, and nothing more', async () => {
    const { webhook } = await listen(one, 'https://127.0.0.1:9/hook', ['MAIL_RELAYED'])
    await application.database.query(`UPDATE webhook SET url = 'https://10.255.255.1/'`)
    await ping(one.customer.admin, webhook.id)
    await until(async () => (await deliveriesOf(one.customer.admin, webhook.id))[0]?.attempts === 1)
    const [{ log }] = await deliveriesOf(one.customer.admin, webhook.id)
    expect(log).toMatchObject([{ status: null, fault: 'UNREACHABLE', excerpt: null }])
  })
})

describe('secrets', () => {
  test('are shown once; after a rotation both sign, and the database holds neither', async () => {
    const receiver = await receive()
    const { webhook, secret } = await listen(one, receiver.url, ['MAIL_RELAYED'])
    const { id, version } = webhook
    const data = await one.customer.admin.query(
      `mutation ($input: VersionedInput!) { rotateWebhookSecret(input: $input) { secret errors { code }
        webhook { formerSecretUntil } } }`,
      { input: { id, version } },
    )
    const next = data.rotateWebhookSecret.secret
    expect(next).not.toBe(secret)
    expect(Date.parse(data.rotateWebhookSecret.webhook.formerSecretUntil)).toBeGreaterThan(Date.now())
    await ping(one.customer.admin, id)
    await until(() => receiver.received.length === 1)
    const [message] = receiver.received
    expect(message!.headers['webhook-signature']).toBe(`${sign(next, message!)} ${sign(secret, message!)}`)
    await application.database.query(`UPDATE webhook SET former_secret_until = now()`)
    await ping(one.customer.admin, id)
    await until(() => receiver.received.length === 2)
    expect(receiver.received[1]!.headers['webhook-signature']).toBe(sign(next, receiver.received[1]!))
    const rows = await application.database.query<{ row: string }>(
      `SELECT to_jsonb(webhook)::text AS row FROM webhook UNION ALL SELECT to_jsonb(audit_entry)::text FROM audit_entry`,
    )
    for (const one of [secret, next]) {
      const hex = Buffer.from(one).toString('hex')
      expect(rows.some(({ row }) => row.includes(one) || row.includes(hex))).toBe(false)
    }
  })
})

describe('making one', () => {
  const refused = (client: ApiClient, input: object) =>
    client.refusal('createWebhook', {
      tenantId: one.customer.tenant.id,
      url: 'https://hooks.example/x',
      eventTypes: ['MAIL_DELIVERED'],
      ...input,
    })

  test.each([
    [{ url: 'ftp://hooks.example/' }],
    [{ url: 'https://user:word@hooks.example/' }],
    [{ url: 'https://10.0.0.1/' }],
    [{ url: 'https://[::1]/' }],
    [{ eventTypes: [] }],
    [{ eventTypes: ['WEBHOOK_PING'] }],
    [{ eventTypes: ['ADMINISTRATOR_CREATED'], domainIds: ['00000000-0000-7000-8000-000000000000'] }],
    [{ domainIds: [] }],
  ])('%j is refused', async (input) => {
    expect(await refused(one.customer.admin, input)).toEqual(['INVALID_INPUT'])
  })

  test('of another’s domain answers as for one that there is not', async () => {
    expect(await refused(one.customer.admin, { domainIds: [two.customer.domain.id] })).toEqual(['NOT_FOUND'])
  })

  test('tells of no more than its maker may read', async () => {
    const { client, administrator } = await addAdministrator(application, one.customer.tenant.id, 'CUSTOM', 'hooks')
    const role = await application.admin.must('createAccessRole', {
      tenantId: one.customer.tenant.id,
      name: 'hooks',
      rules: [
        { effect: 'ALLOW', actions: ['READ', 'CREATE', 'UPDATE'], subjects: ['Webhook'], scope: 'SUBTREE' },
        { effect: 'ALLOW', actions: ['READ'], subjects: ['Tenant', 'Domain', 'AuditEntry'], scope: 'SUBTREE' },
      ],
    })
    const given = { administratorId: administrator.id, accessRoleId: role.id, tenantId: one.customer.tenant.id }
    await application.admin.must('createRoleAssignment', given, 'id')
    expect(await refused(client, {})).toEqual(['FORBIDDEN'])
    expect(await refused(client, { eventTypes: ['DOMAIN_CREATED'] })).toEqual([])
    // Nor is one that tells more led elsewhere by them, or its body shown.
    const receiver = await receive()
    const { webhook } = await listen(one, receiver.url, ['MAIL_DELIVERED'])
    const elsewhere = { id: webhook.id, version: webhook.version, url: 'https://elsewhere.example/' }
    expect(await client.refusal('updateWebhook', elsewhere)).toEqual(['FORBIDDEN'])
    await storeEvents(one, [{ subject: 'secret' }])
    await until(() => receiver.received.length === 1)
    const [delivery] = await deliveriesOf(client, webhook.id)
    expect(delivery).toMatchObject({ eventType: 'MAIL_DELIVERED', body: null })
  })

  test('is out of reach while one acts as somebody else', async () => {
    const session = await addAdministrator(application, one.tenant.id, 'RESELLER', 'acting')
    const { errors } = await session.client.mutate(
      'impersonate',
      { administratorId: one.customer.administrator.id, reason: 'help' },
      'endsAt',
    )
    expect(errors).toEqual([])
    expect(await refused(session.client, {})).toEqual(['FORBIDDEN'])
  })
})

test('there are kinds for all that is audited and that rules speak of, or it is said why not', async () => {
  const triggers = await application.database.query<{ definition: string }>(
    `SELECT pg_get_functiondef(oid) AS definition FROM pg_proc WHERE proname LIKE 'audit\\_%' AND prorettype = 'trigger'::regtype`,
  )
  const audited = new Set(
    triggers.flatMap(({ definition }) => [...definition.matchAll(/'(?:CREATED)', '(\w+)'/g)].map(([, name]) => name!)),
  )
  const told = new Set([...webhookEventKinds.values()].map(({ subject }) => subject as string))
  const missing = subjectNames.filter((name) => !told.has(name) && !(name in untold))
  expect(missing).toEqual([])
  // Of what no trigger writes down nothing would ever come.
  expect([...told].filter((name) => !audited.has(name))).toEqual(['MailEvent'])
})

test('what came later is told too: grants, keys of DKIM, jobs, groups and app passwords', async () => {
  const { customer } = one
  const kinds = ['GRANT_CREATED', 'DKIM_KEY_CREATED', 'JOB_UPDATED', 'GROUP_UPDATED', 'APP_PASSWORD_DELETED']
  const receiver = await receive()
  await listen(one, receiver.url, kinds)
  const grant = {
    tenantId: customer.tenant.id,
    receiverEmail: 'nobody@people.example',
    rules: [{ effect: 'ALLOW', actions: ['READ'], subjects: ['Mailbox'], scope: 'SUBTREE' }],
    reason: 'later',
    expiresAt: new Date(Date.now() + 3_600_000),
  }
  expect(await customer.admin.refusal('offerGrant', grant)).toEqual([])
  expect(
    await customer.admin.refusal('createDkimKey', { domainId: customer.domain.id, algorithm: 'ED25519_SHA256' }),
  ).toEqual([])
  const rows = [{ address: `later@${customer.domain.name}`, targets: ['x@elsewhere.test'] }]
  await customer.admin.mutate('bulkCreateAliases', { tenantId: customer.tenant.id, rows }, 'job { id }')
  const { id, version } = customer.group
  expect(await customer.admin.refusal('updateGroup', { id, version, name: 'Later' })).toEqual([])
  expect(await customer.admin.refusal('deleteAppPassword', customer.appPassword)).toEqual([])
  const names = ['app_password.deleted', 'dkim_key.created', 'grant.created', 'group.updated', 'job.updated']
  await until(() => names.every((name) => receiver.of(name).length > 0))
  // A job tells of its beginning and its end.
  await until(() => receiver.of('job.updated').length === 2)
})
