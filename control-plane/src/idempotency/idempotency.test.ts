/** Requests that are sent again: they take effect once, whoever else sends them at the same moment. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'keys')
})
afterAll(() => application?.stop())

const create = `mutation ($input: CreateTenantInput!) { createTenant(input: $input) { tenant { id name createdAt } errors { code } } }`
const inputOf = (name: string) => ({ input: { parentId: application.rootId, name, kind: 'CUSTOMER' } })
const send = (key: string, query: string, variables: object, client = application.admin) =>
  client.send(query, variables, { 'idempotency-key': key })
const tenantsNamed = async (search: string): Promise<number> =>
  (
    await application.admin.query(`query ($search: String) { tenants(filter: { search: $search }) { totalCount } }`, {
      search,
    })
  ).tenants.totalCount

test('of 20 at the same moment one takes effect, and all get its answer', async () => {
  const key = randomUUID()
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(key, create, inputOf('once'))))
  expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1)
  expect(answers[0]!.data.createTenant).toMatchObject({ tenant: { name: 'once' }, errors: [] })
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1)
  expect(await tenantsNamed('once')).toBe(1)
})

test('with another request the key is refused, and that request does nothing', async () => {
  const key = randomUUID()
  await send(key, create, inputOf('first body'))
  const { status, errors } = await send(key, create, inputOf('second body'))
  expect(status).toBe(409)
  expect(errors.map((error) => error.extensions.code)).toEqual(['IDEMPOTENCY_KEY_REUSED'])
  expect(await tenantsNamed('second body')).toBe(0)
})

test('the order of the keys of an object means nothing', async () => {
  const key = randomUUID()
  const first = await send(key, create, inputOf('ordered'))
  const { input } = inputOf('ordered')
  const again = await send(key, create, { input: Object.fromEntries(Object.entries(input).reverse()) })
  expect(again.data).toEqual(first.data)
})

test('is the key of one administrator alone', async () => {
  const key = randomUUID()
  const input = { parentId: branch.tenant.id, kind: 'CUSTOMER' }
  const mine = await send(key, create, { input: { ...input, name: 'of the root' } })
  const theirs = await send(key, create, { input: { ...input, name: 'of the reseller' } }, branch.reseller)
  expect(mine.data.createTenant.tenant.name).toBe('of the root')
  expect(theirs.data.createTenant.tenant.name).toBe('of the reseller')
})

test('what failed may be tried again under its key', async () => {
  const key = randomUUID()
  const name = 'taken and freed'
  const { id } = await application.admin.must('createTenant', inputOf(name).input)
  expect((await send(key, create, inputOf(name))).data.createTenant.errors).toEqual([{ code: 'ALREADY_EXISTS' }])
  await application.admin.must('updateTenant', { id, version: 1, name: 'freed' })
  expect((await send(key, create, inputOf(name))).data.createTenant.errors).toEqual([])
})

test('an operation that breaks in its midst takes back what it did', async () => {
  const key = randomUUID()
  const both = `mutation ($input: CreateTenantInput!, $name: String!) {
    createTenant(input: $input) { tenant { id } errors { code } }
    createApiToken(input: { name: $name }) { secret errors { code } } }`
  await application.database.query('ALTER TABLE api_token RENAME TO api_token_away')
  try {
    const { data, errors } = await send(key, both, { ...inputOf('half'), name: 'x' })
    expect(data).toBeNull()
    expect(errors.map((error) => error.extensions.code)).toEqual(['INTERNAL'])
  } finally {
    await application.database.query('ALTER TABLE api_token_away RENAME TO api_token')
  }
  expect(await tenantsNamed('half')).toBe(0)
  expect((await send(key, both, { ...inputOf('half'), name: 'x' })).data.createTenant.errors).toEqual([])
})

test('more at once than there are connections do not wait for each other', async () => {
  const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }'
  const tries = Array.from({ length: 8 }, () => ({ currentPassword: randomUUID(), newPassword: randomUUID() }))
  const answers = await Promise.all(tries.map((input) => send(randomUUID(), change, { input })))
  const codes = answers.map(({ data }) => data?.changePassword.errors.map(({ code }: { code: string }) => code))
  expect(codes).toEqual(tries.map(() => ['INVALID_CREDENTIALS']))
})

describe('signing in', () => {
  const signIn = `mutation ($input: SignInInput!) { signIn(input: $input) { viewer { administrator { id } } errors { code } } }`

  test('is nothing that a key repeats: each answer has its own session, and none is taken back', async () => {
    const client = new ApiClient(application.url)
    await client.signIn(application.credentials)
    const key = randomUUID()
    const again = async () => {
      const { data, headers } = await client.send(
        signIn,
        { input: application.credentials },
        { 'idempotency-key': key },
      )
      expect(data.signIn.errors).toEqual([])
      expect(headers.get('idempotent-replayed')).toBeNull()
      expect(await client.query('{ viewer { administrator { email } } }')).toEqual({
        viewer: { administrator: { email: application.credentials.email } },
      })
      return client.cookie
    }
    expect(await again()).not.toBe(await again())
  })

  test('does not come in one request with what a key covers', async () => {
    const both = `mutation ($input: SignInInput!, $tenant: CreateTenantInput!) {
      ...In createTenant(input: $tenant) { errors { code } }
    } fragment In on Mutation { signIn(input: $input) { errors { code } } }`
    const variables = { input: application.credentials, tenant: inputOf('beside').input }
    const { status, errors } = await send(randomUUID(), both, variables)
    expect(status).toBe(400)
    expect(errors.map((error) => error.extensions.code)).toEqual(['INVALID_REQUEST'])
    expect(await tenantsNamed('beside')).toBe(0)
  })
})

test('a secret that is shown once is in no table', async () => {
  const key = randomUUID()
  const token = `mutation { createApiToken(input: { name: "sealed" }) { secret errors { code } } }`
  const { secret } = (await send(key, token, {})).data.createApiToken
  expect((await send(key, token, {})).data.createApiToken.secret).toBe(secret)
  const rows = await application.database.query(
    `SELECT encode(sealed_answer, 'escape') AS sealed, encode(key_hash, 'escape') AS key FROM idempotency_key`,
  )
  expect(JSON.stringify(rows)).not.toContain(secret)
  expect(JSON.stringify(rows)).not.toContain(key)
})

test.each([['short'], ['with space in it 0123456789'], ['ü'.repeat(20)], ['x'.repeat(201)]])(
  'refuses the key %j',
  async (key) => {
    const { status, errors } = await send(
      encodeURIComponent(key) === key ? key : Buffer.from(key).toString('latin1'),
      create,
      inputOf('never'),
    )
    expect(status).toBe(400)
    expect(errors.map((error) => error.extensions.code)).toEqual(['INVALID_REQUEST'])
    expect(await tenantsNamed('never')).toBe(0)
  },
)
