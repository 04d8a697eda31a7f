/** App passwords in the API: shown once, kept as a hash, with the salt of their mailbox, and told to its node. */
import { appPasswordResource, hashAppPassword, type ScramVerifier } from '@mailfleet/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEntries } from '../nodes/stream/entries.js'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { noteAppPasswordUse } from './note-use.js'

let application: TestApplication
let admin: ApiClient
let domainId: string
let mailbox: Json
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  const tenant = await admin.must('createTenant', { parentId: application.rootId, name: 'owner', kind: 'CUSTOMER' })
  domainId = (await admin.must('createDomain', { tenantId: tenant.id, name: 'owner.example' })).id
  const input = { domainId, localPart: 'm', name: 'M', password: newPassword() }
  mailbox = await admin.must('createMailbox', input)
})
afterAll(() => application?.stop())

const fields = 'secret appPassword { id version name protocols networks expiresAt lastUsedAt lastUsedFrom }'
const create = (input: object = {}): Promise<Json> =>
  admin.mutate('createAppPassword', { mailboxId: mailbox.id, name: 'Telephone', ...input }, fields)
const refused = (input: object): Promise<string[]> =>
  admin.refusal('createAppPassword', { mailboxId: mailbox.id, name: 'x', ...input })
async function atNode(kind: 'AppPassword' | 'Mailbox', id: string): Promise<Json> {
  const key = { kind, id, revision: 1, version: 1 }
  const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
  return entry!.resource && JSON.parse(entry!.resource)
}
const saltOf = ({ scram }: { scram: ScramVerifier }) => [scram.salt, scram.iterations]

test('is shown once; the node gets its hash, under the salt of the mailbox', async () => {
  const { secret, appPassword } = await create({ networks: ['192.0.2.7/24', '2001:db8::1'], protocols: ['IMAP'] })
  expect(secret).toMatch(/^[a-z2-7]{24}$/)
  expect(appPassword).toMatchObject({ protocols: ['IMAP'], networks: ['192.0.2.0/24', '2001:db8::1/128'] })
  const resource = appPasswordResource.parse(await atNode('AppPassword', appPassword.id))
  expect(resource).toMatchObject({ mailboxId: mailbox.id, secretHash: hashAppPassword(secret), expiresAt: null })
  expect(saltOf(resource as never)).toEqual(saltOf(await atNode('Mailbox', mailbox.id)))
  const rows = await application.database.query('SELECT * FROM app_password')
  const trail = await application.database.query('SELECT before, after FROM audit_entry')
  expect(JSON.stringify([rows, trail])).not.toContain(secret)
  expect(JSON.stringify(trail)).not.toContain(hashAppPassword(secret))
})

test('its salt stays when the mailbox gets another password', async () => {
  const before = saltOf(await atNode('Mailbox', mailbox.id))
  await admin.must('updateMailbox', { id: mailbox.id, version: 1, password: newPassword() })
  const after = await atNode('Mailbox', mailbox.id)
  expect(saltOf(after)).toEqual(before)
})

test('expires, at the moment that was given', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000)
  const { appPassword } = await create({ expiresAt })
  expect(await atNode('AppPassword', appPassword.id)).toMatchObject({ expiresAt: expiresAt.getTime() })
})

test.each([
  ['an end in the past', { expiresAt: new Date(0) }],
  ['no protocol', { protocols: [] }],
  ['what is no network', { networks: ['192.0.2.1/99'] }],
  ['21 networks', { networks: Array.from({ length: 21 }, (_, n) => `192.0.2.${n}`) }],
  ['an empty name', { name: ' ' }],
])('refuses %s', async (_, input) => expect(await refused(input)).toEqual(['INVALID_INPUT']))

test('has no place on a shared mailbox, and there are 50 at most', async () => {
  const shared = await admin.must('createMailbox', { domainId, localPart: 'shared', name: 'S', shared: true })
  expect(await refused({ mailboxId: shared.id })).toEqual(['INVALID_INPUT'])
  const full = await admin.must('createMailbox', { domainId, localPart: 'full', name: 'F', password: newPassword() })
  await application.database.query(
    `INSERT INTO app_password (id, mailbox_id, name, secret_hash, protocols, networks)
     SELECT gen_random_uuid(), $1, 'x', 'hash ' || n, '{IMAP}', '{}' FROM generate_series(1, 49) AS n`,
    [full.id],
  )
  expect((await Promise.all([refused({ mailboxId: full.id }), refused({ mailboxId: full.id })])).flat()).toEqual([
    'INVALID_INPUT',
  ])
})

test('its last use is what nodes tell of it, and only the node of its mailbox is believed', async () => {
  const { appPassword } = await create()
  const use = (mailNodeId: string, at: number) =>
    application.database.transaction((manager) =>
      noteAppPasswordUse(manager, mailNodeId, [
        { type: 'AUTHENTICATED', at, appPasswordId: appPassword.id, remoteIp: '192.0.2.1' },
        { type: 'AUTHENTICATED', at: at - 5_000, appPasswordId: appPassword.id, remoteIp: '192.0.2.2' },
      ]),
    )
  const seen = async () =>
    (await admin.query('query ($id: ID!) { appPassword(id: $id) { version lastUsedAt lastUsedFrom } }', appPassword))
      .appPassword
  const at = Date.now() - 60_000
  const other = await admin.must('createMailNode', { name: 'other', hostName: 'mx9.platform.example' })
  await use(other.id, at)
  expect(await seen()).toEqual({ version: 1, lastUsedAt: null, lastUsedFrom: null })
  await use(application.mailNodeId, at)
  await use(application.mailNodeId, at - 10_000)
  expect(await seen()).toEqual({ version: 1, lastUsedAt: new Date(at).toISOString(), lastUsedFrom: '192.0.2.1' })
})

test('its end, and that of its mailbox, are told', async () => {
  const box = await admin.must('createMailbox', { domainId, localPart: 'gone', name: 'G', password: newPassword() })
  const one = (await create({ mailboxId: box.id })).appPassword
  const two = (await create({ mailboxId: box.id })).appPassword
  const { nodes } = (
    await admin.query('query ($id: ID!) { appPasswords(filter: { mailboxId: $id }) { nodes { id } } }', box)
  ).appPasswords
  expect(nodes).toEqual([{ id: two.id }, { id: one.id }])
  expect(await admin.refusal('deleteAppPassword', { id: one.id, version: 1 })).toEqual([])
  expect(await atNode('AppPassword', one.id)).toBeNull()
  await admin.query(
    'mutation ($input: VersionedInput!) { deleteMailbox(input: $input, permanently: true) { deletedId errors { code } } }',
    { input: { id: box.id, version: box.version } },
  )
  const told = () =>
    application.database.query(`SELECT FROM change_log WHERE kind = 'AppPassword' AND resource_id = $1`, [two.id])
  await expect.poll(async () => (await told()).length).toBe(2)
})
