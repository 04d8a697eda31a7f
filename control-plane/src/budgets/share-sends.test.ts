/** Budgets of sending as nodes have them: never overshot, and never left lying about for long. */
import { sendBudgetResource } from '@mailfleet/schema'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEntries } from '../nodes/stream/entries.js'
import type { ApiClient } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { countSends } from './count-sends.js'
import { divide, shareSends, type Share } from './share-sends.js'

const today = '2026-01-01'

describe('shares', () => {
  test('are together no more than the budget, however nodes send and tell, and all of it can be used', () => {
    const step = fc.record({ node: fc.nat({ max: 4 }), sends: fc.nat({ max: 60 }), tells: fc.boolean() })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 2_000 }), fc.array(step), (count, allotted, steps) => {
        const nodes = Array.from({ length: count }, (_, n) => ({ mailNodeId: `n${n}`, used: 0 }))
        const sent = nodes.map(() => 0)
        let shares: Share[] = []
        const share = (): void => {
          shares = divide({ allotted, today, nodes: nodes.map((n) => ({ ...n })), usedElsewhere: 0, shares }, () => 'x')
        }
        const send = (at: number, wanted: number): number => {
          const left = shares[at]!.granted - sent[at]!
          sent[at]! += Math.min(wanted, left)
          return Math.min(wanted, left)
        }
        const sum = () => sent.reduce((a, b) => a + b, 0)
        // One message a node, where there are more nodes than messages.
        const bound = allotted === 0 ? 0 : Math.max(allotted, count)
        share()
        for (const { node, sends, tells } of steps) {
          const at = node % count
          send(at, sends)
          if (tells) nodes[at]!.used = sent[at]!
          share()
          expect(sum()).toBeLessThanOrEqual(bound)
        }
        // One node alone, with all told in time, gets at whatever the others do not hold.
        let idle = 0
        for (let round = 0; round < 200 && idle < 2; round++) {
          nodes.forEach((one, at) => (one.used = sent[at]!))
          share()
          idle = send(0, allotted) === 0 ? idle + 1 : 0
        }
        const held = shares.slice(1).reduce((total, { granted }, at) => total + granted - sent[at + 1]!, 0)
        expect(sum() + held).toBeGreaterThanOrEqual(allotted)
        expect(sum()).toBeLessThanOrEqual(bound)
      }),
      { numRuns: 300 },
    )
  })

  test('a day that begins is no change, and one node has all', () => {
    const nodes = [{ mailNodeId: 'a', used: 0 }]
    const shares = divide({ allotted: 100, today, nodes, usedElsewhere: 0, shares: [] }, () => 'x')
    expect(shares).toMatchObject([{ granted: 100, nextDays: 100 }])
    const tomorrow = divide({ allotted: 100, today: '2026-01-02', nodes, usedElsewhere: 0, shares })
    expect(tomorrow[0]).toBe(shares[0])
  })

  test('a budget of a million is tens of changes for each of ten nodes', () => {
    const nodes = Array.from({ length: 10 }, (_, n) => ({ mailNodeId: `n${n}`, used: 0 }))
    let shares: Share[] = []
    let changes = 0
    for (let round = 0; round < 2_000; round++) {
      const next = divide({ allotted: 1_000_000, today, nodes, usedElsewhere: 0, shares }, () => 'x')
      changes += next.filter((share) => !shares.includes(share)).length
      shares = next
      for (const node of nodes) {
        const { granted } = shares.find(({ mailNodeId }) => mailNodeId === node.mailNodeId)!
        node.used = Math.min(granted, node.used + 100)
      }
    }
    expect(nodes.reduce((sum, { used }) => sum + used, 0)).toBe(1_000_000)
    expect(changes / nodes.length).toBeLessThan(60)
  })

  test('what a node sent that serves the tenant no more is used', () => {
    const nodes = [{ mailNodeId: 'a', used: 0 }]
    const [share] = divide({ allotted: 100, today, nodes, usedElsewhere: 60, shares: [] }, () => 'x')
    expect(share!.granted).toBe(40)
  })
})

describe('in the database', () => {
  let application: TestApplication
  let admin: ApiClient
  beforeAll(async () => {
    application = await startTestApplication()
    admin = application.admin
  })
  afterAll(() => application?.stop())

  const shareOf = async (tenantId: string) => {
    const [row] = await application.database.query<{ id: string }>('SELECT id FROM send_share WHERE tenant_id = $1', [
      tenantId,
    ])
    if (!row) return null
    const key = { kind: 'SendBudget' as const, id: row.id, revision: 1, version: 1 }
    const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
    return sendBudgetResource.parse(JSON.parse(entry!.resource!))
  }

  test('follow the budget of a tenant, what is sent, and its end', async () => {
    const tenant = await admin.must('createTenant', { parentId: application.rootId, name: 'sender', kind: 'CUSTOMER' })
    await admin.must('createDomain', { tenantId: tenant.id, name: 'sender.example' })
    const set = (version: number, sendsPerDay: number | null) =>
      admin.refusal('updateBudget', { tenantId: tenant.id, version, sendsPerDay })
    expect(await set(1, 100)).toEqual([])
    await shareSends(application.database)
    await expect.poll(() => shareOf(tenant.id)).toMatchObject({ tenantId: tenant.id, granted: 100, nextDays: 100 })
    const at = new Date().toISOString()
    const row = { at, type: 'ACCEPTED', protocol: 'SUBMISSION', tenant_id: tenant.id }
    await application.database.transaction((manager) =>
      countSends(manager, application.mailNodeId, [
        row,
        row,
        { ...row, protocol: 'SMTP' },
        { ...row, tenant_id: null },
      ]),
    )
    const { tenant: seen } = await admin.query(
      'query ($id: ID!) { tenant(id: $id) { budget { sendsPerDay { allotted used } } } }',
      tenant,
    )
    expect(seen.budget.sendsPerDay).toEqual({ allotted: 100, used: 2 })
    expect(await set(2, 1)).toEqual([])
    await shareSends(application.database)
    await expect.poll(() => shareOf(tenant.id)).toMatchObject({ granted: 2, nextDays: 1 })
    expect(await set(3, null)).toEqual([])
    await shareSends(application.database)
    await expect.poll(() => shareOf(tenant.id)).toBeNull()
  })
})
