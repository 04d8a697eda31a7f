import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch } from '../test-support/world.js'
import { purgeDeleted } from '../test-support/purge.js'

let application: TestApplication
let admin: ApiClient
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
})
afterAll(() => application?.stop())

const tenantOf = async (id: string): Promise<Json> =>
  (
    await admin.query(
      `query ($id: ID!) { tenant(id: $id) { id version status effectiveStatus deletedAt purgeAt parent { id } domainCount
         budget { domains { used handedDown } } } }`,
      { id },
    )
  ).tenant
const restore = async (input: object): Promise<string[]> => {
  const { data } = await admin.send(
    'mutation ($input: VersionedInput!) { restoreTenant(input: $input) { errors { code } } }',
    { input },
  )
  return data.restoreTenant.errors.map(({ code }: { code: string }) => code)
}
const listed = async (deleted: boolean): Promise<string[]> =>
  (
    await admin.query(`query ($d: Boolean) { tenants(filter: { deleted: $d }) { nodes { id } } }`, { d: deleted })
  ).tenants.nodes.map(({ id }: { id: string }) => id)
const purge = (): Promise<void> => purgeDeleted(application)

describe('deleting', () => {
  test('takes all below along, and gives it back', async () => {
    const { tenant, customer, reseller } = await makeBranch(application, 'undone')
    await admin.must('suspendTenant', customer.tenant)
    expect(await admin.refusal('deleteTenant', tenant)).toEqual([])
    expect(await reseller.query(`{ viewer { packedRules } }`)).toEqual({ viewer: null })
    const deleted = await tenantOf(tenant.id)
    expect(deleted).toMatchObject({ status: 'SUSPENDED', deletedAt: expect.any(String), purgeAt: expect.any(String) })
    expect([(await listed(false)).includes(customer.tenant.id), (await listed(true)).includes(tenant.id)]).toEqual([
      false,
      true,
    ])
    const { id, version } = deleted
    expect(await admin.refusal('resumeTenant', { id, version })).toEqual(['FORBIDDEN'])
    expect(await admin.refusal('deleteTenant', { id, version })).toEqual(['FORBIDDEN'])
    await purge()
    expect(await restore({ id, version })).toEqual([])
    expect(await tenantOf(tenant.id)).toMatchObject({ status: 'ACTIVE', deletedAt: null, domainCount: 1 })
    expect(await tenantOf(customer.tenant.id)).toMatchObject({ status: 'SUSPENDED' })
    expect((await reseller.query(`{ viewer { packedRules } }`)).viewer).not.toBeNull()
  })

  test('is for good when its time has come, and the nodes are told', async () => {
    const { tenant, customer } = await makeBranch(application, 'gone')
    await admin.refusal('updateBudget', { tenantId: customer.tenant.id, version: 1, domains: 4 })
    await admin.refusal('deleteTenant', tenant)
    await application.database.query('UPDATE tenant SET purge_at = now() WHERE id = $1', [tenant.id])
    await purge()
    expect([await tenantOf(tenant.id), await tenantOf(customer.tenant.id)]).toEqual([null, null])
    const told = await application.database.query<{ kind: string }>(
      `SELECT DISTINCT kind FROM (SELECT kind, resource_id FROM change_outbox
         UNION ALL SELECT kind, resource_id FROM change_log) AS told WHERE resource_id = ANY($1::uuid[]) ORDER BY kind`,
      [[customer.domain.id, customer.mailbox.id, customer.alias.id, customer.forward.id]],
    )
    expect(told.map(({ kind }) => kind)).toEqual(['Alias', 'Domain', 'Forward', 'Mailbox'])
    expect(await restore({ id: tenant.id, version: 2 })).toEqual(['NOT_FOUND'])
    const again = { tenantId: application.rootId, name: customer.domain.name }
    expect(await admin.refusal('createDomain', again)).toEqual([])
  })
})

describe('moving', () => {
  const make = (parentId: string, name: string, kind = 'RESELLER') =>
    admin.must('createTenant', { parentId, name, kind })
  const move = (client: ApiClient, id: string, version: number, parentId: string) =>
    client.refusal('moveTenant', { id, version, parentId })
  const allot = (tenantId: string, version: number, amounts: object) =>
    admin.refusal('updateBudget', { tenantId, version, ...amounts })

  test('takes the subtree, its rights and its budgets along', async () => {
    const from = await makeBranch(application, 'from')
    const to = await makeBranch(application, 'to')
    const { tenant } = from.customer
    await allot(from.tenant.id, 1, { domains: 5 })
    await allot(to.tenant.id, 1, { domains: 5 })
    await allot(tenant.id, 1, { domains: 2 })
    expect(await move(admin, tenant.id, tenant.version, to.tenant.id)).toEqual([])
    expect((await tenantOf(tenant.id)).parent.id).toBe(to.tenant.id)
    expect((await tenantOf(from.tenant.id)).budget.domains).toEqual({ used: 0, handedDown: 0 })
    expect((await tenantOf(to.tenant.id)).budget.domains).toEqual({ used: 2, handedDown: 2 })
    const sees = async (client: ApiClient) =>
      (await client.query(`query ($id: ID!) { domain(id: $id) { name } }`, { id: from.customer.domain.id })).domain
    expect([await sees(from.reseller), (await sees(to.reseller))?.name]).toEqual([null, 'from-customer.example'])
    expect((await sees(from.customer.admin)).name).toBe('from-customer.example')
  })

  test('is refused where it does not fit, or is not ones own', async () => {
    const branch = await makeBranch(application, 'unmoved')
    const deep = await make(branch.tenant.id, 'deep')
    const other = await makeBranch(application, 'elsewhere')
    const { tenant } = branch.customer
    expect(await move(admin, branch.tenant.id, 1, deep.id)).toEqual(['INVALID_INPUT'])
    expect(await move(admin, deep.id, 1, tenant.id)).toEqual(['TENANT_KIND'])
    expect(await move(admin, deep.id, 7, application.rootId)).toEqual(['VERSION_CONFLICT'])
    expect(await move(branch.reseller, deep.id, 1, other.tenant.id)).toEqual(['NOT_FOUND'])
    expect(await move(branch.reseller, branch.tenant.id, 1, deep.id)).toEqual(['FORBIDDEN'])
    expect(await move(branch.customer.admin, tenant.id, 1, deep.id)).toEqual(['FORBIDDEN'])
    await allot(deep.id, 1, { domains: 0 })
    expect(await move(branch.reseller, tenant.id, 1, deep.id)).toEqual(['BUDGET_EXCEEDED'])
    expect((await tenantOf(tenant.id)).parent.id).toBe(branch.tenant.id)
  })

  test('nothing comes under a tenant that is deleted, or below one: it would be purged with it', async () => {
    const gone = await makeBranch(application, 'condemned')
    const kept = await makeBranch(application, 'spared')
    const below = await make(gone.tenant.id, 'below')
    expect(await admin.refusal('deleteTenant', gone.tenant)).toEqual([])
    for (const parentId of [gone.tenant.id, below.id]) {
      expect(await move(admin, kept.customer.tenant.id, kept.customer.tenant.version, parentId)).toEqual(['FORBIDDEN'])
      expect(await admin.refusal('createTenant', { parentId, name: 'late', kind: 'CUSTOMER' })).toEqual(['FORBIDDEN'])
      const domain = { tenantId: parentId, name: 'late.example' }
      expect(await admin.refusal('createDomain', domain)).toEqual(['FORBIDDEN'])
    }
    expect((await tenantOf(kept.customer.tenant.id)).parent.id).toBe(kept.tenant.id)
  })
})
