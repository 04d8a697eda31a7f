/** Groups in the API: their addresses, members, loops, and what a node hears. */
import { groupResource } from '@mailfleet/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEntries } from '../nodes/stream/entries.js'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'

let application: TestApplication
let admin: ApiClient
let domainId: string
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  const tenant = await admin.must('createTenant', { parentId: application.rootId, name: 'owner', kind: 'CUSTOMER' })
  domainId = (await admin.must('createDomain', { tenantId: tenant.id, name: 'bücher.example' })).id
})
afterAll(() => application?.stop())

const owners = ['boss@elsewhere.test']
const fields = 'id version address ownerAddress members owners posting posters effectiveStatus'
const create = (localPart: string, members: string[], input: object = {}): Promise<Json> =>
  admin.must('createGroup', { domainId, localPart, name: 'Group', members, owners, ...input }, fields)
const refused = (localPart: string, input: object = {}) =>
  admin.refusal('createGroup', { domainId, localPart, name: 'Group', members: [], owners, ...input })
const changesOf = async (id: string): Promise<number> => {
  await expect.poll(async () => (await application.database.query('SELECT FROM change_outbox')).length).toBe(0)
  return (await application.database.query(`SELECT FROM change_log WHERE kind = 'Group' AND resource_id = $1`, [id]))
    .length
}

test('has addresses in normal form, and reserves the one of its owners', async () => {
  const made = await create('Team', ['A@Bücher.example', 'a@xn--bcher-kva.example', 'b@c.test'])
  expect(made).toMatchObject({
    address: 'team@xn--bcher-kva.example',
    ownerAddress: 'team-owner@xn--bcher-kva.example',
    members: ['a@xn--bcher-kva.example', 'b@c.test'],
    posting: 'MEMBERS',
    effectiveStatus: 'ACTIVE',
  })
  expect(await admin.refusal('createAlias', { domainId, localPart: 'team-owner', targets: owners })).toEqual([
    'ALREADY_EXISTS',
  ])
  expect(await refused('TEAM')).toEqual(['ALREADY_EXISTS'])
  await admin.must('createAlias', { domainId, localPart: 'sales-owner', targets: owners })
  expect(await refused('sales')).toEqual(['ALREADY_EXISTS'])
  await admin.mutate('deleteGroup', { id: made.id, version: 1 }, 'deletedId')
  await create('team-owner', [])
})

test('its node gets it in the form of the contract, with one change for any number of members', async () => {
  const { id } = await create('wide', [])
  const before = await changesOf(id)
  const members = Array.from({ length: 1_000 }, (_, n) => `m${n}@c.test`)
  await admin.must('updateGroup', { id, version: 1, addMembers: members })
  expect(await changesOf(id)).toBe(before + 1)
  const key = { kind: 'Group' as const, id, revision: 1, version: 1 }
  const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
  expect(groupResource.parse(JSON.parse(entry!.resource!))).toMatchObject({ id, members, owners, posting: 'MEMBERS' })
  const update = (input: object) => admin.refusal('updateGroup', { id, version: 2, ...input })
  expect(await update({ addMembers: ['one@more.test'] })).toEqual(['INVALID_INPUT'])
  expect(await update({ addMembers: ['one@more.test'], removeMembers: ['m0@c.test'] })).toEqual([])
})

test('finds groups by member', async () => {
  const { id } = await create('found', ['needle@haystack.test'])
  const { groups } = await admin.query(`{ groups(filter: { search: "Needle@haystack.test" }) { nodes { id } } }`)
  expect(groups.nodes).toEqual([{ id }])
})

test.each([
  ['no owner', { owners: [] }],
  ['21 owners', { owners: Array.from({ length: 21 }, (_, n) => `o${n}@c.test`) }],
  ['1,001 members', { members: Array.from({ length: 1_001 }, (_, n) => `m${n}@c.test`) }],
  ['a member that is no address', { members: ['nonsense'] }],
  ['a poster that is no address', { posters: ['nonsense'] }],
  ['a name with a line end', { name: 'a\r\nBcc: b' }],
])('refuses %s', async (_, input) => expect(await refused('bad', input)).toEqual(['INVALID_INPUT']))

test('a local part must leave room for the owners', async () => {
  expect(await refused('x'.repeat(59))).toEqual(['INVALID_INPUT'])
  expect(await refused('x'.repeat(58))).toEqual([])
})

test('does not lead back to itself, over other groups and aliases', async () => {
  const at = (name: string) => `${name}@xn--bcher-kva.example`
  expect(await refused('self', { members: [at('self')] })).toEqual(['ADDRESS_LOOP'])
  expect(await refused('own', { owners: [at('own-owner')] })).toEqual(['ADDRESS_LOOP'])
  await create('outer', [at('middle')])
  await admin.must('createAlias', { domainId, localPart: 'middle', targets: [at('inner')] })
  expect(await refused('inner', { members: [at('outer')] })).toEqual(['ADDRESS_LOOP'])
  const inner = await create('inner', ['x@c.test'])
  const update = { id: inner.id, version: 1, addMembers: [at('outer')] }
  expect(await admin.refusal('updateGroup', update)).toEqual(['ADDRESS_LOOP'])
})

test('is suspended, resumed and deleted by version', async () => {
  const { id } = await create('life', [])
  expect(await admin.must('suspendGroup', { id, version: 1 }, 'status')).toEqual({ status: 'SUSPENDED' })
  expect(await admin.refusal('resumeGroup', { id, version: 1 })).toEqual(['VERSION_CONFLICT'])
  await admin.must('resumeGroup', { id, version: 2 })
  expect(await admin.refusal('deleteGroup', { id, version: 3 })).toEqual([])
})
