/** Manifests: what is planned is what happens, and what happened plans to nothing. */
import { hash } from '@node-rs/argon2'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { jobEnded, rowsOf } from '../test-support/jobs.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let passwordHash: string

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'north')
  passwordHash = await hash(newPassword(), { memoryCost: 64, timeCost: 1, parallelism: 1 })
})
afterAll(() => application?.stop())

async function plan(client: ApiClient, tenantId: string, content: string | object, prune = false): Promise<Json> {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return client.mutate('planManifest', { tenantId, content: text, prune }, 'job { id state total }')
}
async function planned(client: ApiClient, tenantId: string, content: string | object, prune = false): Promise<Json[]> {
  const { job, errors } = await plan(client, tenantId, content, prune)
  expect(errors).toEqual([])
  const rows = await rowsOf(client, job.id)
  expect(rows).toHaveLength(job.total)
  return rows.map(({ operation, key, changes }: Json) => ({ operation, key, changes }))
}
async function apply(client: ApiClient, tenantId: string, content: string | object, prune = false): Promise<Json> {
  const { job, errors } = await plan(client, tenantId, content, prune)
  expect(errors).toEqual([])
  expect((await client.mutate('applyManifest', { planId: job.id }, 'job { id }')).errors).toEqual([])
  const ended = await jobEnded(client, job.id)
  expect(await rowsOf(client, job.id, 'FAILED')).toEqual([])
  return ended
}
const exported = async (client: ApiClient, id: string, format = 'YAML'): Promise<string> =>
  (
    await client.query(
      'query ($id: ID!, $format: ManifestFormat!) { manifest(id: $id, format: $format) { content } }',
      {
        id,
        format,
      },
    )
  ).manifest.content

test('the export of what there is plans to nothing, in either form, also with prune', async () => {
  const { admin, tenant } = branch.customer
  for (const format of ['YAML', 'JSON']) {
    expect(await planned(admin, tenant.id, await exported(admin, tenant.id, format), true)).toEqual([])
  }
})

test('a plan says field by field what would change, in an order that works, and shows no secret', async () => {
  const { admin, tenant, domain } = branch.customer
  const password = newPassword()
  const content = `
manifest: 1
policies:
  PASSWORD_LENGTH: { value: 10 }
domains:
  ${domain.name}:
    catchAll: Someone@${domain.name.toUpperCase()}
    mailboxes:
      someone: { quota: 1 GB, status: SUSPENDED }
      new.one:
        name: New
        password: ${password}
        forward: { targets: [away@elsewhere.test] }
    aliases:
      a: { targets: [b@${domain.name}] }
      b: { targets: [new.one@${domain.name}] }
    groups:
      list: { owners: [someone@${domain.name}], members: [a@${domain.name}, x@elsewhere.test] }
`
  const rows = await planned(admin, tenant.id, content)
  expect(JSON.stringify(rows)).not.toContain(password)
  const at = `@${domain.name}`
  const names = rows.map(({ operation, key }) => `${operation} ${key}`)
  expect([...names].sort()).toEqual(
    [
      `updateDomain ${domain.name}`,
      'setPolicies ',
      `updateMailbox someone${at}`,
      `suspendMailbox someone${at}`,
      `createMailbox new.one${at}`,
      `createAlias a${at}`,
      `createAlias b${at}`,
      `createGroup list${at}`,
      `createForward new.one${at}`,
    ].sort(),
  )
  expect(rows[0].changes).toEqual([{ field: 'catchAll', before: 'null', after: `"someone${at}"` }])
  expect(rows.find((row) => row.operation === 'updateMailbox').changes).toEqual([
    { field: 'quotaBytes', before: 'null', after: '1073741824' },
  ])
  const before = (one: string, other: string) => expect(names.indexOf(one)).toBeLessThan(names.indexOf(other))
  before(`createAlias b${at}`, `createAlias a${at}`)
  before(`createAlias a${at}`, `createGroup list${at}`)
  expect((await apply(admin, tenant.id, content)).succeeded).toBe(rows.length)
  expect(await planned(admin, tenant.id, content)).toEqual([])
  const removed = await planned(admin, tenant.id, { manifest: 1, domains: { [domain.name]: {} } }, true)
  const gone = removed.map(({ operation, key }) => `${operation} ${key}`)
  // What ends with its mailbox has no row of its own.
  const expected = [
    'deleteAlias a',
    'deleteAlias b',
    'deleteGroup list',
    'deleteMailbox someone',
    'deleteMailbox new.one',
  ]
  expect(gone).toEqual(expect.arrayContaining([...expected.map((name) => `${name}${at}`), 'setPolicies ']))
  expect(gone.filter((name) => name.startsWith('deleteForward'))).toEqual([])
})

test('a plan is refused once the world has moved on, and applied once only', async () => {
  const { admin, tenant, domain } = branch.customer
  const content = { manifest: 1, domains: { [domain.name]: { catchAll: 'first@elsewhere.test' } } }
  const one = await plan(admin, tenant.id, content)
  const other = await plan(admin, tenant.id, content)
  expect((await admin.mutate('applyManifest', { planId: one.job.id }, 'job { id }')).errors).toEqual([])
  await jobEnded(admin, one.job.id)
  const late = await admin.mutate('applyManifest', { planId: other.job.id }, 'job { id }')
  expect(late.errors).toMatchObject([{ code: 'PLAN_OUTDATED', path: ['planId'] }])
  const again = await admin.mutate('applyManifest', { planId: one.job.id }, 'job { id }')
  expect(again.errors).toMatchObject([{ code: 'WRONG_STATE' }])
  expect((await admin.mutate('cancelJob', { id: other.job.id }, 'job { state }')).job.state).toBe('CANCELLED')
})

const rule = (actions: string[], subjects: string[], more: object = {}) => ({
  ...{ effect: 'ALLOW', actions, subjects, scope: 'SUBTREE' },
  ...more,
})

test('roles are what they are called, whatever the order of their rules, and are pruned where the manifest has some', async () => {
  const { admin, tenant, domain } = branch.customer
  const read = rule(['READ'], ['Mailbox', 'Domain'])
  const change = rule(['UPDATE'], ['Mailbox'], { fields: ['name'], scope: 'DOMAIN', domains: [domain.name] })
  const content = (roles: object) => ({ manifest: 1, roles })
  const made = content({ Desk: { description: 'Helps', rules: [read, change] }, Idle: { rules: [] } })
  expect((await apply(admin, tenant.id, made)).succeeded).toBe(2)
  const other = content({
    DESK: { rules: [change, { ...read, subjects: ['Domain', 'Mailbox'] }, read] },
    Idle: { rules: [] },
  })
  expect(await planned(admin, tenant.id, other)).toMatchObject([
    { operation: 'updateAccessRole', changes: [{ field: 'name', before: '"Desk"', after: '"DESK"' }] },
  ])
  expect((await apply(admin, tenant.id, other)).succeeded).toBe(1)
  const text = await exported(admin, tenant.id)
  expect(text).toContain('description: Helps')
  expect(await planned(admin, tenant.id, text, true)).toEqual([])
  const { roles: _, ...without } = JSON.parse(await exported(admin, tenant.id, 'JSON')) as Json
  expect(await planned(admin, tenant.id, without, true)).toEqual([])
  const names = async (roles: object) =>
    (await planned(admin, tenant.id, { ...without, roles }, true)).map(({ operation, key }) => `${operation} ${key}`)
  expect(await names({})).toEqual(['deleteAccessRole DESK', 'deleteAccessRole Idle'])
  expect((await apply(admin, tenant.id, { ...without, roles: {} }, true)).succeeded).toBe(2)
})

test('a manifest makes no role with more than whoever applies it has, nor one that names what they do not see', async () => {
  const { admin, tenant } = branch.customer
  const other = await makeBranch(application, 'apart')
  const refused = async (one: object): Promise<Json> => {
    const { job } = await plan(admin, tenant.id, { manifest: 1, roles: { Refused: { rules: [one] } } })
    await admin.mutate('applyManifest', { planId: job.id }, 'job { id }')
    expect((await jobEnded(admin, job.id)).failed).toBe(1)
    return (await rowsOf(admin, job.id))[0]!.error
  }
  expect(await refused(rule(['IMPERSONATE'], ['Administrator']))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refused(rule(['READ'], ['MailNode']))).toMatchObject({ code: 'FORBIDDEN' })
  expect(await refused(rule(['READ'], ['Mailbox'], { fields: ['adress'] }))).toMatchObject({ code: 'INVALID_INPUT' })
  const elsewhere = { scope: 'DOMAIN', domains: [other.customer.domain.name] }
  const nowhere = { scope: 'DOMAIN', domains: ['nowhere.example'] }
  const answer = await refused(rule(['READ'], ['Mailbox'], elsewhere))
  expect(answer).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refused(rule(['READ'], ['Mailbox'], nowhere))).toEqual(answer)
})

test.each([
  ['no YAML', '{ manifest: 1', /./],
  ['a tag', 'manifest: 1\ndomains: !!js/function "x"', /tag/i],
  ['an unknown field', 'manifest: 1\ndomains: { a.example: { catchall: x } }', /catchall/],
  ['the same key twice', 'manifest: 1\nmanifest: 1', /unique/i],
  [
    'the same address twice',
    'manifest: 1\ndomains: { a.example: { aliases: { A: { targets: [x@y.test] }, a: { targets: [x@y.test] } } } }',
    /twice/,
  ],
  ['no domain', 'manifest: 1\ndomains: { "not a domain": {} }', /domain name/],
  ['no quota', 'manifest: 1\ndomains: { a.example: { mailboxes: { x: { quota: lots } } } }', /bytes/],
  ['too deep', `manifest: ${'['.repeat(20_000)}`, /./],
  [
    'aliases that multiply',
    `manifest: 1\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
    /aliases/,
  ],
])('%s is refused with what is wrong', async (_name, content, message) => {
  const { admin, tenant } = branch.customer
  const { errors } = await plan(admin, tenant.id, content)
  expect(errors).toMatchObject([{ code: 'INVALID_INPUT', path: ['content'] }])
  expect(errors[0].message).toMatch(message)
})

test('whoever may see parts of objects only makes no plans and no exports', async () => {
  const { tenant } = branch.customer
  const { admin } = application
  const rules = [
    {
      effect: 'ALLOW',
      actions: ['READ'],
      subjects: ['Tenant', 'Domain', 'Alias', 'Group', 'Forward', 'Policy', 'Job'],
      scope: 'SUBTREE',
    },
    { effect: 'ALLOW', actions: ['CREATE'], subjects: ['Job'], scope: 'SUBTREE' },
    { effect: 'ALLOW', actions: ['READ'], subjects: ['Mailbox'], fields: ['address'], scope: 'SUBTREE' },
  ]
  const role = await admin.must('createAccessRole', { tenantId: tenant.id, name: 'partly', rules })
  const input = {
    tenantId: tenant.id,
    role: 'CUSTOM',
    name: 'Partly',
    email: 'partly@people.example',
    password: newPassword(),
  }
  const { id } = await admin.must('createAdministrator', input)
  await admin.must('createRoleAssignment', { administratorId: id, accessRoleId: role.id, tenantId: tenant.id }, 'id')
  const { ApiClient: Client } = await import('../test-support/api-client.js')
  const partly = new Client(application.url)
  await partly.signIn({ email: input.email, password: input.password })
  expect((await plan(partly, tenant.id, 'manifest: 1')).errors).toMatchObject([{ code: 'FORBIDDEN' }])
  const { errors } = await partly.send('query ($id: ID!) { manifest(id: $id) { content } }', { id: tenant.id })
  expect(errors[0]!.extensions.code).toBe('FORBIDDEN')
})

const localParts = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const outside = fc.constantFrom('x@elsewhere.test', 'y@elsewhere.test')
const status = fc.option(fc.constantFrom('ACTIVE', 'SUSPENDED'), { nil: undefined })
const without = (object: object): object => JSON.parse(JSON.stringify(object)) as object

/**
 * Each local part is one kind of thing, and mailboxes stay: one that is deleted keeps its address for a time of grace. Each leads to those before
 * it and so never in a circle.
 */
const domainManifest = (name: string): fc.Arbitrary<object> =>
  fc.tuple(...localParts.map((_, index) => thing(name, index))).map((things) => {
    const domain: Json = { mailboxes: {}, aliases: {}, groups: {} }
    things.forEach((one, index) => {
      if (one) domain[one.kind][localParts[index]!] = without(one.body)
    })
    return domain
  })

function thing(name: string, index: number): fc.Arbitrary<{ kind: string; body: object } | null> {
  const earlier = localParts.slice(0, index).map((local) => `${local}@${name}`)
  const target = fc.oneof(outside, ...(earlier.length > 0 ? [fc.constantFrom(...earlier)] : []))
  const targets = fc.uniqueArray(target, { minLength: 1, maxLength: 3 })
  const quota = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined })
  const forward = fc.option(fc.record({ targets, keepCopy: fc.boolean(), status }), { nil: undefined })
  const mailbox = fc.record({
    name: fc.constantFrom('N', 'Ánh', '=1+1'),
    quota,
    status,
    forward,
    passwordHash: fc.constant(''),
  })
  if (index < 2) return mailbox.map((body) => ({ kind: 'mailboxes', body: { ...body, passwordHash } }))
  const alias = fc.record({ targets, status }).map((body) => ({ kind: 'aliases', body }))
  const group = fc.record({ owners: targets, members: targets, status }).map((body) => ({ kind: 'groups', body }))
  return fc.oneof(fc.constant(null), index < 4 ? alias : group)
}

const roles = (domains: string[]): fc.Arbitrary<object> => {
  const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 })
  const effect = fc.constantFrom('ALLOW', 'DENY')
  const expiresAt = fc.option(fc.constantFrom('2099-01-01T00:00:00+07:00', '2020-01-01T00:00:00Z'), { nil: undefined })
  const whole = { effect, subjects: some('Mailbox', 'Alias', 'Domain'), expiresAt }
  const one = fc.oneof(
    fc.record({ ...whole, actions: some('READ', 'UPDATE', 'DELETE'), scope: fc.constantFrom('SUBTREE', 'TENANT') }),
    fc.record({ ...whole, actions: some('READ'), scope: fc.constant('DOMAIN'), domains: some(...domains) }),
    fc.record({ ...whole, actions: some('READ'), scope: fc.constant('SUBTREE'), fields: some('id', 'version') }),
  )
  const description = fc.option(fc.constantFrom('', ' Ánh '), { nil: undefined })
  const body = fc.record({ description, rules: fc.array(one, { maxLength: 4 }) })
  return fc.dictionary(fc.constantFrom('Desk', 'Trợ giúp', 'no'), body)
}

test('whatever a manifest says and whatever was there: applied with prune, it plans to nothing, and its export too', async () => {
  const { admin } = application
  const parent = { parentId: branch.tenant.id, name: 'random', kind: 'CUSTOMER' }
  const { id } = await admin.must('createTenant', parent)
  const names = ['one-random.example', 'two-random.example']
  const manifest = fc.tuple(roles(names), ...names.map(domainManifest)).map(([given, ...domains]) => ({
    manifest: 1,
    roles: without(given),
    domains: Object.fromEntries(domains.map((one, at) => [names[at], one])),
  }))
  await fc.assert(
    fc.asyncProperty(manifest, async (content) => {
      await apply(admin, id, content, true)
      expect(await planned(admin, id, content, true)).toEqual([])
      expect(await planned(admin, id, await exported(admin, id), true)).toEqual([])
    }),
    { numRuns: 8 },
  )
})
