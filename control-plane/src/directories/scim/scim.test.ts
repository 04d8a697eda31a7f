/** SCIM as an identity provider speaks it, and what it must not be able to do. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../../test-support/world.js'
import { parseFilter } from './scim-filter.js'
import { applyPatch } from './scim-patch.js'

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

describe('filters', () => {
  const anna = {
    userName: 'Anna@Example.org',
    active: true,
    name: { familyName: 'Dvořák' },
    emails: [
      { value: 'anna@work.example', type: 'work' },
      { value: 'anna@home.example', type: 'home' },
    ],
    meta: { lastModified: '2026-11-24T20:00:00.000Z' },
  }
  test.each([
    ['userName eq "anna@example.org"', true],
    ['USERNAME Eq "anna@example.org"', true],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "anna"', true],
    ['name.familyName co "voř"', true],
    ['nickName pr', false],
    ['active eq true and not (name.familyName eq "Novák")', true],
    ['active eq false or userName ew ".org"', true],
    ['emails[type eq "work" and value co "home"]', false],
    ['emails[type eq "home" and value co "home"]', true],
    ['emails.type eq "work"', true],
    ['meta.lastModified gt "2026-01-01T00:00:00Z"', true],
    ['userName ne "anna@example.org"', false],
    ['nickName eq null', false],
  ])('%s: %s', (filter, expected) => expect(parseFilter(filter)(anna)).toBe(expected))

  test.each([
    '',
    'userName',
    'userName eq',
    'userName is "x"',
    '(userName pr',
    'userName eq x',
    'userName pr)',
    'a[b pr',
    '"x" eq "x"',
    '('.repeat(50),
  ])('%j is none', (filter) =>
    expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' })),
  )

  test('whatever is sent, it is a filter or refused', () => {
    const words = fc.constantFrom(
      'userName',
      'eq',
      'pr',
      'and',
      'or',
      'not',
      '(',
      ')',
      '[',
      ']',
      '"x"',
      'true',
      '.',
      '"',
      '\\',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 20 }).map((parts) => parts.join(' ')),
        ),
        (filter) => {
          try {
            expect(typeof parseFilter(filter)(anna)).toBe('boolean')
          } catch (error) {
            expect(error).toMatchObject({ status: 400, scimType: 'invalidFilter' })
          }
        },
      ),
    )
  })
})

describe('patches', () => {
  const before = () => ({
    displayName: 'A',
    active: true,
    name: { formatted: 'A' },
    members: [{ value: '1' }, { value: '2' }],
  })
  const patched = (...Operations: object[]) => applyPatch(before(), { schemas: [patchSchema], Operations })
  test.each([
    [{ op: 'replace', path: 'active', value: false }, { active: false }],
    [
      { op: 'Replace', value: { Active: false, 'name.formatted': 'B' } },
      { active: false, name: { formatted: 'B' } },
    ],
    [
      { op: 'add', path: 'members', value: [{ value: '2' }, { value: '3' }] },
      { members: [{ value: '1' }, { value: '2' }, { value: '3' }] },
    ],
    [{ op: 'remove', path: 'members[value eq "1"]' }, { members: [{ value: '2' }] }],
    [{ op: 'remove', path: 'members', value: [{ value: '2' }] }, { members: [{ value: '1' }] }],
    [{ op: 'replace', path: 'members', value: [] }, { members: [] }],
    [{ op: 'add', path: 'name.familyName', value: 'C' }, { name: { formatted: 'A', familyName: 'C' } }],
    [{ op: 'remove', path: 'members[value eq "9"]' }, {}],
  ])('%j', (operation, change) => expect(patched(operation)).toEqual({ ...before(), ...change }))

  test.each([
    [{ op: 'move', path: 'active' }, 'invalidSyntax'],
    [{ op: 'remove' }, 'noTarget'],
    [{ op: 'replace', path: 'a b', value: 1 }, 'invalidPath'],
    [{ op: 'replace', path: 'members[value eq "9"].display', value: 'x' }, 'noTarget'],
    [{ op: 'add', path: '__proto__', value: { polluted: true } }, 'invalidPath'],
    [{ op: 'add', value: JSON.parse('{"__proto__": {"polluted": true}}') as object }, 'invalidPath'],
    [{ op: 'add', path: 'constructor.prototype', value: { polluted: true } }, 'invalidPath'],
  ])('%j is refused as %s', (operation, scimType) => {
    expect(() => patched(operation)).toThrow(expect.objectContaining({ scimType }))
    expect(({} as Json).polluted).toBeUndefined()
  })
})

let application: TestApplication
let branch: Branch
let source: Json
let token: string
let signInSource: Json

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'scim')
  const oidc = { issuer: 'https://issuer.example', clientId: 'x' }
  const tenantId = branch.customer.tenant.id
  signInSource = await branch.customer.admin.must('createIdentitySource', {
    tenantId,
    kind: 'OIDC',
    name: 'Sign-in',
    oidc,
  })
  const input = {
    tenantId,
    kind: 'SCIM',
    name: 'Provider',
    roleMapping: [{ group: 'Postmasters', role: 'CUSTOMER_ADMIN' }],
    scim: { signInSourceId: signInSource.id },
  }
  const made = await branch.customer.admin.mutate(
    'createIdentitySource',
    input,
    'token identitySource { id version scim { path } }',
  )
  expect(made.errors).toEqual([])
  source = made.identitySource
  token = made.token
})
afterAll(() => application?.stop())

interface Answer {
  status: number
  headers: Headers
  body: Json
}
async function scim(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${application.url}${source.scim.path}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}
const person = (name: string, more: object = {}) => ({
  schemas: [userSchema],
  userName: `${name}@scim-customer.example`,
  name: { givenName: name, familyName: 'Test' },
  externalId: `ext-${name}`,
  active: true,
  ...more,
})
const make = async (name: string, more: object = {}): Promise<Json> => {
  const { status, body } = await scim('POST', '/Users', person(name, more))
  expect(status).toBe(201)
  return body
}
const administrator = async (name: string): Promise<Json> =>
  (
    await application.database.query(
      'SELECT name, role, status, identity_source_id AS source FROM administrator WHERE email = $1',
      [`${name}@scim-customer.example`],
    )
  )[0]

describe('users', () => {
  test('become administrators who sign in through the source that was named', async () => {
    const { status, headers, body } = await scim('POST', '/Users', person('anna'))
    expect(status).toBe(201)
    expect(headers.get('content-type')).toContain('application/scim+json')
    expect(headers.get('location')).toBe(`${application.url}${source.scim.path}/Users/${body.id}`)
    expect(body).toMatchObject({
      schemas: [userSchema],
      userName: 'anna@scim-customer.example',
      externalId: 'ext-anna',
      active: true,
      groups: [],
    })
    expect(await administrator('anna')).toEqual({
      name: 'anna Test',
      role: 'CUSTOM',
      status: 'ACTIVE',
      source: signInSource.id,
    })
    const again = await scim('GET', `/Users/${body.id}`)
    expect(again.body).toEqual(body)
    expect(again.headers.get('etag')).toBe(body.meta.version)
    expect((await scim('GET', `/Users/${body.id}`, undefined, { 'if-none-match': body.meta.version })).status).toBe(304)
  })

  test('are found by filter, and in pages', async () => {
    for (const name of ['bert', 'cora', 'dirk']) await make(name)
    const named = await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "CORA@scim-customer.example"')}`)
    expect(named.body).toMatchObject({
      totalResults: 1,
      startIndex: 1,
      itemsPerPage: 1,
      Resources: [{ externalId: 'ext-cora' }],
    })
    const other = await scim(
      'GET',
      `/Users?filter=${encodeURIComponent('externalId eq "ext-dirk" or userName sw "bert"')}&attributes=userName`,
    )
    expect(other.body.totalResults).toBe(2)
    expect(Object.keys(other.body.Resources[0]).sort()).toEqual(['id', 'meta', 'schemas', 'userName'])
    const page = await scim('GET', '/Users?startIndex=2&count=2')
    expect(page.body).toMatchObject({ totalResults: 4, startIndex: 2, itemsPerPage: 2 })
    expect((await scim('GET', '/Users?count=0')).body).toMatchObject({
      totalResults: 4,
      itemsPerPage: 0,
      Resources: [],
    })
    const wrong = await scim('GET', `/Users?filter=${encodeURIComponent('userName is "x"')}`)
    expect([wrong.status, wrong.body]).toEqual([
      400,
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '400',
        scimType: 'invalidFilter',
        detail: '“is” is no operator.',
      },
    ])
  })

  test('are changed, deactivated and activated by PATCH, each with its version', async () => {
    const made = await make('emil')
    const patch = (value: object, headers = {}) =>
      scim('PATCH', `/Users/${made.id}`, { schemas: [patchSchema], Operations: [{ op: 'replace', value }] }, headers)
    const renamed = await patch({ displayName: 'Emil the Second' }, { 'if-match': made.meta.version })
    expect(renamed.body).toMatchObject({ displayName: 'Emil the Second', externalId: 'ext-emil' })
    expect((await patch({ active: false }, { 'if-match': made.meta.version })).status).toBe(412)
    expect((await patch({ active: 'False' })).body.active).toBe(false)
    expect(await administrator('emil')).toMatchObject({ name: 'Emil the Second', status: 'SUSPENDED' })
    expect((await patch({ active: true })).body.active).toBe(true)
    expect(await administrator('emil')).toMatchObject({ status: 'ACTIVE' })
    expect((await patch({ userName: 'other@scim-customer.example' })).body).toMatchObject({
      status: '400',
      scimType: 'mutability',
    })
    // Whom somebody here has suspended stays so.
    await application.database.query(
      `UPDATE administrator SET status = 'SUSPENDED' WHERE email = 'emil@scim-customer.example'`,
    )
    expect((await patch({ active: true })).body.active).toBe(false)
    await patch({ active: false })
    await patch({ active: true })
    expect(await administrator('emil')).toMatchObject({ status: 'SUSPENDED' })
  })

  test('are deactivated, not deleted, when they are deleted there; and come back', async () => {
    const made = await make('frida')
    expect((await scim('DELETE', `/Users/${made.id}`)).status).toBe(204)
    expect((await scim('GET', `/Users/${made.id}`)).status).toBe(404)
    expect((await scim('DELETE', `/Users/${made.id}`)).status).toBe(404)
    expect(await administrator('frida')).toMatchObject({ status: 'SUSPENDED' })
    const again = await make('frida')
    expect(again.id).toBe(made.id)
    expect(await administrator('frida')).toMatchObject({ status: 'ACTIVE' })
  })

  test('are not somebody who is there already', async () => {
    await make('gerd')
    expect((await scim('POST', '/Users', person('gerd'))).body).toMatchObject({ status: '409', scimType: 'uniqueness' })
    const { body } = await scim('POST', '/Users', person('x', { userName: application.credentials.email }))
    expect(body).toMatchObject({ status: '409', scimType: 'uniqueness' })
  })

  test('are told in the audit trail as the source’s', async () => {
    const rows = await application.database.query<{ actor: Json; operation: string }>(
      `SELECT actor, operation FROM audit_entry WHERE subject_type = 'Administrator' AND label = 'anna@scim-customer.example'`,
    )
    expect(rows.length).toBeGreaterThan(0)
    for (const { actor, operation } of rows) {
      expect(actor).toMatchObject({
        administratorId: source.id,
        email: 'SCIM source Provider',
        credential: { kind: 'source', id: source.id },
      })
      expect(operation).toBe('scim.createUser')
    }
  })
})

describe('groups', () => {
  test('give and take roles', async () => {
    const [one, two] = [await make('hans'), await make('ida')]
    const made = await scim('POST', '/Groups', {
      schemas: [groupSchema],
      displayName: 'postmasters',
      members: [{ value: one.id }],
    })
    expect(made.status).toBe(201)
    expect(await administrator('hans')).toMatchObject({ role: 'CUSTOMER_ADMIN' })
    expect((await scim('GET', `/Users/${one.id}`)).body.groups).toMatchObject([
      { value: made.body.id, display: 'postmasters' },
    ])
    const patch = (...Operations: object[]) =>
      scim('PATCH', `/Groups/${made.body.id}`, { schemas: [patchSchema], Operations })
    await patch(
      { op: 'add', path: 'members', value: [{ value: two.id }] },
      { op: 'remove', path: `members[value eq "${one.id}"]` },
    )
    expect([(await administrator('hans')).role, (await administrator('ida')).role]).toEqual([
      'CUSTOM',
      'CUSTOMER_ADMIN',
    ])
    const renamed = await patch({ op: 'replace', path: 'displayName', value: 'Others' })
    expect(renamed.body.displayName).toBe('Others')
    expect((await administrator('ida')).role).toBe('CUSTOM')
    await patch({ op: 'replace', path: 'displayName', value: 'Postmasters' })
    const listed = await scim(
      'GET',
      `/Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "postmasters"')}`,
    )
    expect(listed.body.Resources).toHaveLength(1)
    expect(listed.body.Resources[0].members).toBeUndefined()
    expect((await scim('DELETE', `/Groups/${made.body.id}`)).status).toBe(204)
    expect((await administrator('ida')).role).toBe('CUSTOM')
  })

  test('hold users of the same source only', async () => {
    const members = [{ value: randomUUID() }]
    expect((await scim('POST', '/Groups', { displayName: 'strangers', members })).body).toMatchObject({
      scimType: 'invalidValue',
    })
    expect(
      (await scim('GET', `/Groups?filter=${encodeURIComponent('displayName eq "strangers"')}`)).body.totalResults,
    ).toBe(0)
  })
})

describe('the service', () => {
  test('says what it is', async () => {
    expect((await scim('GET', '/ServiceProviderConfig')).body).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false },
      etag: { supported: true },
    })
    expect((await scim('GET', '/ResourceTypes')).body.Resources.map(({ id }: Json) => id)).toEqual(['User', 'Group'])
    expect((await scim('GET', `/Schemas/${userSchema}`)).body).toMatchObject({ id: userSchema, name: 'User' })
    expect((await scim('GET', '/Schemas/urn:none')).status).toBe(404)
    expect((await scim('POST', '/Schemas', {})).status).toBe(405)
  })

  test.each([
    ['no JSON', '{', {}, 400],
    ['a list', '[]', {}, 400],
    ['another type', '{}', { 'content-type': 'text/plain' }, 415],
    ['more than a megabyte', JSON.stringify({ userName: 'x'.repeat(1_100_000) }), {}, 413],
    ['no userName', '{}', {}, 400],
    ['a NUL', JSON.stringify({ userName: 'a\0@scim-customer.example' }), {}, 400],
  ])('refuses %s', async (_name, body, headers, status) => {
    const answer = await scim('POST', '/Users', body, headers)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
    })
  })

  test('knows one token, until the next', async () => {
    const unknown = await scim('GET', '/Users', undefined, { authorization: `Bearer ${newPassword()}` })
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="SCIM"'])
    expect((await scim('GET', '/Users', undefined, { authorization: '' })).status).toBe(401)
    const made = await branch.customer.admin.mutate(
      'createIdentitySource',
      { tenantId: branch.customer.tenant.id, kind: 'SCIM', name: 'Another' },
      'token identitySource { id version scim { path } }',
    )
    // Of another source: what is not its own is not there.
    const { body: mine } = await scim('GET', '/Users?count=1')
    const other = await fetch(`${application.url}${made.identitySource.scim.path}/Users/${mine.Resources[0].id}`, {
      headers: { authorization: `Bearer ${made.token}` },
    })
    expect(other.status).toBe(404)
    expect((await scim('GET', '/Users', undefined, { authorization: `Bearer ${made.token}` })).status).toBe(401)
    const renewed = await branch.customer.admin.mutate(
      'renewIdentitySourceToken',
      { identitySourceId: source.id, version: source.version },
      'token',
    )
    expect((await scim('GET', '/Users')).status).toBe(401)
    token = renewed.token
    expect((await scim('GET', '/Users')).status).toBe(200)
  })

  test('touches nobody whom the source does not keep', async () => {
    const { administrator: other } = await addAdministrator(
      application,
      branch.customer.tenant.id,
      'SUPPORT',
      'scim-other',
    )
    expect((await scim('GET', `/Users/${other.id}`)).status).toBe(404)
    expect((await scim('PUT', `/Users/${other.id}`, person('other'))).status).toBe(404)
    expect((await scim('DELETE', `/Users/${other.id}`)).status).toBe(404)
  })

  test('gives a stranger who guesses a rest', async () => {
    const guess = () => scim('GET', '/Users', undefined, { authorization: `Bearer ${newPassword()}` })
    const answers: number[] = []
    for (let tries = 0; tries < 25; tries++) answers.push((await guess()).status)
    expect(answers).toContain(429)
  })
})
