import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { ApiClient } from '../test-support/api-client.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let admin: ApiClient
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  branch = await makeBranch(application, 'branch')
})
afterAll(() => application?.stop())

const password = 'a long enough password'
const input = (change: object = {}) => ({
  tenantId: branch.tenant.id,
  email: 'new@people.example',
  name: 'New',
  role: 'SUPPORT',
  password,
  ...change,
})

describe('creating', () => {
  test.each([
    ['no address', { email: 'nonsense' }, 'INVALID_INPUT'],
    ['a short password', { password: 'eleven chars'.slice(0, 11) }, 'INVALID_INPUT'],
    ['a role that the tenant has no use for', { role: 'PLATFORM_ADMIN' }, 'INVALID_INPUT'],
    ['a customer admin of a reseller', { role: 'CUSTOMER_ADMIN' }, 'INVALID_INPUT'],
    ['a known address in another case', { email: 'BRANCH-reseller@PEOPLE.example' }, 'ALREADY_EXISTS'],
    ['a tenant that is none', { tenantId: 'none' }, 'NOT_FOUND'],
  ])('%s is refused', async (_, change, code) => {
    expect(await admin.refusal('createAdministrator', input(change))).toEqual([code])
  })

  test('a reseller makes administrators of its own and of its customers', async () => {
    const own = await branch.reseller.must(
      'createAdministrator',
      input({ email: 'own@people.example', role: 'RESELLER' }),
      'role email tenant { name } lastSignInAt',
    )
    expect(own).toEqual({
      role: 'RESELLER',
      email: 'own@people.example',
      tenant: { name: 'branch' },
      lastSignInAt: null,
    })
    const customers = input({
      tenantId: branch.customer.tenant.id,
      email: 'theirs@people.example',
      role: 'CUSTOMER_ADMIN',
    })
    expect(await branch.reseller.refusal('createAdministrator', customers)).toEqual([])
  })
})

describe('lists', () => {
  test('are narrowed, filtered and searched', async () => {
    const list = async (client: ApiClient, filter: object) =>
      (
        await client.query(`query ($f: AdministratorFilter) { administrators(filter: $f) { nodes { email } } }`, {
          f: filter,
        })
      ).administrators.nodes.map((node: { email: string }) => node.email)
    expect(await list(branch.customer.admin, {})).toEqual(
      expect.arrayContaining(['branch-customer-admin@people.example']),
    )
    expect(await list(branch.customer.admin, { search: 'reseller' })).toEqual([])
    expect(await list(admin, { role: 'RESELLER', search: 'BRANCH-R' })).toEqual(['branch-reseller@people.example'])
    expect(await list(admin, { withinId: branch.customer.tenant.id, role: 'SUPPORT' })).toEqual([
      'branch-customer-support@people.example',
    ])
  })
})

describe('the last one', () => {
  const me = async () => (await admin.query(`{ viewer { administrator { id version } } }`)).viewer.administrator

  test('does not suspend, demote or delete oneself', async () => {
    const { id, version } = await me()
    expect(await admin.refusal('suspendAdministrator', { id, version })).toEqual(['LAST_ADMINISTRATOR'])
    expect(await admin.refusal('deleteAdministrator', { id, version })).toEqual(['LAST_ADMINISTRATOR'])
    expect(await admin.refusal('updateAdministrator', { id, version, role: 'SUPPORT' })).toEqual(['LAST_ADMINISTRATOR'])
    expect(await branch.reseller.refusal('suspendAdministrator', branch.administrator)).toEqual(['INVALID_REQUEST'])
  })

  test('two platform administrators who remove each other at the same moment leave one', async () => {
    const second = await addAdministrator(application, application.rootId, 'PLATFORM_ADMIN', 'second')
    const first = await me()
    const outcomes = await Promise.all([
      admin.refusal('suspendAdministrator', { id: second.administrator.id, version: 1 }),
      second.client.refusal('suspendAdministrator', { id: first.id, version: first.version }),
    ])
    const [row] = await application.database.query<{ active: number }>(
      `SELECT count(*)::integer AS active FROM administrator WHERE role = 'PLATFORM_ADMIN' AND status = 'ACTIVE'`,
    )
    expect(row!.active).toBe(1)
    expect(outcomes.filter((codes) => codes.length === 0)).toHaveLength(1)
    await application.database.query(`UPDATE administrator SET status = 'ACTIVE' WHERE role = 'PLATFORM_ADMIN'`)
    await admin.signIn(application.credentials)
  })
})

test('a change of role takes effect at once', async () => {
  const made = await addAdministrator(application, branch.tenant.id, 'RESELLER', 'changing')
  const mayCreate = () =>
    made.client.refusal('createTenant', { parentId: branch.tenant.id, name: `t${Math.random()}`, kind: 'CUSTOMER' })
  expect(await mayCreate()).toEqual([])
  await admin.must('updateAdministrator', { id: made.administrator.id, version: 1, role: 'SUPPORT' })
  expect(await mayCreate()).toEqual(['FORBIDDEN'])
})

test('deleting ends all that the administrator had', async () => {
  const made = await addAdministrator(application, branch.tenant.id, 'SUPPORT', 'deleted')
  const { secret } = await made.client.mutate('createApiToken', { name: 'x' }, 'secret')
  expect(await branch.reseller.refusal('deleteAdministrator', { id: made.administrator.id, version: 1 })).toEqual([])
  const script = new ApiClient(application.url)
  script.token = secret
  for (const client of [made.client, script])
    expect((await client.query(`{ viewer { packedRules } }`)).viewer).toBeNull()
})
