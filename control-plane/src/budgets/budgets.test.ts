import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../platform/ids.js'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { whileUncommitted } from '../test-support/while-locked.js'
import { addAdministrator } from '../test-support/world.js'
import { destroyDomain } from '../test-support/purge.js'

let application: TestApplication
let admin: ApiClient
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
})
afterAll(() => application?.stop())

let made = 0
const makeTenant = (parentId: string, kind = 'RESELLER') =>
  admin.must('createTenant', { parentId, kind, name: `tenant ${++made}` })
const budgetOf = async (id: string, client = admin): Promise<Json> =>
  (
    await client.query(
      `query ($id: ID!) { tenant(id: $id) { budget { version oversell
         domains { ...line } mailboxes { ...line } storage { ...line } sendsPerDay { ...line } } } }
       fragment line on BudgetLine { allotted used handedDown remaining }`,
      { id },
    )
  ).tenant.budget
async function allot(tenantId: string, amounts: object, client = admin): Promise<string[]> {
  const { version } = await budgetOf(tenantId)
  return client.refusal('updateBudget', { tenantId, version, ...amounts })
}
const domainInput = (tenantId: string) => ({ tenantId, name: `domain${++made}.example` })
const mailboxInput = (domainId: string, quotaBytes: number | null) => ({
  domainId,
  localPart: `box${++made}`,
  name: 'Box',
  password: newPassword(),
  quotaBytes,
})
const succeeded = (outcomes: string[][]): number => outcomes.filter((codes) => codes.length === 0).length

describe('what is allotted', () => {
  test('is used up, and given back by what is deleted', async () => {
    const { id } = await makeTenant(application.rootId)
    expect(await allot(id, { domains: 1 })).toEqual([])
    const domain = await admin.must('createDomain', domainInput(id))
    expect(await admin.refusal('createDomain', domainInput(id))).toEqual(['BUDGET_EXCEEDED'])
    expect((await budgetOf(id)).domains).toEqual({ allotted: 1, used: 1, handedDown: 0, remaining: 0 })
    await destroyDomain(application, domain)
    expect((await budgetOf(id)).domains.remaining).toBe(1)
    expect(await admin.refusal('createDomain', domainInput(id))).toEqual([])
  })

  test('counts what was there before, and holds for all below', async () => {
    const reseller = await makeTenant(application.rootId)
    const customer = await makeTenant(reseller.id, 'CUSTOMER')
    const domain = await admin.must('createDomain', domainInput(customer.id))
    await admin.must('createMailbox', mailboxInput(domain.id, 1_000))
    expect(await allot(reseller.id, { domains: 2, mailboxes: 1, storageBytes: 5_000 })).toEqual([])
    const { domains, mailboxes, storage } = await budgetOf(reseller.id)
    expect([domains.used, mailboxes.used, storage.used]).toEqual([1, 1, 1_000])
    expect(await admin.refusal('createMailbox', mailboxInput(domain.id, 1))).toEqual(['BUDGET_EXCEEDED'])
    expect((await budgetOf(customer.id)).mailboxes).toEqual({ allotted: null, used: 1, handedDown: 0, remaining: null })
  })

  test('storage is the sum of quotas: raised, lowered, moved, and never unlimited', async () => {
    const { id } = await makeTenant(application.rootId)
    await allot(id, { storageBytes: 1_000 })
    const domain = await admin.must('createDomain', domainInput(id))
    expect(await admin.refusal('createMailbox', mailboxInput(domain.id, null))).toEqual(['BUDGET_EXCEEDED'])
    const box = await admin.must('createMailbox', mailboxInput(domain.id, 600))
    const other = await admin.must('createMailbox', mailboxInput(domain.id, 400))
    const change = (mailbox: Json, version: number, quotaBytes: number | null) =>
      admin.refusal('updateMailbox', { id: mailbox.id, version, quotaBytes })
    expect(await change(box, 1, 601)).toEqual(['BUDGET_EXCEEDED'])
    expect(await change(box, 1, null)).toEqual(['BUDGET_EXCEEDED'])
    expect(await change(box, 1, 100)).toEqual([])
    expect(await change(other, 1, 900)).toEqual([])
    expect((await budgetOf(id)).storage).toEqual({ allotted: 1_000, used: 1_000, handedDown: 0, remaining: 0 })
  })

  test('may be less than what is used: nothing is taken away, nothing comes in, and it is noticed', async () => {
    const { id } = await makeTenant(application.rootId)
    const first = await admin.must('createDomain', domainInput(id))
    await admin.must('createDomain', domainInput(id))
    expect(await allot(id, { domains: 1 })).toEqual([])
    expect((await budgetOf(id)).domains).toEqual({ allotted: 1, used: 2, handedDown: 0, remaining: 0 })
    await destroyDomain(application, first)
    expect(await admin.refusal('createDomain', domainInput(id))).toEqual(['BUDGET_EXCEEDED'])
    const { budgetNotices } = await admin.query(
      `query ($id: ID!) { budgetNotices(filter: { withinId: $id }) { nodes { kind resource allotted amount tenant { id } } } }`,
      { id },
    )
    expect(budgetNotices.nodes).toEqual([
      { kind: 'OVERUSED', resource: 'DOMAINS', allotted: 1, amount: 2, tenant: { id } },
    ])
    expect(await allot(id, { domains: null })).toEqual([])
    expect(await admin.refusal('createDomain', domainInput(id))).toEqual([])
  })
})

describe('handing down', () => {
  test('BLOCK sets it aside', async () => {
    const reseller = await makeTenant(application.rootId)
    const [a, b] = [await makeTenant(reseller.id, 'CUSTOMER'), await makeTenant(reseller.id, 'CUSTOMER')]
    await allot(reseller.id, { domains: 3 })
    expect(await allot(a.id, { domains: 2 })).toEqual([])
    expect(await allot(b.id, { domains: 2 })).toEqual(['BUDGET_EXCEEDED'])
    expect((await budgetOf(reseller.id)).domains).toEqual({ allotted: 3, used: 0, handedDown: 2, remaining: 1 })
    // b has none of its own, and shares what is left.
    expect(await admin.refusal('createDomain', domainInput(b.id))).toEqual([])
    expect(await admin.refusal('createDomain', domainInput(b.id))).toEqual(['BUDGET_EXCEEDED'])
    expect(await admin.refusal('createDomain', domainInput(a.id))).toEqual([])
    expect(await allot(a.id, { domains: 3 })).toEqual(['BUDGET_EXCEEDED'])
    expect(await allot(a.id, { domains: 1 })).toEqual([])
  })

  test.each([
    ['NOTIFY', ['OVERSOLD']],
    ['ALLOW', []],
  ])('%s lets more be handed down than there is, but not be used', async (oversell, kinds) => {
    const reseller = await makeTenant(application.rootId)
    const [a, b] = [await makeTenant(reseller.id, 'CUSTOMER'), await makeTenant(reseller.id, 'CUSTOMER')]
    await allot(reseller.id, { domains: 1, oversell })
    expect([await allot(a.id, { domains: 1 }), await allot(b.id, { domains: 1 })]).toEqual([[], []])
    const notices = await admin.query(
      `query ($id: ID!) { budgetNotices(filter: { withinId: $id }) { nodes { kind allotted amount } } }`,
      { id: reseller.id },
    )
    expect(notices.budgetNotices.nodes).toEqual(kinds.map((kind) => ({ kind, allotted: 1, amount: 2 })))
    expect(await admin.refusal('createDomain', domainInput(a.id))).toEqual([])
    expect(await admin.refusal('createDomain', domainInput(b.id))).toEqual(['BUDGET_EXCEEDED'])
  })

  test('a budget put in between, or taken away, leaves the sums right', async () => {
    const top = await makeTenant(application.rootId)
    const middle = await makeTenant(top.id)
    const low = await makeTenant(middle.id, 'CUSTOMER')
    await allot(top.id, { domains: 10 })
    await allot(low.id, { domains: 4 })
    expect((await budgetOf(top.id)).domains.handedDown).toBe(4)
    await allot(middle.id, { domains: 6 })
    expect((await budgetOf(top.id)).domains).toMatchObject({ handedDown: 6, remaining: 4 })
    expect((await budgetOf(middle.id)).domains).toMatchObject({ handedDown: 4, remaining: 2 })
    await allot(middle.id, { domains: null })
    expect((await budgetOf(top.id)).domains).toMatchObject({ handedDown: 4, remaining: 6 })
    expect((await budgetOf(middle.id)).domains).toMatchObject({ allotted: null, handedDown: 4 })
  })
})

describe('the ceiling', () => {
  test('is raised by nobody who stands under it', async () => {
    const reseller = await makeTenant(application.rootId)
    const below = await makeTenant(reseller.id)
    const own = await addAdministrator(application, reseller.id, 'RESELLER', 'budget-own')
    const sub = await addAdministrator(application, below.id, 'RESELLER', 'budget-sub')
    await allot(reseller.id, { domains: 1 })
    expect(await allot(reseller.id, { domains: 100 }, own.client)).toEqual(['FORBIDDEN'])
    expect(await allot(reseller.id, { oversell: 'ALLOW' }, own.client)).toEqual(['FORBIDDEN'])
    expect(await allot(below.id, { domains: 1 }, own.client)).toEqual([])
    expect(await allot(below.id, { domains: 2 }, sub.client)).toEqual(['FORBIDDEN'])
    expect((await budgetOf(reseller.id, own.client)).domains.allotted).toBe(1)
    expect(await allot(reseller.id, { domains: -1 })).toEqual(['INVALID_INPUT'])
    expect(await admin.refusal('updateBudget', { tenantId: reseller.id, version: 1, domains: 5 })).toEqual([
      'VERSION_CONFLICT',
    ])
  })
})

describe('at the same moment', () => {
  test('fifty at the edge, over several tenants of one subtree: exactly as many as fit', async () => {
    const reseller = await makeTenant(application.rootId)
    const sub = await makeTenant(reseller.id)
    const tenants = [reseller, sub, await makeTenant(reseller.id, 'CUSTOMER'), await makeTenant(sub.id, 'CUSTOMER')]
    await allot(reseller.id, { domains: 17 })
    await allot(sub.id, { domains: 8 })
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => admin.refusal('createDomain', domainInput(tenants[index % 4]!.id))),
    )
    expect(succeeded(outcomes)).toBe(17)
    expect(new Set(outcomes.flat())).toEqual(new Set(['BUDGET_EXCEEDED']))
    expect((await budgetOf(reseller.id)).domains).toMatchObject({ used: 17, remaining: 0 })
    expect((await budgetOf(sub.id)).domains).toMatchObject({ used: 8, remaining: 0 })
  })

  test('the second waits for the first, and finds no room', async () => {
    const { id } = await makeTenant(application.rootId)
    await allot(id, { domains: 1 })
    const insert = `INSERT INTO domain (id, tenant_id, name, display_name) VALUES ($1, $2, 'first.example', 'first.example')`
    const codes = await whileUncommitted(application.databaseUrl, [insert, [newId(), id]], () =>
      admin.refusal('createDomain', domainInput(id)),
    )
    expect(codes).toEqual(['BUDGET_EXCEEDED'])
  })

  test('mailboxes and quotas too, while things are deleted', async () => {
    const { id } = await makeTenant(application.rootId)
    const domain = await admin.must('createDomain', domainInput(id))
    await allot(id, { mailboxes: 12, storageBytes: 1_000 })
    const make = () => admin.mutate('createMailbox', mailboxInput(domain.id, 100), 'mailbox { id version }')
    const first = await Promise.all(Array.from({ length: 20 }, make))
    const kept = first.flatMap((payload) => (payload.mailbox ? [payload.mailbox] : []))
    expect(kept).toHaveLength(10)
    const [deleted, more] = await Promise.all([
      Promise.all(kept.slice(0, 5).map((box) => admin.erase('Mailbox', box))),
      Promise.all(Array.from({ length: 20 }, make)),
    ])
    expect(succeeded(deleted)).toBe(5)
    const now = 5 + more.filter((payload) => payload.mailbox).length
    expect((await budgetOf(id)).storage.used).toBe(now * 100)
    expect(now).toBeLessThanOrEqual(10)
  })

  test('a first budget while domains are being made counts each of them', async () => {
    const reseller = await makeTenant(application.rootId)
    const customer = await makeTenant(reseller.id, 'CUSTOMER')
    const outcomes = await Promise.all([
      ...Array.from({ length: 20 }, () => admin.refusal('createDomain', domainInput(customer.id))),
      allot(reseller.id, { domains: 1_000 }),
      allot(customer.id, { domains: 500 }),
    ])
    expect(succeeded(outcomes)).toBe(22)
    for (const { id } of [reseller, customer]) expect((await budgetOf(id)).domains.used).toBe(20)
    expect((await budgetOf(reseller.id)).domains.handedDown).toBe(500)
  })
})

test('a domain that changes its tenant takes its budget along', async () => {
  const [from, to] = [await makeTenant(application.rootId), await makeTenant(application.rootId)]
  const domain = await admin.must('createDomain', domainInput(from.id))
  await admin.must('createMailbox', mailboxInput(domain.id, 300))
  for (const { id } of [from, to]) await allot(id, { domains: 5, mailboxes: 5, storageBytes: 1_000 })
  await application.database.query('UPDATE domain SET tenant_id = $1 WHERE id = $2', [to.id, domain.id])
  const used = async (id: string) => {
    const { domains, mailboxes, storage } = await budgetOf(id)
    return [domains.used, mailboxes.used, storage.used]
  }
  expect([await used(from.id), await used(to.id)]).toEqual([
    [0, 0, 0],
    [1, 1, 300],
  ])
})
