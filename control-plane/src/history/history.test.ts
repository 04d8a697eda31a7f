/** Who changed what and why, field by field; the state of any revision; and the way back. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import fc from 'fast-check'
import 'reflect-metadata'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let other: Branch

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'history')
  other = await makeBranch(application, 'beside')
})
afterAll(() => application?.stop())
beforeEach(() => settled())

const settled = () =>
  vi.waitFor(async () => expect(await application.database.query('SELECT FROM change_outbox LIMIT 1')).toEqual([]), {
    timeout: 15_000,
    interval: 5,
  })

const selection = `id number source reason operation actor { email } changeCount mailNodeIds
  changes { change type objectId label revertible fields { field before after secret } }`
const latest = async (client: ApiClient, filter: object = {}): Promise<Json> => {
  await settled()
  const query = `query ($filter: RevisionFilter) { revisions(first: 5, filter: $filter) { nodes { ${selection} } } }`
  return (await client.query(query, { filter })).revisions.nodes
}
const head = async (): Promise<number> => {
  await settled()
  const [row] = await application.database.query<{ revision: string }>('SELECT revision FROM change_head')
  return Number(row!.revision)
}
const revert = async (client: ApiClient, name: 'revertRevision' | 'revertTo', input: object): Promise<Json> =>
  client.mutate(name, input, 'reverted conflicts { type objectId field expected current }')
const stateOf = async (client: ApiClient, type: string, id: string, revision?: number): Promise<Json> => {
  const { configAt } = await client.query(
    `query ($revision: SafeInt, $filter: ConfigAtFilter) { configAt(revision: $revision, filter: $filter) { nodes { label exists values } } }`,
    { revision, filter: { type, objectId: id } },
  )
  return configAt.nodes[0] ?? null
}
const versionOf = async (table: string, id: string): Promise<number> => {
  const [row] = await application.database.query<{ version: number }>(`SELECT version FROM ${table} WHERE id = $1`, [
    id,
  ])
  return row!.version
}
const rename = async (name: string, client = branch.customer.admin): Promise<void> => {
  const { id } = branch.customer.mailbox
  await client.must('updateMailbox', { id, version: await versionOf('mailbox', id), name })
}

describe('a revision', () => {
  test('says who, why and what, and never a secret; others see nothing of it', async () => {
    const { admin, mailbox } = branch.customer
    const input = { id: mailbox.id, version: mailbox.version, name: 'Ngọc', password: newPassword() }
    const { errors } = await admin.send(
      'mutation ($input: UpdateMailboxInput!) { updateMailbox(input: $input) { errors { code } } }',
      { input },
      { 'mailfleet-reason': encodeURIComponent('Yêu cầu #42') },
    )
    expect(errors).toEqual([])
    const [revision] = await latest(admin)
    expect(revision).toMatchObject({
      number: await head(),
      source: 'ADMINISTRATOR',
      reason: 'Yêu cầu #42',
      operation: 'updateMailbox',
      actor: { email: 'history-customer-admin@people.example' },
      changeCount: 1,
      mailNodeIds: [],
      changes: [{ change: 'UPDATED', type: 'Mailbox', objectId: mailbox.id, revertible: true }],
    })
    const { fields } = revision.changes[0]
    expect(fields).toContainEqual({ field: 'name', before: 'Someone', after: 'Ngọc', secret: false })
    expect(fields).toContainEqual({ field: 'password_hash', before: null, after: null, secret: true })
    expect(JSON.stringify(revision)).not.toContain('argon2')
    expect((await latest(branch.reseller))[0].id).toBe(revision.id)
    expect((await latest(application.admin))[0].mailNodeIds).toEqual([application.mailNodeId])
    expect(JSON.stringify(await latest(other.reseller))).not.toContain(mailbox.id)
    expect((await other.reseller.query(`{ revision(id: "${revision.id}") { id } }`)).revision).toBeNull()
    expect((await admin.query(`{ revision(number: ${revision.number}) { id } }`)).revision.id).toBe(revision.id)
  })

  test('is found by object, domain, node, author, kind and time, page by page', async () => {
    const { admin, mailbox, domain, administrator } = branch.customer
    await rename('One')
    await rename('Two', application.admin)
    const count = async (filter: object, client = application.admin) => (await latest(client, filter)).length
    expect(await count({ objectId: mailbox.id, administratorId: administrator.id })).toBeGreaterThan(0)
    expect(await count({ domainId: domain.id, types: ['Mailbox'] })).toBeGreaterThan(1)
    expect(await count({ mailNodeId: application.mailNodeId })).toBe(5)
    expect(await count({ mailNodeId: application.mailNodeId }, admin)).toBe(0)
    expect(await count({ types: ['Mailbox'], until: new Date(0) })).toBe(0)
    expect(await count({ withinId: other.tenant.id, objectId: mailbox.id })).toBe(0)
    const page = async (after: string | null): Promise<Json> =>
      (
        await admin.query(
          'query ($after: String) { revisions(first: 2, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } } }',
          { after },
        )
      ).revisions
    const numbers: number[] = []
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo } = await page(after)
      numbers.push(...nodes.map((node: Json) => node.number))
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => b - a))
    expect(numbers.length).toBeGreaterThan(4)
  })

  test('is numbered although no node is concerned', async () => {
    const { tenant } = await makeEmptyTenant()
    await application.admin.mutate('setPolicies', limits(tenant.id, 0, 200_000), 'policies { version }')
    const [revision] = await latest(application.admin)
    expect(revision.changes[0]).toMatchObject({ type: 'Policy', change: 'CREATED' })
    expect(revision.changes[0].fields).toContainEqual({
      field: 'MESSAGE_SIZE',
      before: null,
      after: { value: 200_000 },
      secret: false,
    })
    expect(revision.number).toBe(await head())
  })
})

const makeEmptyTenant = async () => ({
  tenant: await application.admin.must('createTenant', {
    parentId: branch.tenant.id,
    name: newPassword(),
    kind: 'CUSTOMER',
  }),
})
const limits = (objectId: string, version: number, value: number | null) => ({
  target: 'TENANT',
  objectId,
  version,
  set: value === null ? [] : [{ kind: 'MESSAGE_SIZE', value }],
  unset: value === null ? ['MESSAGE_SIZE'] : [],
})

describe('the state of a revision', () => {
  test('is what was there, whatever came after it', async () => {
    const { admin, mailbox } = branch.customer
    const seen: { revision: number; name: string }[] = []
    for (const name of ['A', 'B', 'A', 'C']) {
      await rename(name)
      seen.push({ revision: await head(), name })
    }
    for (const { revision, name } of seen) {
      const state = await stateOf(admin, 'Mailbox', mailbox.id, revision)
      expect(state).toMatchObject({ exists: true, values: { name } })
      expect(Object.keys(state.values)).not.toContain('password_hash')
    }
    expect(await stateOf(other.reseller, 'Mailbox', mailbox.id)).toBeNull()
    expect(await stateOf(branch.customer.support, 'Mailbox', mailbox.id)).toBeNull()
  })

  test('knows what is gone, and not yet made; of a node all that it served, deleted since or not', async () => {
    const { admin, domain, tenant } = branch.customer
    const placed = await application.admin.must('createDomain', { tenantId: tenant.id, name: 'placed.example' })
    const before = await head()
    const input = { domainId: domain.id, localPart: 'gone', targets: ['a@elsewhere.test'] }
    const alias = await admin.must('createAlias', input)
    const during = await head()
    await admin.mutate('deleteAlias', alias, 'deletedId')
    await settled()
    expect(await stateOf(admin, 'Alias', alias.id, before)).toBeNull()
    expect(await stateOf(admin, 'Alias', alias.id, during)).toMatchObject({
      exists: false,
      values: { targets: input.targets },
    })
    expect(await stateOf(admin, 'Alias', alias.id)).toBeNull()
    const onNode = async (type: string, revision?: number): Promise<string[]> => {
      const { configAt } = await application.admin.query(
        `query ($revision: SafeInt, $filter: ConfigAtFilter) { configAt(revision: $revision, filter: $filter) { nodes { id } } }`,
        { revision, filter: { type, mailNodeId: application.mailNodeId } },
      )
      return configAt.nodes.map((node: Json) => node.id)
    }
    expect(await onNode('Alias', during)).toContain(alias.id)
    expect(await onNode('Alias')).not.toContain(alias.id)
    const node = await application.admin.must('createMailNode', { name: 'second', hostName: 'mx2.platform.example' })
    await application.admin.must('updateDomain', { ...placed, mailNodeId: node.id })
    await settled()
    expect(await onNode('Domain', during)).toContain(placed.id)
    expect(await onNode('Domain')).not.toContain(placed.id)
    expect(await onNode('Mailbox', during)).toContain(branch.customer.mailbox.id)
    for (const type of ['MailNode', 'Policy', 'Group', 'Forward']) await onNode(type, during)
    const refused = await admin.send('{ configAt(revision: 999999999, filter: { type: Alias }) { nodes { id } } }')
    expect(refused.errors[0]!.extensions.code).toBe('INVALID_INPUT')
  })

  test('of any row is the one that it had then', { timeout: 60_000 }, async () => {
    const { admin, domain } = branch.customer
    const change = fc.record({
      targets: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
      remove: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
        const made = { domainId: domain.id, localPart: newPassword().toLowerCase(), targets: ['z@elsewhere.test'] }
        let alias = await admin.must('createAlias', made, 'id version')
        const known: [number, string[] | null][] = [[await head(), made.targets]]
        for (const { targets: names, remove } of changes) {
          const targets = names.map((name) => `${name}@elsewhere.test`)
          if (remove) await admin.mutate('deleteAlias', alias, 'deletedId')
          else alias = await admin.must('updateAlias', { ...alias, targets })
          known.push([await head(), remove ? null : targets])
          if (remove) break
        }
        for (const [revision, targets] of known)
          expect((await stateOf(admin, 'Alias', alias.id, revision))?.values.targets ?? null).toEqual(targets)
      }),
      { numRuns: 6 },
    )
  })
})

describe('the way back', () => {
  test('is a new revision; what was changed again since is a conflict, until somebody says so', async () => {
    const { admin, mailbox } = branch.customer
    await rename('Before')
    await rename('Made')
    const [made] = await latest(admin, { objectId: mailbox.id })
    expect(await revert(admin, 'revertRevision', { id: made.id })).toEqual({ reverted: 1, conflicts: [], errors: [] })
    expect((await latest(admin))[0]).toMatchObject({ operation: 'revertRevision', source: 'ADMINISTRATOR' })
    expect((await stateOf(admin, 'Mailbox', mailbox.id)).values.name).toBe('Before')
    expect(await revert(admin, 'revertRevision', { id: made.id })).toMatchObject({ reverted: 0, errors: [] })
    await rename('Newer')
    const refused = await revert(admin, 'revertRevision', { id: made.id })
    expect(refused).toMatchObject({
      reverted: 0,
      errors: [{ code: 'REVERT_CONFLICT' }],
      conflicts: [{ type: 'Mailbox', objectId: mailbox.id, field: 'name', expected: 'Made', current: 'Newer' }],
    })
    expect((await stateOf(admin, 'Mailbox', mailbox.id)).values.name).toBe('Newer')
    expect(await revert(admin, 'revertRevision', { id: made.id, overwrite: true })).toMatchObject({ reverted: 1 })
    expect((await stateOf(admin, 'Mailbox', mailbox.id)).values.name).toBe('Before')
  })

  test('takes the rights of each change: support may not, a stranger finds nothing', async () => {
    await rename('Theirs')
    const [made] = await latest(branch.customer.admin)
    const input = { id: made.id, overwrite: true }
    expect(await branch.customer.support.refusal('revertRevision', input)).toEqual(['NOT_FOUND'])
    expect(await other.reseller.refusal('revertRevision', input)).toEqual(['NOT_FOUND'])
    const keys = [{ type: 'Mailbox', id: branch.customer.mailbox.id }]
    expect(await other.reseller.refusal('revertTo', { revision: made.number, keys })).toEqual(['NOT_FOUND'])
  })

  test('of policies goes kind by kind, also to where nothing was said', async () => {
    const { tenant } = await makeEmptyTenant()
    const set = (version: number, value: number | null) =>
      application.admin.mutate('setPolicies', limits(tenant.id, version, value), 'policies { version }')
    await set(0, 100_000)
    const [first] = await latest(application.admin)
    const policyId = first.changes[0].objectId
    await set(1, 200_000)
    const [second] = await latest(application.admin)
    const now = async () => (await stateOf(application.admin, 'Policy', policyId)).values.settings
    await revert(application.admin, 'revertRevision', { id: second.id })
    expect(await now()).toMatchObject({ MESSAGE_SIZE: { value: 100_000 } })
    await revert(application.admin, 'revertRevision', { id: first.id })
    expect(await now()).toEqual({})
    const keys = [{ type: 'Policy', id: policyId }]
    expect(await revert(application.admin, 'revertTo', { revision: second.number, keys })).toMatchObject({
      reverted: 1,
    })
    expect(await now()).toMatchObject({ MESSAGE_SIZE: { value: 200_000 } })
  })

  test('of settings, states, deletions and creations', async () => {
    const { admin, domain, mailbox } = branch.customer
    const undo = async (client: ApiClient) => revert(client, 'revertRevision', { id: (await latest(client))[0].id })
    const nodeId = application.mailNodeId
    const routes = [{ domain: '*', host: 'relay.example', port: 25, tls: 'REQUIRED' }]
    await application.admin.must('updateMailNode', {
      id: nodeId,
      version: await versionOf('mail_node', nodeId),
      maxQueueAge: 3_600,
      outboundRoutes: routes,
    })
    expect(await undo(application.admin)).toMatchObject({ reverted: 1, errors: [] })
    const { mailNode } = await application.admin.query(
      `{ mailNode(id: "${nodeId}") { maxQueueAge outboundRoutes { host } } }`,
    )
    expect(mailNode).toEqual({ maxQueueAge: 432_000, outboundRoutes: [] })
    const mine = { id: mailbox.id, version: await versionOf('mailbox', mailbox.id) }
    await admin.must('suspendMailbox', mine)
    expect(await undo(admin)).toMatchObject({ reverted: 1, errors: [] })
    expect((await stateOf(admin, 'Mailbox', mailbox.id)).values.status).toBe('ACTIVE')
    await admin.mutate(
      'deleteMailbox',
      { id: mailbox.id, version: await versionOf('mailbox', mailbox.id) },
      'deletedId',
    )
    expect(await undo(admin)).toMatchObject({ reverted: 1, errors: [] })
    expect((await stateOf(admin, 'Mailbox', mailbox.id)).values.deleted_at).toBeNull()
    const input = { domainId: domain.id, localPart: 'undone', targets: ['a@elsewhere.test'] }
    const alias = await admin.must('createAlias', input)
    const [created] = await latest(admin)
    await admin.mutate('deleteAlias', alias, 'deletedId')
    expect(await undo(admin)).toMatchObject({ reverted: 1, errors: [] })
    const [again] = await latest(admin)
    expect(again.changes[0]).toMatchObject({ change: 'CREATED', label: `undone@${domain.name}` })
    expect(await revert(admin, 'revertRevision', { id: again.id })).toMatchObject({ reverted: 1 })
    expect(await revert(admin, 'revertRevision', { id: created.id })).toMatchObject({ reverted: 0 })
  })
})
