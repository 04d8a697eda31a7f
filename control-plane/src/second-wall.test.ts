/**
 * The second wall with the first one removed: every rule check says yes and every condition of a list is `true`, as if each had been
 * forgotten. What is left is PostgreSQL's row-level security. As strangers, with the ids of another tenant's objects, nothing
 * of that tenant is read, changed or counted.
 */
import { createMongoAbility } from '@casl/ability'
import { getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import 'reflect-metadata'
import { createAdminSchema } from './admin-schema.js'
import {
  allRequests,
  argumentsOf,
  fieldsOf,
  mutationRequest,
  ownMutations,
  type Ids,
} from './test-support/schema-walk.js'
import { startTestApplication, type TestApplication } from './test-support/test-application.js'
import { callerNames, dump, makeVictim } from './test-support/victim.js'
import type { ApiClient } from './test-support/api-client.js'
import type { Branch } from './test-support/world.js'

// Only here, in the modules of this test: nothing in the product could switch them off.
vi.mock('./access/ability.js', async (original) => ({
  ...(await original<typeof import('./access/ability.js')>()),
  abilityOf: () => createMongoAbility([{ action: 'manage', subject: 'all' }]),
}))
vi.mock('./access/rules.js', async (original) => ({
  ...(await original<typeof import('./access/rules.js')>()),
  covers: () => true,
}))

const schema = createAdminSchema()
const queries = fieldsOf(schema.getQueryType())
const mutations = fieldsOf(schema.getMutationType()).filter((field) => !ownMutations.includes(field.name))

let application: TestApplication
let victim: Branch
let foreign: Branch
let ids: Ids
let secrets: string[]
let callers: Record<string, ApiClient>

beforeAll(async () => {
  application = await startTestApplication()
  ;({ victim, foreign, ids, secrets, callers } = await makeVictim(application))
  // Mail nodes are no tenant's, and whoever places a domain looks at them; the entry on how one's own tenant was made names the
  // platform above it.
  secrets = secrets.filter((secret) => secret !== application.mailNodeId && secret !== application.rootId)
})
afterAll(() => application?.stop())

const leaks = (answer: unknown): string[] => secrets.filter((secret) => JSON.stringify(answer).includes(secret))

test('the first wall is gone: support, which may only read, writes', async () => {
  const input = { domainId: foreign.customer.domain.id, localPart: 'made-by-support', targets: ['a@elsewhere.test'] }
  expect(await foreign.customer.support.refusal('createAlias', input)).toEqual([])
})

describe.each(queries.map((field) => [field.name, field] as const))('query %s', (_name, field) => {
  test.each(callerNames)('shows a foreign %s nothing', async (caller) => {
    await Promise.all(
      allRequests(field, ids).map(async (request) => {
        const { data, errors } = await callers[caller]!.send(request)
        expect(leaks(data), request).toEqual([])
        expect(
          errors.filter((error) => leaks(error.message).length > 0),
          request,
        ).toEqual([])
      }),
    )
  })

  const type = getNamedType(field.type)
  test.skipIf(!isObjectType(type) || !('totalCount' in type.getFields()))('counts nothing for a stranger', async () => {
    for (const argumentText of argumentsOf(field, ids).filter((text) => text.includes('filter'))) {
      if (argumentText.includes(application.mailNodeId)) continue
      const { data } = await callers.reseller!.send(`{ ${field.name}${argumentText} { totalCount } }`)
      expect(data?.[field.name]?.totalCount ?? 0, argumentText).toBe(0)
    }
  })
})

describe.each(mutations.map((field) => [field.name, field] as const))('mutation %s', (_name, field) => {
  test.each(callerNames)('by a foreign %s changes nothing', async (caller) => {
    const before = await dump(application)
    const answer = await callers[caller]!.send(...mutationRequest(field, (type) => ids[type] ?? ids.Tenant!))
    expect(await dump(application)).toBe(before)
    expect(leaks({ ...answer.data, errors: answer.errors.map(({ message }) => message) })).toEqual([])
  })
})

test('whoever is within sees it', async () => {
  const { data } = await victim.reseller.send('{ mailboxes { nodes { id } totalCount } tenants { nodes { id } } }')
  expect(leaks(data)).toEqual(expect.arrayContaining([ids.Mailbox, ids.Tenant, victim.tenant.id]))
  expect(data.mailboxes.totalCount).toBe(1)
})
