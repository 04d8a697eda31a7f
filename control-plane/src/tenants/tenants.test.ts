import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEntries } from '../nodes/stream/entries.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { whileUncommitted } from '../test-support/while-locked.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'first')
})
afterAll(() => application?.stop())

describe('the tree', () => {
  test('knows parent, ancestors and what is below', async () => {
    const { tenant } = await application.admin.query(
      `query ($id: ID!) { tenant(id: $id) { name kind parent { name } ancestors { name } domainCount mailboxCount effectiveStatus } }`,
      { id: branch.customer.tenant.id },
    )
    expect(tenant).toEqual({
      name: 'first-customer',
      kind: 'CUSTOMER',
      parent: { name: 'first' },
      ancestors: [{ name: 'Platform' }, { name: 'first' }],
      domainCount: 1,
      mailboxCount: 1,
      effectiveStatus: 'ACTIVE',
    })
    const top = await application.admin.query(`query ($id: ID!) { tenant(id: $id) { domainCount } }`, {
      id: application.rootId,
    })
    expect(top.tenant.domainCount).toBe(1)
  })

  test('shows a reseller nothing above its own tenant', async () => {
    const { tenant } = await branch.reseller.query(
      `query ($id: ID!) { tenant(id: $id) { parent { name } ancestors { name } } }`,
      { id: branch.tenant.id },
    )
    expect(tenant).toEqual({ parent: null, ancestors: [] })
  })

  test.each([
    ['a platform under anything', 'root', 'PLATFORM'],
    ['anything under a customer', 'customer', 'CUSTOMER'],
    ['a reseller under a customer', 'customer', 'RESELLER'],
  ])('refuses %s', async (_, parent, kind) => {
    const parentId = parent === 'root' ? application.rootId : branch.customer.tenant.id
    expect(await application.admin.refusal('createTenant', { parentId, name: 'odd', kind })).toEqual(['TENANT_KIND'])
  })

  test('has a name once under one parent, in any case', async () => {
    const input = { parentId: branch.tenant.id, name: ' FIRST-Customer ', kind: 'CUSTOMER' }
    expect(await application.admin.refusal('createTenant', input)).toEqual(['ALREADY_EXISTS'])
    const elsewhere = await application.admin.must('createTenant', { ...input, parentId: application.rootId }, 'name')
    expect(elsewhere.name).toBe('FIRST-Customer')
  })

  test.each([[''], ['   '], ['x'.repeat(201)], ['two\nlines']])('refuses the name %j', async (name) => {
    const input = { parentId: application.rootId, name, kind: 'CUSTOMER' }
    expect(await application.admin.refusal('createTenant', input)).toEqual(['INVALID_INPUT'])
  })
})

describe('changes', () => {
  test('need the version that was seen', async () => {
    const tenant = await application.admin.must('createTenant', {
      parentId: application.rootId,
      name: 'versions',
      kind: 'CUSTOMER',
    })
    const rename = (name: string, version: number) => ({ id: tenant.id, version, name })
    const changed = await application.admin.must('updateTenant', rename('versions 2', 1), 'version name')
    expect(changed).toEqual({ version: 2, name: 'versions 2' })
    expect(await application.admin.refusal('updateTenant', rename('versions 3', 1))).toEqual(['VERSION_CONFLICT'])
    const { tenant: after } = await application.admin.query(`query ($id: ID!) { tenant(id: $id) { name } }`, tenant)
    expect(after.name).toBe('versions 2')
  })

  test('at the same moment with the same version: one wins', async () => {
    const { id } = await application.admin.must('createTenant', {
      parentId: application.rootId,
      name: 'race',
      kind: 'CUSTOMER',
    })
    const names = Array.from({ length: 10 }, (_, index) => `race ${index}`)
    const outcomes = await Promise.all(
      names.map((name) => application.admin.refusal('updateTenant', { id, version: 1, name })),
    )
    expect(outcomes.filter((codes) => codes.length === 0)).toHaveLength(1)
    expect(outcomes.flat().filter((code) => code !== 'VERSION_CONFLICT')).toEqual([])
  })

  test('leave absent fields alone and refuse null', async () => {
    const { id } = await application.admin.must('createTenant', {
      parentId: application.rootId,
      name: 'partial',
      kind: 'CUSTOMER',
    })
    expect(await application.admin.refusal('updateTenant', { id, version: 1, name: null })).toEqual(['INVALID_INPUT'])
    expect(await application.admin.must('updateTenant', { id, version: 1 }, 'name version')).toEqual({
      name: 'partial',
      version: 2,
    })
  })
})

describe('suspension', () => {
  test('reaches all below and is told to their nodes, and ends again', async () => {
    const other = await makeBranch(application, 'suspended')
    const statuses = () =>
      application.admin
        .query(`query ($id: ID!) { domain(id: $id) { status effectiveStatus } }`, { id: other.customer.domain.id })
        .then(({ domain }) => domain)
    const head = async (): Promise<string> =>
      (
        await application.database.query<{ revision: string }>(
          `SELECT coalesce(max(revision), 0) AS revision FROM change_log WHERE kind = 'Domain' AND resource_id = $1`,
          [other.customer.domain.id],
        )
      )[0]!.revision
    const before = await head()
    await application.admin.must('suspendTenant', { id: other.tenant.id, version: 1 })
    expect(await statuses()).toEqual({ status: 'ACTIVE', effectiveStatus: 'SUSPENDED' })
    await expect.poll(async () => BigInt(await head()) > BigInt(before), { timeout: 5_000 }).toBe(true)
    // Its people are signed out at once.
    expect((await other.reseller.query(`{ viewer { packedRules } }`)).viewer).toBeNull()
    expect((await other.customer.admin.query(`{ viewer { packedRules } }`)).viewer).toBeNull()

    await application.admin.must('resumeTenant', { id: other.tenant.id, version: 2 })
    expect(await statuses()).toEqual({ status: 'ACTIVE', effectiveStatus: 'ACTIVE' })
  })

  test('lets mail in, or not, all the way down', async () => {
    const { tenant, customer } = await makeBranch(application, 'receiving')
    const atNode = async () => {
      const key = { kind: 'Domain' as const, id: customer.domain.id, revision: 1, version: 1 }
      const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
      const { status, receivesWhileSuspended } = JSON.parse(entry!.resource!)
      return [status, receivesWhileSuspended]
    }
    const suspend = `mutation ($input: VersionedInput!) { suspendTenant(input: $input, receiving: true) { errors { code } } }`
    await application.admin.query(suspend, { input: { id: tenant.id, version: 1 } })
    expect(await atNode()).toEqual(['SUSPENDED', true])
    await application.admin.must('suspendTenant', { id: customer.tenant.id, version: 1 })
    expect(await atNode()).toEqual(['SUSPENDED', false])
  })

  test('is not for the platform, nor for oneself', async () => {
    expect(await application.admin.refusal('suspendTenant', { id: application.rootId, version: 1 })).toEqual([
      'FORBIDDEN',
    ])
    expect(await branch.reseller.refusal('suspendTenant', { id: branch.tenant.id, version: 1 })).toEqual(['FORBIDDEN'])
  })
})

describe('lists', () => {
  test('filter, search and sort', async () => {
    const { admin } = application
    const names = ['Zebra 100%', 'apple_1', 'Äpfel', 'apple-2']
    const parent = await admin.must('createTenant', { parentId: application.rootId, name: 'lists', kind: 'RESELLER' })
    for (const name of names) await admin.must('createTenant', { parentId: parent.id, name, kind: 'CUSTOMER' })
    const find = async (filter: object, orderBy?: object) =>
      (
        await admin.query(
          `query ($filter: TenantFilter, $orderBy: TenantOrder) {
             tenants(filter: $filter, orderBy: $orderBy) { totalCount nodes { name } } }`,
          { filter: { parentId: parent.id, ...filter }, orderBy },
        )
      ).tenants.nodes.map((tenant: { name: string }) => tenant.name)
    expect(await find({ search: 'APPLE' })).toEqual(['apple-2', 'apple_1'])
    expect(await find({ search: 'äPF' })).toEqual(['Äpfel'])
    // The characters of LIKE are characters here.
    expect(await find({ search: '0%' })).toEqual(['Zebra 100%'])
    expect(await find({ search: 'apple_' })).toEqual(['apple_1'])
    expect(await find({ search: '\0' })).toEqual([])
    expect(await find({}, { field: 'CREATED_AT', direction: 'DESC' })).toEqual([...names].reverse())
    expect(await find({ kind: 'RESELLER' })).toEqual([])
    expect(await find({ withinId: parent.id, parentId: null })).toHaveLength(5)
    expect(await find({ parentId: 'no id' })).toEqual([])
  })
})

describe('suspending at the same moment', () => {
  const setStatus = 'UPDATE tenant SET status = $2, version = version + 1 WHERE id = $1'
  const statusAtNode = async (id: string) => {
    const key = { kind: 'Domain' as const, id, revision: 1, version: 1 }
    const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
    return JSON.parse(entry!.resource!).status
  }

  test('a new domain waits for it, and so its node never hears that it is active', async () => {
    const { id: tenantId } = branch.customer.tenant
    const made = await whileUncommitted(application.databaseUrl, [setStatus, [branch.tenant.id, 'SUSPENDED']], () =>
      application.admin.must('createDomain', { tenantId, name: 'late.example' }),
    )
    expect(await statusAtNode(made.id)).toBe('SUSPENDED')
  })

  test('a domain that moves to another node waits as well', async () => {
    const { id: tenantId } = branch.customer.tenant
    const { id, version } = await application.admin.must('createDomain', { tenantId, name: 'moving.example' })
    const node = await application.admin.must('createMailNode', { name: 'second', hostName: 'mx2.platform.example' })
    await whileUncommitted(application.databaseUrl, [setStatus, [branch.tenant.id, 'ACTIVE']], () =>
      application.admin.must('updateDomain', { id, version, mailNodeId: node.id }),
    )
  })
})
