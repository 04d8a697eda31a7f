import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { whileUncommitted } from '../test-support/while-locked.js'
import { addAdministrator } from '../test-support/world.js'

let application: TestApplication
beforeAll(async () => {
  application = await startTestApplication()
})
afterAll(() => application?.stop())

const viewer = (client: ApiClient) =>
  client.query(`{ viewer { administrator { email } } }`).then((data) => data.viewer?.administrator.email ?? null)

let people = 0
async function somebody() {
  const name = `somebody-${++people}`
  const made = await addAdministrator(application, application.rootId, 'SUPPORT', name)
  return { ...made, other: new ApiClient(application.url) }
}

const attempts = () => application.database.query('DELETE FROM sign_in_attempt')

describe('sessions', () => {
  test('the cookie is HttpOnly, SameSite=Strict, and its secret is not in the database', async () => {
    const client = new ApiClient(application.url)
    const answer = await client.send(
      `mutation ($input: SignInInput!) { signIn(input: $input) { viewer { packedRules } } }`,
      { input: application.credentials },
    )
    const [cookie] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^mailfleet=[\w-]{43}; .*HttpOnly; SameSite=Strict$/)
    const secret = /=([\w-]+)/.exec(cookie!)![1]!
    const dump = JSON.stringify([
      await application.database.query(`SELECT *, encode(token_hash, 'escape') AS text FROM session`),
      await application.database.query('SELECT * FROM administrator'),
    ])
    expect(dump).not.toContain(secret)
    expect(dump).not.toContain(application.credentials.password)
  })

  test('signing in again makes a new session and ends the old one', async () => {
    const { client, credentials } = await somebody()
    const old = new ApiClient(application.url)
    old.cookie = client.cookie
    await client.signIn(credentials)
    expect(client.cookie).not.toBe(old.cookie)
    expect(await viewer(old)).toBeNull()
    expect(await viewer(client)).toBe(credentials.email)
  })

  test('signing out ends the session, not only the cookie', async () => {
    const { client, credentials } = await somebody()
    const kept = new ApiClient(application.url)
    kept.cookie = client.cookie
    expect(await viewer(kept)).toBe(credentials.email)
    await client.query(`mutation { signOut { errors { code } } }`)
    expect(client.cookie).toBeNull()
    expect(await viewer(kept)).toBeNull()
  })

  test.each([
    ['expired', `UPDATE session SET expires_at = now() - interval '1 second'`],
    ['unused for long', `UPDATE session SET last_seen_at = now() - interval '25 hours'`],
  ])('an %s session is none', async (_, change) => {
    const { client, administrator } = await somebody()
    await application.database.query(`${change} WHERE administrator_id = $1`, [administrator.id])
    expect(await viewer(client)).toBeNull()
    const { errors } = await client.send(`{ tenants { nodes { id } } }`)
    expect(errors[0]!.extensions.code).toBe('UNAUTHENTICATED')
  })

  test('that have expired are swept by whoever signs in', async () => {
    const { administrator } = await somebody()
    await application.database.query(
      `UPDATE session SET expires_at = now() - interval '1 s' WHERE administrator_id = $1`,
      [administrator.id],
    )
    await somebody()
    const left = await application.database.query('SELECT FROM session WHERE administrator_id = $1', [administrator.id])
    expect(left).toHaveLength(0)
  })

  test('a suspended administrator is signed out at once, and cannot sign in', async () => {
    const { client, administrator, credentials, other } = await somebody()
    await application.admin.must('suspendAdministrator', { id: administrator.id, version: administrator.version })
    expect(await viewer(client)).toBeNull()
    expect(await other.refusal('signIn', credentials)).toEqual(['INVALID_CREDENTIALS'])
  })
})

describe('passwords', () => {
  test('a sign-in that checked the old password just before it changed makes no session', async () => {
    const { administrator, credentials, other } = await somebody()
    const change = `UPDATE administrator SET password_hash = root.password_hash
      FROM administrator AS root WHERE administrator.id = $1 AND root.email = 'root@platform.example'`
    const refusal = await whileUncommitted(application.databaseUrl, [change, [administrator.id]], () =>
      other.refusal('signIn', credentials),
    )
    expect(refusal).toEqual(['INVALID_CREDENTIALS'])
    expect(await viewer(other)).toBeNull()
  })

  test('the own one takes the current one to change: neither a session nor a token will do', async () => {
    const { client, credentials } = await somebody()
    const { secret } = await client.mutate('createApiToken', { name: 'x' }, 'secret')
    const admin = new ApiClient(application.url)
    const { client: second } = await addAdministrator(application, application.rootId, 'PLATFORM_ADMIN', 'own-password')
    admin.token = (await second.mutate('createApiToken', { name: 'x' }, 'secret')).secret
    for (const own of [second, admin]) {
      const { administrator } = (await own.query('{ viewer { administrator { id version } } }')).viewer
      const payload = await own.mutate(
        'updateAdministrator',
        { ...administrator, password: newPassword() },
        '__typename',
      )
      expect(payload.errors).toMatchObject([{ code: 'FORBIDDEN', path: ['password'] }])
    }
    expect(await viewer(second)).not.toBeNull()
    // As everywhere else, a token stays when the password changes: it is a credential of its own.
    const change = { currentPassword: credentials.password, newPassword: newPassword() }
    expect(await client.refusal('changePassword', change)).toEqual([])
    const script = new ApiClient(application.url)
    script.token = secret
    expect(await viewer(script)).toBe(credentials.email)
  })

  test('a change ends all other sessions', async () => {
    const { client, credentials, other } = await somebody()
    await other.signIn(credentials)
    const next = newPassword()
    const change = { currentPassword: credentials.password, newPassword: next }
    expect(await client.refusal('changePassword', { ...change, currentPassword: 'wrong' })).toEqual([
      'INVALID_CREDENTIALS',
    ])
    expect(await viewer(other)).toBe(credentials.email)
    expect(await client.refusal('changePassword', { ...change, newPassword: 'short' })).toEqual(['INVALID_INPUT'])
    expect(await client.refusal('changePassword', change)).toEqual([])
    expect(await viewer(client)).toBe(credentials.email)
    expect(await viewer(other)).toBeNull()
    expect(await other.refusal('signIn', credentials)).toEqual(['INVALID_CREDENTIALS'])
    await other.signIn({ ...credentials, password: next })
  })

  test('a change by another administrator ends all sessions', async () => {
    const { client, administrator } = await somebody()
    const { id, version } = administrator
    await application.admin.must('updateAdministrator', { id, version, password: newPassword() })
    expect(await viewer(client)).toBeNull()
  })

  test('are argon2id, and wrong ones get one answer whoever it was', async () => {
    const rows = await application.database.query<{ password_hash: string }>('SELECT password_hash FROM administrator')
    for (const { password_hash } of rows) expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await attempts()
    const client = new ApiClient(application.url)
    const refused = (email: string) =>
      client.mutate('signIn', { email, password: 'wrong' }, 'viewer { packedRules }').then(({ errors }) => errors)
    const unknown = await refused('nobody@platform.example')
    expect(unknown).toEqual(await refused(application.credentials.email))
    expect(unknown[0].code).toBe('INVALID_CREDENTIALS')
    expect(unknown).toEqual(await refused('no address'))
  })
})

describe('tries', () => {
  test('many at once on one login are cut off, and the right password with them', async () => {
    await attempts()
    const { credentials } = await somebody()
    await attempts()
    const client = new ApiClient(application.url)
    const tries = await Promise.all(
      Array.from({ length: 30 }, () => client.refusal('signIn', { ...credentials, password: 'wrong' })),
    )
    expect(tries.filter(([code]) => code === 'INVALID_CREDENTIALS')).toHaveLength(10)
    const payload = await client.mutate('signIn', credentials, 'viewer { packedRules }')
    expect(payload.errors[0]).toMatchObject({ code: 'RATE_LIMITED', params: [{ name: 'retryAfter' }] })
    expect(Number(payload.errors[0].params[0].value)).toBeGreaterThan(0)
    await attempts()
    expect(await client.refusal('signIn', credentials)).toEqual([])
  })

  test('aliases in one request are tries too', async () => {
    await attempts()
    const client = new ApiClient(application.url)
    const one = `signIn(input: { email: "x@platform.example", password: "wrong" }) { errors { code } }`
    const { data } = await client.send(
      `mutation { ${Array.from({ length: 12 }, (_, index) => `try${index}: ${one}`).join(' ')} }`,
    )
    const codes = Object.values(data as Record<string, { errors: { code: string }[] }>).map(
      ({ errors }) => errors[0]!.code,
    )
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2)
  })

  test('one address over many logins is cut off', async () => {
    await attempts()
    const client = new ApiClient(application.url)
    const codes: string[] = []
    for (let batch = 0; batch < 6; batch++) {
      const tries = Array.from({ length: 10 }, (_, index) =>
        client.refusal('signIn', { email: `n${batch}-${index}@platform.example`, password: 'wrong' }),
      )
      codes.push(...(await Promise.all(tries)).flat())
    }
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(50)
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(10)
    await attempts()
  })
})

describe('API tokens', () => {
  const create = (client: ApiClient, input: object) =>
    client.mutate('createApiToken', input, 'secret apiToken { id name expiresAt lastUsedAt }')

  test('work as bearer, are shown once, hashed at rest, and end when deleted', async () => {
    const { client, credentials } = await somebody()
    const { secret, apiToken } = await create(client, { name: 'nightly' })
    const script = new ApiClient(application.url)
    script.token = secret
    expect(await viewer(script)).toBe(credentials.email)
    const { apiTokens } = await script.query(`{ apiTokens { totalCount nodes { id name lastUsedAt } } }`)
    expect(apiTokens).toEqual({
      totalCount: 1,
      nodes: [{ id: apiToken.id, name: 'nightly', lastUsedAt: expect.any(String) }],
    })
    const dump = JSON.stringify(
      await application.database.query(`SELECT *, encode(token_hash, 'escape') AS text FROM api_token`),
    )
    expect(dump).not.toContain(secret)
    await client.query(`mutation ($id: ID!) { deleteApiToken(id: $id) { deletedId } }`, { id: apiToken.id })
    expect(await viewer(script)).toBeNull()
  })

  test('expire', async () => {
    const { client } = await somebody()
    expect(await client.refusal('createApiToken', { name: 'x', expiresAt: '2020-01-01T00:00:00Z' })).toEqual([
      'INVALID_INPUT',
    ])
    const { secret, apiToken } = await create(client, { name: 'x', expiresAt: '2099-01-01T00:00:00Z' })
    const script = new ApiClient(application.url)
    script.token = secret
    expect(await viewer(script)).not.toBeNull()
    await application.database.query('UPDATE api_token SET expires_at = now() WHERE id = $1', [apiToken.id])
    expect(await viewer(script)).toBeNull()
  })

  test('a wrong one is not made up for by a cookie', async () => {
    const { client } = await somebody()
    client.token = 'mft_wrong'
    expect(await viewer(client)).toBeNull()
  })
})
