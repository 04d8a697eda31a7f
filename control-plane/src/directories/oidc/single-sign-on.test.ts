/** Single sign-on against a real issuer, and against what an issuer or somebody between must not get away with. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient, type Json } from '../../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../../test-support/world.js'
import { startIssuer, visit, type Issuer } from '../test-support/oidc-issuer.js'

let application: TestApplication
let branch: Branch
let issuer: Issuer & { begin?: () => void }
let source: Json
const redirectUris: string[] = []

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'sso')
  issuer = await startIssuer(() => (redirectUris.length > 0 ? redirectUris : ['http://127.0.0.1/none']), newPassword())
  source = await makeSource({
    name: 'Staff',
    emailDomains: ['sso-customer.example'],
    defaultRole: 'SUPPORT',
    createsAdministrators: true,
    roleMapping: [{ group: 'Postmasters', role: 'CUSTOMER_ADMIN' }],
  })
})
afterAll(async () => {
  await issuer?.stop()
  await application?.stop()
})
afterEach(() => {
  issuer.intercept = null
  issuer.context = {}
})

async function makeSource(more: object, client = branch.customer.admin): Promise<Json> {
  const { url, clientId, clientSecret } = issuer
  const oidc = { issuer: url, clientId, clientSecret, groupsClaim: 'groups', trustedAcr: ['urn:two'] }
  const made = await client.must(
    'createIdentitySource',
    { tenantId: branch.customer.tenant.id, kind: 'OIDC', oidc, ...more },
    'id version',
  )
  redirectUris.push(`${application.url}/sign-in/organisation/${made.id}`)
  issuer.begin!()
  return made
}

const isBack = (url: string) => url.startsWith(application.url)
const newSubject = (person: object): string => {
  const subject = randomUUID()
  issuer.people.set(subject, person)
  return subject
}

async function call(client: ApiClient, name: string, input: object, selection: string): Promise<Json> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
  const { data, errors } = await client.send(
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} errors { code path } } }`,
    { input },
    { origin: application.url },
  )
  expect(errors).toEqual([])
  return data[name]
}
const begin = async (client: ApiClient, input: object = { identitySourceId: source.id }): Promise<Json> =>
  call(client, 'beginSingleSignOn', input, 'authorizationUrl')
const finish = (client: ApiClient, url: string): Promise<Json> =>
  call(
    client,
    'finishSingleSignOn',
    { url },
    'viewer { administrator { id email name role } } secondFactor { methods }',
  )

async function signIn(subject: string, client = new ApiClient(application.url), input?: object) {
  const { authorizationUrl } = await begin(client, input)
  const url = await visit(authorizationUrl, subject, isBack)
  return { client, url, ...(await finish(client, url)) }
}
const codes = ({ errors }: Json): string[] => errors.map(({ code }: Json) => code)

describe('who comes in', () => {
  test('is made an administrator with the role of their group, and known again by their subject alone', async () => {
    const subject = newSubject({
      email: 'New@SSO-customer.example',
      email_verified: true,
      name: 'New One',
      groups: ['postmasters'],
    })
    const first = await signIn(subject)
    expect(first.errors).toEqual([])
    expect(first.viewer.administrator).toMatchObject({
      email: 'new@sso-customer.example',
      name: 'New One',
      role: 'CUSTOMER_ADMIN',
    })
    const { sessions } = await first.client.query('{ sessions { nodes { method } } }')
    expect(sessions.nodes).toEqual([{ method: 'OIDC' }])
    issuer.people.set(subject, { email: 'other@elsewhere.example', email_verified: true, name: 'Renamed', groups: [] })
    const again = await signIn(subject)
    expect(again.viewer.administrator).toEqual({ ...first.viewer.administrator, name: 'Renamed', role: 'SUPPORT' })
  })

  test('is found by the domain of their address; of who has one nothing is told', async () => {
    const { authorizationUrl } = await begin(new ApiClient(application.url), { email: 'anybody@sso-customer.example' })
    expect(new URL(authorizationUrl).origin).toBe(issuer.url)
    expect(new URL(authorizationUrl).searchParams.get('code_challenge_method')).toBe('S256')
    expect(codes(await begin(new ApiClient(application.url), { email: 'anybody@elsewhere.example' }))).toEqual([
      'NOT_FOUND',
    ])
    expect(codes(await begin(new ApiClient(application.url), { email: application.credentials.email }))).toEqual([
      'NOT_FOUND',
    ])
  })

  test.each([
    ['an address that is not verified', { email: 'a@sso-customer.example', email_verified: false }],
    ['no word on whether it is', { email: 'b@sso-customer.example' }],
    ['no address', {}],
    ['a domain that is not the source’s', { email: 'c@elsewhere.example', email_verified: true }],
    ['somebody else’s address', { email: 'root@platform.example', email_verified: true }],
  ])('is not somebody with %s', async (_name, person) => {
    const answer = await signIn(newSubject(person))
    expect(codes(answer)).toEqual(['IDENTITY_SOURCE_FAILED'])
    expect(answer.viewer).toBeNull()
    expect(await answer.client.query('{ viewer { mustEnrol } }')).toEqual({ viewer: null })
  })

  test('is an administrator who was there only once somebody says so', async () => {
    const { administrator, credentials } = await addAdministrator(
      application,
      branch.customer.tenant.id,
      'SUPPORT',
      'before',
    )
    const subject = newSubject({ email: administrator.email, email_verified: true, groups: [] })
    expect(codes(await signIn(subject))).toEqual(['IDENTITY_SOURCE_FAILED'])
    const { id: administratorId, version } = administrator
    const assign = { administratorId, version, identitySourceId: source.id }
    expect(codes(await call(branch.customer.support, 'assignIdentitySource', assign, '__typename'))).toEqual([
      'FORBIDDEN',
    ])
    expect(codes(await call(branch.customer.admin, 'assignIdentitySource', assign, '__typename'))).toEqual([])
    expect((await signIn(subject)).viewer.administrator.id).toBe(administratorId)
    // An other person with the same address, as may be given to a successor.
    expect(codes(await signIn(newSubject({ email: administrator.email, email_verified: true, groups: [] })))).toEqual([
      'IDENTITY_SOURCE_FAILED',
    ])

    const password = () => new ApiClient(application.url).refusal('signIn', credentials)
    expect(await password()).toEqual([])
    const { identitySource } = await branch.customer.admin.query(
      'query ($id: ID!) { identitySource(id: $id) { id version } }',
      { id: source.id },
    )
    source = await branch.customer.admin.must('updateIdentitySource', { ...identitySource, localSignIn: false })
    expect(await password()).toEqual(['INVALID_CREDENTIALS'])
    source = await branch.customer.admin.must('updateIdentitySource', { ...source, localSignIn: true })
  })

  test('shows a second factor here, unless the issuer says that they did there', async () => {
    const subject = newSubject({ email: 'two@sso-customer.example', email_verified: true, groups: [] })
    await application.admin.query(
      'mutation ($input: UpdateTenantInput!) { updateTenant(input: $input) { errors { code } } }',
      {
        input: { id: branch.customer.tenant.id, version: 1, requireTwoFactor: true },
      },
    )
    const mustEnrol = async (client: ApiClient) => (await client.query('{ viewer { mustEnrol } }')).viewer.mustEnrol
    issuer.context = { acr: 'urn:one' }
    expect(await mustEnrol((await signIn(subject)).client)).toBe(true)
    issuer.context = { acr: 'urn:two' }
    expect(await mustEnrol((await signIn(subject)).client)).toBe(false)
    await application.database.query('UPDATE tenant SET require_two_factor = false')
  })

  test('stays out while the source, or its tenant, is suspended, and is signed out then', async () => {
    const subject = newSubject({ email: 'out@sso-customer.example', email_verified: true, groups: [] })
    const { client } = await signIn(subject)
    const current = await branch.customer.admin.query('query ($id: ID!) { identitySource(id: $id) { id version } }', {
      id: source.id,
    })
    source = await branch.customer.admin.must('suspendIdentitySource', current.identitySource)
    expect(await client.query('{ viewer { mustEnrol } }')).toEqual({ viewer: null })
    expect(codes(await begin(new ApiClient(application.url)))).toEqual(['NOT_FOUND'])
    source = await branch.customer.admin.must('resumeIdentitySource', source)
    expect((await signIn(subject)).errors).toEqual([])
  })

  test('is told where to sign out there, too', async () => {
    const { client } = await signIn(newSubject({ email: 'bye@sso-customer.example', email_verified: true, groups: [] }))
    const { data } = await client.send(
      'mutation { signOutEverywhere { signOutUrl errors { code } } }',
      {},
      { origin: application.url },
    )
    expect(new URL(data.signOutEverywhere.signOutUrl).origin).toBe(issuer.url)
    expect(await client.query('{ viewer { mustEnrol } }')).toEqual({ viewer: null })
  })
})

describe('what does not get in', () => {
  const person = () => newSubject({ email: `${randomUUID()}@sso-customer.example`, email_verified: true, groups: [] })

  test('the same return twice', async () => {
    const { client, url, errors } = await signIn(person())
    expect(errors).toEqual([])
    const cookie = client.cookie
    expect(codes(await finish(client, url))).toEqual(['STEP_ENDED'])
    client.cookie = cookie
  })

  test('a return in another browser, with another state, or to another source', async () => {
    const client = new ApiClient(application.url)
    const { authorizationUrl } = await begin(client)
    const url = await visit(authorizationUrl, person(), isBack)
    expect(codes(await finish(new ApiClient(application.url), url))).toEqual(['STEP_ENDED'])
    const stranger = new ApiClient(application.url)
    await begin(stranger)
    expect(codes(await finish(stranger, url))).toEqual(['STEP_ENDED'])
    const changed = new URL(url)
    changed.searchParams.set('state', 'x'.repeat(43))
    expect(codes(await finish(client, changed.href))).toEqual(['STEP_ENDED'])
    const other = await makeSource({ name: 'Other', defaultRole: 'SUPPORT' })
    expect(codes(await finish(client, url.replace(source.id, other.id)))).toEqual(['STEP_ENDED'])
  })

  test.each([
    ['a code of somebody else', (url: URL) => url.searchParams.set('code', 'stolen')],
    ['another issuer’s answer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['an answer without issuer', (url: URL) => url.searchParams.delete('iss')],
  ])('%s', async (_name, change) => {
    const client = new ApiClient(application.url)
    const { authorizationUrl } = await begin(client)
    const url = new URL(await visit(authorizationUrl, person(), isBack))
    change(url)
    expect(codes(await finish(client, url.href))).toEqual(['IDENTITY_SOURCE_FAILED'])
    expect(await client.query('{ viewer { mustEnrol } }')).toEqual({ viewer: null })
  })

  test.each([
    ['huge', (response: Json) => response.end('x'.repeat(2_000_000))],
    ['no JSON', (response: Json) => response.end('<html>')],
    ['a redirect', (response: Json) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['nothing', (response: Json) => response.destroy()],
    [
      'somebody else’s token',
      (response: Json) => {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
        const now = Math.floor(Date.now() / 1_000)
        const claims = { iss: issuer.url, sub: 'x', aud: 'another', nonce: 'n', iat: now, exp: now + 60 }
        response.setHeader('content-type', 'application/json')
        response.end(
          JSON.stringify({
            access_token: 'a',
            token_type: 'Bearer',
            id_token: `${part({ alg: 'RS256' })}.${part(claims)}.AAAA`,
          }),
        )
      },
    ],
  ])('an answer of the token endpoint that is %s', async (_name, answer) => {
    const client = new ApiClient(application.url)
    const { authorizationUrl } = await begin(client)
    const url = await visit(authorizationUrl, person(), isBack)
    issuer.intercept = (request, response) => {
      if (request.url !== '/token') return false
      answer(response)
      return true
    }
    expect(codes(await finish(client, url))).toEqual(['IDENTITY_SOURCE_FAILED'])
    expect(await client.query('{ viewer { mustEnrol } }')).toEqual({ viewer: null })
  })

  test('an issuer at an inner address, one that is down, and one whose page is a script', async () => {
    const named = async (url: string) => {
      const oidc = { issuer: url, clientId: 'x' }
      const made = await branch.customer.admin.must('createIdentitySource', {
        tenantId: branch.customer.tenant.id,
        kind: 'OIDC',
        name: randomUUID(),
        oidc,
      })
      return codes(await begin(new ApiClient(application.url), { identitySourceId: made.id }))
    }
    expect(await named('https://169.254.169.254')).toEqual(['IDENTITY_SOURCE_FAILED'])
    expect(await named('http://127.0.0.1:1')).toEqual(['IDENTITY_SOURCE_FAILED'])
    issuer.intercept = (request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ issuer: `${issuer.url}/script`, authorization_endpoint: 'javascript:alert(1)//' }))
      return true
    }
    expect(await named(`${issuer.url}/script`)).toEqual(['IDENTITY_SOURCE_FAILED'])
  })
})

describe('who sets it up', () => {
  const input = () => ({
    tenantId: branch.customer.tenant.id,
    kind: 'OIDC',
    name: randomUUID(),
    oidc: { issuer: 'https://issuer.example', clientId: 'x', clientSecret: newPassword() },
  })
  const refusal = async (client: ApiClient, more: object) => {
    const { errors } = await client.mutate('createIdentitySource', { ...input(), ...more }, '__typename')
    return errors.map(({ code, path }: Json) => [code, path?.join('.')])
  }

  test('gives no role that they have not got, and leads no domain that is not theirs', async () => {
    const { admin } = branch.customer
    expect(await refusal(admin, { defaultRole: 'RESELLER' })).toEqual([['INVALID_INPUT', 'role']])
    expect(await refusal(branch.reseller, { tenantId: branch.tenant.id, defaultRole: 'RESELLER' })).toEqual([])
    expect(await refusal(admin, { emailDomains: ['gmail.com'] })).toEqual([['INVALID_INPUT', 'emailDomains.0']])
    expect(await refusal(admin, { emailDomains: ['sso-customer.example'] })).toEqual([
      ['ALREADY_EXISTS', 'emailDomains'],
    ])
    expect(await refusal(branch.customer.support, {})).toEqual([['FORBIDDEN', undefined]])
    expect(await refusal(admin, { ldap: { url: 'ldap://x', bindDn: '', baseDn: 'x', bindPassword: 'x' } })).toEqual([
      ['INVALID_INPUT', 'ldap'],
    ])
  })

  test('never sees the secret again, and does not have it sent to another issuer', async () => {
    const { admin } = branch.customer
    const given = input()
    const made = await admin.must('createIdentitySource', given)
    const sealed = async () =>
      (
        await application.database.query<{ sealed: Buffer | null }>(
          'SELECT sealed_secret AS sealed FROM identity_source WHERE id = $1',
          [made.id],
        )
      )[0]!.sealed
    expect(String(await sealed())).not.toContain(given.oidc.clientSecret)
    const same = await admin.must('updateIdentitySource', {
      ...made,
      oidc: { issuer: 'https://issuer.example', clientId: 'y' },
    })
    expect(await sealed()).not.toBeNull()
    await admin.must('updateIdentitySource', { ...same, oidc: { issuer: 'https://evil.example', clientId: 'y' } })
    expect(await sealed()).toBeNull()
  })

  test('has all that those have who come in through it', async () => {
    const { admin } = branch.customer
    const made = await admin.must('createIdentitySource', input())
    const { administrator } = await addAdministrator(application, branch.customer.tenant.id, 'SUPPORT', 'raised')
    const assign = { administratorId: administrator.id, version: administrator.version, identitySourceId: made.id }
    await call(admin, 'assignIdentitySource', assign, '__typename')
    const rules = [{ effect: 'ALLOW', actions: ['IMPERSONATE'], subjects: ['Administrator'], scope: 'SUBTREE' }]
    const role = await branch.reseller.must('createAccessRole', { tenantId: branch.tenant.id, name: 'more', rules })
    await branch.reseller.must(
      'createRoleAssignment',
      { administratorId: administrator.id, accessRoleId: role.id, tenantId: branch.customer.tenant.id },
      'id',
    )
    expect(await admin.refusal('updateIdentitySource', { ...made, name: 'mine' })).toEqual(['FORBIDDEN'])
    expect(await branch.reseller.refusal('updateIdentitySource', { ...made, name: 'theirs' })).toEqual([])
  })
})
