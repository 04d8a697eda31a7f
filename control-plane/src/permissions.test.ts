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
      for (const request of allRequests(field, ids)) {
        if (seen.size > 0) break
        for (const secret of leaks((await insider.send(request)).data)) seen.add(secret)
      }
    }
    expect(seen.size).toBeGreaterThan(0)
  })
})

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
    // Of these everybody has some, and no more of others; the history is none of theirs.
    const own = ['deleteApiToken', 'endSession', 'revertRevision', 'revertTo']
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
