/** Policies through the API: inheritance, locks, who may lift them, what a change reaches, and what nodes are told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'policies')
})
afterAll(() => application?.stop())

type Target = 'TENANT' | 'DOMAIN' | 'MAILBOX'
const versions = new Map<string, number>()

async function set(client: ApiClient, target: Target, objectId: string, change: object): Promise<string[]> {
  const input = { target, objectId, version: versions.get(objectId) ?? 0, ...change }
  const { policies, errors } = await client.mutate('setPolicies', input, 'policies { version }')
  if (policies) versions.set(objectId, policies.version)
  return errors.map((error: Json) => error.code)
}

async function effective(client: ApiClient, kind: string): Promise<Json> {
  const data = await client.query(
    `query ($id: ID!) { mailbox(id: $id) { policies { effective {
       kind value lock origin { level revision objectId } lockedBy { level } overruled { level } } } } }`,
    { id: branch.customer.mailbox.id },
  )
  return data.mailbox.policies.effective.find((one: Json) => one.kind === kind)
}

describe('inheritance', () => {
  test('the nearest level decides, and says where a value comes from', async () => {
    const { customer, tenant } = branch
    const kind = 'MESSAGES_PER_DAY'
    expect(await effective(customer.admin, kind)).toMatchObject({ value: null, origin: null })
    expect(await set(application.admin, 'TENANT', application.rootId, { set: [{ kind, value: 500 }] })).toEqual([])
    // Who is above is told as a level, not by name.
    expect(await effective(customer.admin, kind)).toMatchObject({
      value: 500,
      origin: { level: 'PLATFORM', revision: 1, objectId: null },
    })
    expect(await set(branch.reseller, 'TENANT', tenant.id, { set: [{ kind, value: 200, lock: 'STRICTER' }] })).toEqual(
      [],
    )
    expect(await effective(branch.reseller, kind)).toMatchObject({
      value: 200,
      origin: { level: 'RESELLER', objectId: tenant.id },
      lockedBy: { level: 'RESELLER' },
    })
    const { mailbox } = customer
    expect(await set(customer.admin, 'MAILBOX', mailbox.id, { set: [{ kind, value: 300 }] })).toEqual(['POLICY_LOCKED'])
    expect(await set(customer.admin, 'MAILBOX', mailbox.id, { set: [{ kind, value: 100 }] })).toEqual([])
    expect(await effective(customer.admin, kind)).toMatchObject({ value: 100, origin: { level: 'MAILBOX' } })
    // A lock that comes later makes what is laxer below void.
    expect(await set(branch.reseller, 'TENANT', tenant.id, { set: [{ kind, value: 50, lock: 'FIXED' }] })).toEqual([])
    expect(await effective(customer.admin, kind)).toMatchObject({ value: 50, overruled: [{ level: 'MAILBOX' }] })
  })

  test('nobody lifts a limit that somebody higher has locked on their own tenant', async () => {
    const { customer } = branch
    const kind = 'RECIPIENTS_PER_DAY'
    const change = { set: [{ kind, value: 10, lock: 'FIXED' }] }
    expect(await set(branch.reseller, 'TENANT', customer.tenant.id, change)).toEqual([])
    for (const attempt of [{ set: [{ kind, value: 1_000 }] }, { unset: [kind] }])
      expect(await set(customer.admin, 'TENANT', customer.tenant.id, attempt)).toEqual(['POLICY_LOCKED'])
    expect(await set(branch.reseller, 'TENANT', customer.tenant.id, { unset: [kind] })).toEqual([])
  })

  test('bad values change nothing, and an old version is refused', async () => {
    const { customer } = branch
    const { id } = customer.domain
    expect(await set(customer.admin, 'DOMAIN', id, { set: [{ kind: 'INBOUND_TLS', value: 'yes' }] })).toEqual([
      'INVALID_INPUT',
    ])
    expect(await set(customer.admin, 'DOMAIN', id, { set: [{ kind: 'TWO_FACTOR', value: true }] })).toEqual([
      'INVALID_INPUT',
    ])
    expect(await set(customer.admin, 'DOMAIN', id, { set: [{ kind: 'INBOUND_TLS', value: true }] })).toEqual([])
    expect(await set(customer.admin, 'DOMAIN', id, { version: 0, unset: ['INBOUND_TLS'] })).toEqual([
      'VERSION_CONFLICT',
    ])
  })
})

describe('what a change reaches', () => {
  test('is told before it is saved', async () => {
    const { customer } = branch
    const { admin } = customer
    const own = (await admin.must('createMailbox', {
      domainId: customer.domain.id,
      localPart: 'own-quota',
      name: 'Own',
      password: 'a long enough password',
      quotaBytes: 5_000,
    })) as Json
    expect(own.id).toBeDefined()
    const input = {
      target: 'TENANT',
      objectId: customer.tenant.id,
      version: versions.get(customer.tenant.id) ?? 0,
      set: [{ kind: 'MAILBOX_QUOTA', value: 1_000, lock: 'STRICTER' }],
    }
    const { data, errors } = await admin.send(
      `mutation ($input: SetPoliciesInput!) { previewPolicyChange(input: $input) { errors { code } preview {
         tenants domains mailboxes changedMailboxes examples { kind before after mailboxes } } } }`,
      { input },
    )
    expect(errors).toEqual([])
    expect(data.previewPolicyChange).toMatchObject({
      errors: [],
      preview: { tenants: 1, domains: 1, mailboxes: 2, changedMailboxes: 2 },
    })
    const { examples } = data.previewPolicyChange.preview
    expect(examples.map((one: Json) => [one.before, one.after]).sort()).toEqual([
      [null, 1_000],
      [5_000, 1_000],
    ])
  })

  test('ten thousand domains are one record a node', async () => {
    const { database } = application
    await database.query(
      `INSERT INTO domain (id, tenant_id, name, display_name, mail_node_id, proof, proven_at)
       SELECT gen_random_uuid(), $1, 'many-' || n || '.example', 'many-' || n || '.example', $2, 'WAIVED', now()
       FROM generate_series(1, 10000) AS n`,
      [branch.tenant.id, application.mailNodeId],
    )
    const counted = async () => {
      const [row] = await database.query<{ count: number }>(
        `SELECT (SELECT count(*) FROM change_log WHERE kind = 'Policy')::int
           + (SELECT count(*) FROM change_outbox WHERE kind = 'Policy')::int AS count`,
      )
      return row!.count
    }
    const before = await counted()
    const change = { set: [{ kind: 'OUTBOUND_TLS', value: true }] }
    expect(await set(branch.reseller, 'TENANT', branch.tenant.id, change)).toEqual([])
    expect(await counted()).toBe(before + 1)
  })
})

test('a forward that no node would follow is refused', async () => {
  const { customer } = branch
  const { admin, domain, forward } = customer
  versions.set(domain.id, versions.get(domain.id) ?? 0)
  expect(await set(admin, 'DOMAIN', domain.id, { set: [{ kind: 'FORWARDING', value: 'OWN_DOMAINS' }] })).toEqual([])
  const update = (targets: string[]) =>
    admin.refusal('updateForward', { id: forward.id, version: forward.version, targets })
  expect(await update(['x@elsewhere.test'])).toEqual(['POLICY_REFUSED'])
  expect(await update([`own-quota@${domain.name}`])).toEqual([])
})
