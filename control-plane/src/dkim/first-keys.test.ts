import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeFirstKeys } from './first-keys.js'

let application: TestApplication
let tenantId: string
beforeAll(async () => {
  application = await startTestApplication()
  const { admin, rootId, database } = application
  tenantId = (await admin.must('createTenant', { parentId: rootId, name: 'owner', kind: 'CUSTOMER' })).id
  await database.query('DELETE FROM dkim_first_keys')
})
afterAll(() => application?.stop())

const create = (name: string, input: object = {}): Promise<Json> =>
  application.admin.must('createDomain', { tenantId, name, ...input }, 'id version')
const step = (): Promise<boolean> => makeFirstKeys(application)
const recordsOf = async (id: string): Promise<Json> =>
  (
    await application.admin.query(
      `query ($id: ID!) { domain(id: $id) { dkimKeys { algorithm state } dnsRecords { purpose name } } }`,
      { id },
    )
  ).domain

test('a proven domain gets its keys once, and their records are among those to publish', async () => {
  const { id } = await create('proven.example')
  expect(await Promise.all([step(), step()])).toContain(true)
  expect(await step()).toBe(false)
  const { dkimKeys, dnsRecords } = await recordsOf(id)
  expect(dkimKeys.sort((a: Json, b: Json) => (a.algorithm < b.algorithm ? -1 : 1))).toEqual([
    { algorithm: 'ED25519_SHA256', state: 'PUBLISHED' },
    { algorithm: 'RSA_SHA256', state: 'PUBLISHED' },
  ])
  const names = dnsRecords.filter(({ purpose }: Json) => purpose === 'DKIM').map(({ name }: Json) => name)
  expect(names).toEqual([
    expect.stringMatching(/^\d{8}-ed25519\._domainkey\.proven\.example$/),
    expect.stringMatching(/^\d{8}-rsa\._domainkey\.proven\.example$/),
  ])
})

test('a claim has none until it is proven', async () => {
  const { id, version } = await create('claimed.example', { ownership: 'PROVE' })
  expect(await step()).toBe(false)
  expect(await application.admin.refusal('waiveDomainOwnership', { id, version })).toEqual([])
  expect(await step()).toBe(true)
  expect((await recordsOf(id)).dkimKeys).toHaveLength(2)
})

test('who was first with a key of their own gets no others', async () => {
  const { id } = await create('own.example')
  await application.admin.mutate('createDkimKey', { domainId: id, algorithm: 'ED25519_SHA256' }, 'dkimKey { id }')
  expect(await step()).toBe(true)
  expect((await recordsOf(id)).dkimKeys).toHaveLength(1)
  expect(await step()).toBe(false)
})

test('what a replica that died had taken, another makes', async () => {
  const { id } = await create('taken.example')
  const due = (interval: string) =>
    application.database.query(`UPDATE dkim_first_keys SET due_at = now() + $1::interval`, [interval])
  await due('1 minute')
  expect(await step()).toBe(false)
  await due('-1 second')
  expect(await step()).toBe(true)
  expect((await recordsOf(id)).dkimKeys).toHaveLength(2)
})
