/** Domains that stand for another: who may, what they refuse, and that nodes are told. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../test-support/api-client.js'
import { destroyDomain } from '../test-support/purge.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'

let application: TestApplication
let admin: ApiClient
let tenantId: string
let count = 0
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  tenantId = (await admin.must('createTenant', { parentId: application.rootId, name: 'owner', kind: 'CUSTOMER' })).id
})
afterAll(() => application?.stop())

const create = (input: object = {}) =>
  admin.must('createDomain', { tenantId, name: `d${count++}.example`, ...input }, 'id version name aliasOf { id }')
const mailbox = (domainId: string) =>
  admin.must('createMailbox', { domainId, localPart: 'm', name: 'M', password: newPassword() })
const told = (id: string) =>
  application.database.query('SELECT kind, mail_node_id FROM change_log WHERE resource_id = $1 ORDER BY revision', [id])

test('stands for a domain of its tenant, is counted as one, and a node is told', async () => {
  const main = await create()
  const other = await create({ aliasOfId: main.id, name: `bücher${count++}.example` })
  expect(other.aliasOf).toEqual({ id: main.id })
  await expect.poll(() => told(other.id)).toEqual([{ kind: 'Domain', mail_node_id: application.mailNodeId }])
  const { domains } = await admin.query(
    'query ($id: ID!) { domains(filter: { aliasOfId: $id }) { nodes { id } } }',
    main,
  )
  expect(domains.nodes).toEqual([{ id: other.id }])
  const free = await admin.must('updateDomain', { id: other.id, version: 1, aliasOfId: null }, 'version aliasOf { id }')
  expect(free).toEqual({ version: 2, aliasOf: null })
  await mailbox(other.id)
  expect(await admin.refusal('updateDomain', { id: other.id, version: 2, aliasOfId: main.id })).toEqual(['NOT_EMPTY'])
})

test('has nothing of its own, and makes no chains', async () => {
  const main = await create()
  const other = await create({ aliasOfId: main.id })
  const third = await create()
  const address = { domainId: other.id, localPart: 'x' }
  expect(await admin.refusal('createMailbox', { ...address, name: 'X', password: newPassword() })).toEqual([
    'ALIAS_DOMAIN',
  ])
  expect(await admin.refusal('createAlias', { ...address, targets: ['a@b.test'] })).toEqual(['ALIAS_DOMAIN'])
  const update = (id: string, input: object) => admin.refusal('updateDomain', { id, version: 1, ...input })
  expect(await update(other.id, { catchAll: 'a@b.test' })).toEqual(['ALIAS_DOMAIN'])
  expect(await update(other.id, { mailNodeId: application.mailNodeId })).toEqual(['ALIAS_DOMAIN'])
  expect(await update(third.id, { aliasOfId: other.id })).toEqual(['ALIAS_DOMAIN'])
  expect(await update(main.id, { aliasOfId: third.id })).toEqual(['ALIAS_DOMAIN'])
  expect(await update(third.id, { aliasOfId: third.id })).toEqual(['ALIAS_DOMAIN'])
  expect(await update(third.id, { aliasOfId: main.id })).toEqual([])
})

test('two that would stand for each other at the same moment: one does', async () => {
  for (let round = 0; round < 5; round++) {
    const [one, two] = [await create(), await create()]
    const outcomes = await Promise.all([
      admin.refusal('updateDomain', { id: one.id, version: 1, aliasOfId: two.id }),
      admin.refusal('updateDomain', { id: two.id, version: 1, aliasOfId: one.id }),
    ])
    expect(outcomes.flat()).toEqual(['ALIAS_DOMAIN'])
  }
})

test('not for a domain of another tenant, even for whoever may see both', async () => {
  const stranger = await admin.must('createTenant', { parentId: application.rootId, name: 'other', kind: 'CUSTOMER' })
  const theirs = await create({ tenantId: stranger.id })
  const input = { tenantId, name: `d${count++}.example`, aliasOfId: theirs.id }
  expect(await admin.refusal('createDomain', input)).toEqual(['INVALID_INPUT'])
})

test('an alias that leads through it to itself is a loop', async () => {
  const main = await create()
  const other = await create({ aliasOfId: main.id })
  const loop = { domainId: main.id, localPart: 'round', targets: [`round@${other.name}`] }
  expect(await admin.refusal('createAlias', loop)).toEqual(['ADDRESS_LOOP'])
})

test('goes on by itself when the domain that it stood for is purged', async () => {
  const main = await create()
  const other = await create({ aliasOfId: main.id })
  await destroyDomain(application, { id: main.id, version: 1 })
  const { domain } = await admin.query('query ($id: ID!) { domain(id: $id) { aliasOf { id } } }', other)
  expect(domain.aliasOf).toBeNull()
  await expect.poll(async () => (await told(other.id)).length).toBe(2)
})

test('goes to another node with its domain', async () => {
  const main = await create()
  const other = await create({ aliasOfId: main.id })
  const node = await admin.must('createMailNode', { name: 'second', hostName: 'mx2.platform.example' })
  await admin.must('updateDomain', { id: main.id, version: 1, mailNodeId: node.id })
  const { domain } = await admin.query('query ($id: ID!) { domain(id: $id) { mailNode { id } } }', other)
  expect(domain.mailNode.id).toBe(node.id)
  await expect.poll(async () => (await told(other.id)).map((row) => row.mail_node_id)).toContain(node.id)
})
