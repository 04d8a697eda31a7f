/** Shared mailboxes and their members in the API, and what a node hears of them. */
import { mailboxResource } from '@mailfleet/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEntries } from '../nodes/stream/entries.js'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'

let application: TestApplication
let admin: ApiClient
let tenantId: string
let domainId: string
let count = 0
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  tenantId = (await admin.must('createTenant', { parentId: application.rootId, name: 'owner', kind: 'CUSTOMER' })).id
  domainId = (await admin.must('createDomain', { tenantId, name: 'owner.example' })).id
})
afterAll(() => application?.stop())

const mailbox = (input: object = { password: newPassword() }): Promise<Json> =>
  admin.must('createMailbox', { domainId, localPart: `m${count++}`, name: 'M', ...input }, 'id version shared')
const fields = 'mailbox { version members { rights sending member { id } } }'
const update = (input: object): Promise<Json> => admin.mutate('updateMailboxMembers', input, fields)
const refused = (input: object): Promise<string[]> => admin.refusal('updateMailboxMembers', input)
async function atNode(id: string): Promise<Json> {
  const key = { kind: 'Mailbox' as const, id, revision: 1, version: 1 }
  const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
  return mailboxResource.parse(JSON.parse(entry!.resource!))
}

test('a shared mailbox has no password, and members with rights that its node gets', async () => {
  const shared = await mailbox({ shared: true })
  const [ann, bob] = [await mailbox(), await mailbox()]
  expect([shared.shared, ann.shared]).toEqual([true, false])
  const set = [
    { memberId: ann.id, access: 'EDIT', sending: 'AS' },
    { memberId: bob.id, rights: 'srl', sending: 'ON_BEHALF' },
  ]
  const { mailbox: seen } = await update({ id: shared.id, version: 1, set })
  expect(seen.version).toBe(2)
  expect(seen.members).toEqual(
    expect.arrayContaining([
      { rights: 'lrswite', sending: 'AS', member: { id: ann.id } },
      { rights: 'lrs', sending: 'ON_BEHALF', member: { id: bob.id } },
    ]),
  )
  expect(await atNode(shared.id)).toMatchObject({
    passwordHash: '',
    members: expect.arrayContaining([{ mailboxId: ann.id, rights: 'lrswite', sending: 'AS' }]),
  })
  const changed = await update({
    id: shared.id,
    version: 2,
    set: [{ memberId: ann.id, access: 'READ' }],
    remove: [bob.id],
  })
  expect(changed.mailbox.members).toEqual([{ rights: 'lr', sending: null, member: { id: ann.id } }])
  expect(await refused({ id: shared.id, version: 2, remove: [ann.id] })).toEqual(['VERSION_CONFLICT'])
})

test('the end of a member is told of the mailbox that loses it', async () => {
  const [shared, ann] = [await mailbox({ shared: true }), await mailbox()]
  await update({ id: shared.id, version: 1, set: [{ memberId: ann.id, access: 'FULL' }] })
  const told = async () => {
    await expect.poll(async () => (await application.database.query('SELECT FROM change_outbox')).length).toBe(0)
    return (await application.database.query('SELECT FROM change_log WHERE resource_id = $1', [shared.id])).length
  }
  const before = await told()
  await admin.query(
    'mutation ($input: VersionedInput!) { deleteMailbox(input: $input, permanently: true) { deletedId errors { code } } }',
    { input: { id: ann.id, version: 1 } },
  )
  expect(await told()).toBe(before + 1)
  expect((await atNode(shared.id)).members).toEqual([])
})

test('members are of the same tenant and node, and sign in', async () => {
  const shared = await mailbox({ shared: true })
  const other = await admin.must('createTenant', { parentId: application.rootId, name: 'other', kind: 'CUSTOMER' })
  const theirs = await admin.must('createDomain', { tenantId: other.id, name: 'other.example' })
  const node = await admin.must('createMailNode', { name: 'far', hostName: 'mx3.platform.example' })
  const far = await admin.must('createDomain', { tenantId, name: 'far.example', mailNodeId: node.id })
  for (const bad of [
    shared,
    await mailbox({ shared: true }),
    await mailbox({ domainId: theirs.id, password: newPassword() }),
    await mailbox({ domainId: far.id, password: newPassword() }),
  ]) {
    const set = [{ memberId: bad.id, access: 'READ' }]
    expect(await refused({ id: shared.id, version: 1, set })).toEqual(['INVALID_INPUT'])
  }
})

test.each([
  ['neither access nor rights', {}],
  ['both', { access: 'READ', rights: 'lr' }],
  ['an unknown right', { rights: 'lq' }],
  ['no right', { rights: '' }],
])('refuses %s', async (_, member) => {
  const [shared, ann] = [await mailbox({ shared: true }), await mailbox()]
  expect(await refused({ id: shared.id, version: 1, set: [{ memberId: ann.id, ...member }] })).toEqual([
    'INVALID_INPUT',
  ])
})

test('a password is for mailboxes that are not shared, and they need one', async () => {
  const create = (input: object) =>
    admin.refusal('createMailbox', { domainId, localPart: `m${count++}`, name: 'M', ...input })
  expect(await create({})).toEqual(['INVALID_INPUT'])
  expect(await create({ shared: true, password: newPassword() })).toEqual(['INVALID_INPUT'])
  const shared = await mailbox({ shared: true })
  expect(await admin.refusal('updateMailbox', { id: shared.id, version: 1, password: newPassword() })).toEqual([
    'INVALID_INPUT',
  ])
})
