/**
 * Walks every field of the schema as people of another tenant, and as nobody, against the real objects of a tenant that is not
 * theirs. Generated from the schema: a field that is new tomorrow is walked tomorrow.
 *
 * What one may not see answers exactly as what does not exist, and changes nothing. The same walk as someone who may
 * shows that there was something to see.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import 'reflect-metadata'
import { createAdminSchema } from './admin-schema.js'
import { newId } from './platform/ids.js'
import { ApiClient } from './test-support/api-client.js'
import { startTestApplication, type TestApplication } from './test-support/test-application.js'
import {
  allRequests,
  argumentsOf,
  fieldsOf,
  mutationRequest,
  ownMutations,
  requestsFor,
} from './test-support/schema-walk.js'
import { callerNames, dump, makeVictim } from './test-support/victim.js'
import type { Branch } from './test-support/world.js'

const schema = createAdminSchema()
const queries = fieldsOf(schema.getQueryType())
const mutations = fieldsOf(schema.getMutationType())

let application: TestApplication
let victim: Branch
/** The id of the victim's object that an input field of this name means. */
let ids: Record<string, string>
let secrets: string[]
let callers: Record<string, ApiClient>
let insiders: Record<string, ApiClient>

beforeAll(async () => {
  application = await startTestApplication()
  ;({ victim, ids, secrets, callers } = await makeVictim(application))
  victim = await makeBranch(application, 'victim')
  foreign = await makeBranch(application, 'foreign')
  const { apiToken } = await victim.customer.admin.mutate('createApiToken', { name: 'token' }, 'apiToken { id }')
  const { customer } = victim
  ids = {
    Tenant: customer.tenant.id,
    Administrator: customer.administrator.id,
    Domain: customer.domain.id,
    AliasOf: customer.domain.id,
    Mailbox: customer.mailbox.id,
    Alias: customer.alias.id,
    Group: customer.group.id,
    AppPassword: customer.appPassword.id,
    Forward: customer.forward.id,
    MailNode: application.mailNodeId,
    ApiToken: apiToken.id,
    BudgetNotice: newId(),
    Node: customer.domain.id,
  }
  const [session] = await application.database.query<{ id: string }>(
    'SELECT id FROM session WHERE administrator_id = $1',
    [ids.Administrator],
  )
  ids.Session = session!.id
  const role = { tenantId: ids.Tenant, name: "victim's role", rules: [] }
  ids.AccessRole = (await application.admin.must('createAccessRole', role)).id
  const grant = {
    tenantId: ids.Tenant,
    receiverEmail: 'victim-customer-admin@people.example',
    rules: [{ effect: 'ALLOW', actions: ['READ'], subjects: ['Mailbox'], scope: 'SUBTREE' }],
    reason: 'victim',
    expiresAt: new Date(Date.now() + 3_600_000),
  }
  ids.Grant = (await application.admin.mutate('offerGrant', grant, 'grant { id }')).grant.id
  const given = { administratorId: ids.Administrator, accessRoleId: ids.AccessRole, tenantId: ids.Tenant }
  ids.RoleAssignment = (await application.admin.must('createRoleAssignment', given, 'id')).id
  await application.database.query(
    `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id, sender, recipient)
     SELECT gen_random_uuid(), now(), now(), 'DELIVERED', $1, $2, $3, 'a@b.example', 'someone@victim-customer.example'`,
    [application.mailNodeId, ids.Domain, ids.Tenant],
  )
  await application.database.query(
    `INSERT INTO budget_notice (id, tenant_id, resource, kind, allotted, amount)
     VALUES ($2, $1, 'DOMAINS', 'OVERUSED', 1, 2)`,
    [ids.Tenant, ids.BudgetNotice],
  )
  ids.DomainAlert = newId()
  await application.database.query(
    `INSERT INTO domain_alert (id, domain_id, purpose, host, verdict, expected, found)
     VALUES ($1, $2, 'MX', 'victim-customer.example', 'MISSING', 'mx.platform.example', '[]')`,
    [ids.DomainAlert, ids.Domain],
  )
  const oidc = { issuer: 'https://victim-issuer.example', clientId: 'victim' }
  const source = { tenantId: ids.Tenant, kind: 'OIDC', name: "victim's source", oidc }
  ids.IdentitySource = (await application.admin.must('createIdentitySource', source)).id
  const bulk = { tenantId: ids.Tenant, rows: [{ name: 'victim-job.example' }], dryRun: true }
  ids.Job = (await customer.admin.mutate('bulkCreateDomains', bulk, 'job { id }')).job.id
  ids.Ban = newId()
  await application.database.query(
    `INSERT INTO ban (id, network, failures, strikes, until) VALUES ($1, '192.0.2.66', 50, 1, now() + interval '1 hour')`,
    [ids.Ban],
  )
  ids.DkimKey = (
    await application.admin.mutate(
      'createDkimKey',
      { domainId: ids.Domain, algorithm: 'ED25519_SHA256' },
      'dkimKey { id }',
    )
  ).dkimKey.id
  // What it waits for, it does not see here: nothing changes it but the walk.
  await application.database.query('UPDATE dkim_key SET due_at = NULL')
  secrets = [...Object.values(ids), victim.tenant.id, victim.administrator.id, application.rootId, 'victim']
  callers = {
    reseller: foreign.reseller,
    'customer admin': foreign.customer.admin,
    support: foreign.support,
    "customer's support": foreign.customer.support,
  }
  insiders = { platform: application.admin, reseller: victim.reseller, 'customer admin': victim.customer.admin }
})
afterAll(() => application?.stop())

/** The ids of the object that a query asked for, which its answer may repeat as a filter but never as data. */
const leaks = (answer: unknown): string[] => secrets.filter((secret) => JSON.stringify(answer).includes(secret))

describe.each(queries.map((field) => [field.name, field] as const))('query %s', (name, field) => {
  test.each(callerNames)('shows a foreign %s nothing', async (caller) => {
    await Promise.all(
      allRequests(field, ids).map(async (request) => {
        const { data, errors } = await callers[caller]!.send(request)
        expect(errors, request).toEqual([])
        expect(leaks(data), request).toEqual([])
        if (request.includes('(id:')) expect(data[name]).toBeNull()
      }),
    )
  })

  test('nobody is told to sign in', async () => {
    const nobody = new ApiClient(application.url)
    for (const argumentText of argumentsOf(field, ids)) {
      const [request] = [...requestsFor(field, argumentText)]
      const { data, errors } = await nobody.send(request!)
      if (field.extensions.permission === 'public') expect(data[name]).toBeNull()
      else expect(errors.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED'])
    }
  })

  // The control: else the walk would pass where there was nothing to see.
  // A verification tells of no object by name: audit.test.ts looks at it.
  test.skipIf(name === 'auditVerification')('shows an insider something', async () => {
    const seen = new Set<string>()
    for (const insider of Object.values(insiders)) {
      const [first] = allRequests(field, ids)
      for (const secret of leaks((await insider.send(first!)).data)) seen.add(secret)
    }
    expect(seen.size).toBeGreaterThan(0)
  })
})

/** A value for an input, valid in itself; ids are those of `objects`. */
function inputFor(type: GraphQLInputType, name: string, mutation: string, objects: (type: string) => string): unknown {
  if (isNonNullType(type)) return inputFor(type.ofType, name, mutation, objects)
  if (isListType(type)) return [inputFor(type.ofType, name, mutation, objects)]
  if (isInputObjectType(type)) {
    const entries = Object.values(type.getFields())
      // Optional ids too: each is a way to name what is not one's own.
      .filter((field) => isNonNullType(field.type) || getNamedType(field.type).name === 'ID')
      .map((field) => [field.name, inputFor(field.type, field.name, mutation, objects)])
    return Object.fromEntries(entries)
  }
  if (isEnumType(type)) {
    if (type.name === 'TenantKind') return 'CUSTOMER'
    return type.name === 'Role' ? 'SUPPORT' : type.getValues()[0]!.name
  }
  switch (getNamedType(type).name) {
    case 'ID':
      return objects(
        name === 'id'
          ? mutation.replace(
              /^(create|update|suspend|resume|delete|restore|move|decide|revoke|end|lift|retire|check|run|cancel|apply)/,
              '',
            )
          : typeNamed(name),
      )
    case 'Int':
    case 'SafeInt':
      return 1
    case 'Boolean':
      return true
    case 'DateTime':
      return '2099-01-01T00:00:00Z'
    default:
      return textFor[name] ?? 'some-text'
  }
}

const textFor: Record<string, string> = {
  email: 'intruder@people.example',
  password: 'a long enough password',
  targets: 'x@elsewhere.test',
  members: 'x@elsewhere.test',
  owners: 'x@elsewhere.test',
  posters: 'x@elsewhere.test',
  hostName: 'mx.intruder.example',
  name: 'intruder.example',
}

/** These are about the caller alone, whoever it is; sign-in.test.ts looks at them. */
const ownMutations = [
  'signIn',
  'signOut',
  'signOutEverywhere',
  'beginSingleSignOn',
  'finishSingleSignOn',
  'verifySecondFactor',
  'beginPasskeySignIn',
  'finishPasskeySignIn',
  'changePassword',
  'createApiToken',
  'endImpersonation',
  'requestGrant',
  'beginConfirmation',
  'confirmIdentity',
  'beginTotp',
  'confirmTotp',
  'removeTotp',
  'renewRecoveryCodes',
  'beginPasskeyRegistration',
  'finishPasskeyRegistration',
  'deletePasskey',
  'renamePasskey',
  'endOtherSessions',
]

async function dump(): Promise<string> {
  const tables = [
    'tenant',
    'administrator',
    'domain',
    'mailbox',
    'alias',
    'mail_group',
    'mailbox_member',
    'app_password',
    'forward',
    'policy',
    'mail_node',
    'api_token',
    'join_token',
    'budget',
    'access_role',
    'access_grant',
    'role_assignment',
    'session',
    'ban',
    'dkim_key',
    'domain_dns_check',
    'domain_alert',
    'identity_source',
    'identity_source_domain',
    'external_identity',
    'job',
    'upload',
  ]
  const parts = await Promise.all(
    tables.map((table) => application.database.query(`SELECT * FROM ${table} ORDER BY 1`)),
  )
  return JSON.stringify(parts)
}

const foreignMutations = mutations.filter((field) => !ownMutations.includes(field.name))

describe.each(foreignMutations.map((field) => [field.name, field] as const))('mutation %s', (name, field) => {
  const send = (client: ApiClient, objects: (type: string) => string) => client.send(...mutationRequest(field, objects))
  const victims = (type: string) => ids[type] ?? ids.Tenant!
  const codesOf = ({ data, errors }: Awaited<ReturnType<typeof send>>): unknown[] => [
    ...errors.map((error) => error.extensions.code),
    ...(data?.[name]?.errors ?? []).map((error: { code: string }) => error.code),
  ]

  test.each(callerNames)('by a foreign %s changes nothing and answers as for what does not exist', async (caller) => {
    const before = await dump(application)
    const answer = await send(callers[caller]!, victims)
    const missing = await send(callers[caller]!, () => newId())
    expect(codesOf(answer)).toHaveLength(1)
    expect(['NOT_FOUND', 'FORBIDDEN']).toContain(codesOf(answer)[0])
    expect(answer.data).toEqual(missing.data)
    expect(answer.errors).toEqual(missing.errors)
    expect(await dump(application)).toBe(before)
  })

  test('by nobody is refused', async () => {
    const before = await dump(application)
    expect(codesOf(await send(new ApiClient(application.url), victims))).toEqual(['UNAUTHENTICATED'])
    expect(await dump(application)).toBe(before)
  })

  test('by support of the same tenant changes nothing', async () => {
    // Of these everybody has some, and no more of others.
    const own = ['deleteApiToken', 'endSession']
    const before = await dump(application)
    for (const support of [victim.support, victim.customer.support]) {
      expect(codesOf(await send(support, victims))).toEqual([own.includes(name) ? 'NOT_FOUND' : 'FORBIDDEN'])
    }
    expect(await dump(application)).toBe(before)
  })
})

describe('roles within their own tenant', () => {
  test('a customer admin makes no tenants, and none may be made beside oneself', async () => {
    const { customer, tenant } = victim
    const input = { name: 'new', kind: 'CUSTOMER' }
    expect(await customer.admin.refusal('createTenant', { ...input, parentId: customer.tenant.id })).toEqual([
      'FORBIDDEN',
    ])
    expect(await victim.reseller.refusal('createTenant', { ...input, parentId: application.rootId })).toEqual([
      'NOT_FOUND',
    ])
    expect(await victim.reseller.refusal('createTenant', { ...input, parentId: tenant.id })).toEqual([])
  })

  test('nobody grants, or touches, a role higher than their own', async () => {
    const { customer, tenant } = victim
    const input = { email: 'higher@people.example', name: 'Higher', password: 'a long enough password' }
    const make = (client: ApiClient, tenantId: string, role: string) =>
      client.refusal('createAdministrator', { ...input, tenantId, role })
    expect(await make(customer.admin, customer.tenant.id, 'RESELLER')).toEqual(['FORBIDDEN'])
    expect(await make(customer.admin, customer.tenant.id, 'PLATFORM_ADMIN')).toEqual(['FORBIDDEN'])
    expect(await make(victim.reseller, tenant.id, 'PLATFORM_ADMIN')).toEqual(['FORBIDDEN'])
    const { id, version } = customer.administrator
    expect(await customer.admin.refusal('updateAdministrator', { id, version, role: 'PLATFORM_ADMIN' })).toEqual([
      'FORBIDDEN',
    ])
    expect(await victim.reseller.refusal('updateAdministrator', { id, version, role: 'PLATFORM_ADMIN' })).toEqual([
      'FORBIDDEN',
    ])
  })

  test('mail nodes do not exist but for platform administrators', async () => {
    for (const client of [victim.reseller, victim.customer.admin, victim.support]) {
      const data = await client.query(
        `query ($id: ID!) {
          mailNodes { totalCount } domains { nodes { mailNode { id } dnsRecords { value } } }
          on: domains(filter: { mailNodeId: $id }) { totalCount }
          mailEvents(filter: { mailNodeId: $id }) { nodes { id } }
        }`,
        { id: application.mailNodeId },
      )
      expect(data.mailNodes.totalCount).toBe(0)
      expect(data.on.totalCount).toBe(0)
      expect(data.mailEvents.nodes).toEqual([])
      for (const domain of data.domains.nodes) {
        expect(domain.mailNode).toBeNull()
        expect(domain.dnsRecords.map((record: { value: string }) => record.value)).toContain('mx.platform.example')
      }
    }
    const placement = {
      tenantId: victim.customer.tenant.id,
      name: 'placed.example',
      mailNodeId: application.mailNodeId,
    }
    expect(await victim.reseller.refusal('createDomain', placement)).toEqual(['NOT_FOUND'])
  })
})

describe('declarations', () => {
  test('each field of Query, Mutation and Subscription has one', () => {
    for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
      for (const field of fieldsOf(type)) expect(field.extensions.permission, field.name).toBeDefined()
    }
    const open = [...queries, ...mutations].filter((field) => field.extensions.permission === 'public')
    expect(open.map((field) => field.name).sort()).toEqual([
      'beginPasskeySignIn',
      'beginSingleSignOn',
      'finishPasskeySignIn',
      'finishSingleSignOn',
      'signIn',
      'signOut',
      'signOutEverywhere',
      'verifySecondFactor',
      'viewer',
    ])
  })

  test('without one the schema is not built', async () => {
    const { Query, Resolver } = await import('type-graphql')
    class Undeclared {
      open(): string {
        return ''
      }
    }
    const { createSchema } = await import('./platform/graphql/build-schema.js')
    Query(() => String)(Undeclared.prototype, 'open', Object.getOwnPropertyDescriptor(Undeclared.prototype, 'open')!)
    Resolver()(Undeclared)
    expect(() => createSchema({ resolvers: [Undeclared], guard: () => undefined })).toThrow(/Query.open/)
  })
})
