import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import type { ApiClient, Json } from '../test-support/api-client.js'

let application: TestApplication
let admin: ApiClient
let tenantId: string
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  const tenant = await admin.must('createTenant', { parentId: application.rootId, name: 'owner', kind: 'CUSTOMER' })
  tenantId = tenant.id
})
afterAll(() => application?.stop())

const password = 'a long enough password'
let names = 0
const create = (input: object = {}, selection = 'id version name displayName catchAll mailNode { id }') =>
  admin.must('createDomain', { tenantId, name: `d${++names}.example`, ...input }, selection)

/** Keys that the change log has for the node since `revision`. */
async function changesSince(revision: string, mailNodeId = application.mailNodeId): Promise<string[]> {
  await expect.poll(async () => (await application.database.query('SELECT FROM change_outbox')).length).toBe(0)
  const rows = await application.database.query<{ key: string }>(
    `SELECT DISTINCT kind || '/' || resource_id AS key FROM change_log WHERE revision > $1 AND mail_node_id = $2`,
    [revision, mailNodeId],
  )
  return rows.map((row) => row.key).sort()
}
const head = async (): Promise<string> => {
  await expect.poll(async () => (await application.database.query('SELECT FROM change_outbox')).length).toBe(0)
  const [row] = await application.database.query<{ revision: string }>('SELECT revision FROM change_head')
  return row!.revision
}

describe('names', () => {
  test('are normalised, and shown in both spellings', async () => {
    const domain = await create({ name: ' BÜCHER.Example. ', catchAll: 'Info@BÜCHER.example' })
    expect(domain).toMatchObject({
      name: 'xn--bcher-kva.example',
      displayName: 'bücher.example',
      catchAll: 'info@xn--bcher-kva.example',
    })
    expect(await admin.refusal('createDomain', { tenantId, name: 'xn--bcher-kva.EXAMPLE' })).toEqual(['ALREADY_EXISTS'])
    const find = async (search: string) =>
      (await admin.query(`query ($f: DomainFilter) { domains(filter: $f) { nodes { id } } }`, { f: { search } }))
        .domains.nodes
    for (const search of ['bücher', 'BÜCH', 'xn--bch', 'cher-k', 'ÜCHER.exam']) {
      expect(await find(search), search).toEqual([{ id: domain.id }])
    }
  })

  test.each([
    ['nodot'],
    ['co.uk'],
    ['a..b.example'],
    ['-a.example'],
    ['a b.example'],
    ['1.2.3.4'],
    ['x'.repeat(64) + '.example'],
    [''],
  ])('refuses %j', async (name) => {
    expect(await admin.refusal('createDomain', { tenantId, name })).toEqual(['INVALID_INPUT'])
  })

  test('the same name at the same moment: one wins', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => admin.refusal('createDomain', { tenantId, name: 'race.example' })),
    )
    expect(outcomes.filter((codes) => codes.length === 0)).toHaveLength(1)
    expect(new Set(outcomes.flat())).toEqual(new Set(['ALREADY_EXISTS']))
  })
})

describe('placement', () => {
  test('prefers enrolled nodes with few domains, and needs an active one', async () => {
    const second = await admin.must('createMailNode', { name: 'second', hostName: 'mx2.platform.example' })
    // Neither is enrolled: the emptier one.
    expect((await create()).mailNode.id).toBe(second.id)
    await application.database.query('UPDATE mail_node SET enrolled_at = now() WHERE id = $1', [application.mailNodeId])
    expect((await create()).mailNode.id).toBe(application.mailNodeId)
    expect((await create({ mailNodeId: second.id })).mailNode.id).toBe(second.id)
    await admin.must('suspendMailNode', { id: second.id, version: 1 })
    const input = { tenantId, name: 'nowhere.example' }
    expect(await admin.refusal('createDomain', { ...input, mailNodeId: second.id })).toEqual(['NO_NODE'])
    const { mailNode } = await admin.query(`query ($id: ID!) { mailNode(id: $id) { id version } }`, {
      id: application.mailNodeId,
    })
    await admin.must('suspendMailNode', mailNode)
    expect(await admin.refusal('createDomain', input)).toEqual(['NO_NODE'])
    await admin.must('resumeMailNode', { id: mailNode.id, version: mailNode.version + 1 })
    await admin.must('resumeMailNode', { id: second.id, version: 2 })
  })

  test('moves while there are no mailboxes; both nodes are told', async () => {
    const [first] = [application.mailNodeId]
    const other = await admin.must('createMailNode', { name: 'third', hostName: 'mx3.platform.example' })
    const domain = await create({ mailNodeId: first })
    const alias = await admin.must('createAlias', { domainId: domain.id, localPart: 'a', targets: ['x@y.example'] })
    const before = await head()
    const moved = await admin.must(
      'updateDomain',
      { id: domain.id, version: 1, mailNodeId: other.id },
      'version mailNode { id }',
    )
    expect(moved).toEqual({ version: 2, mailNode: { id: other.id } })
    const keys = [`Alias/${alias.id}`, `Domain/${domain.id}`]
    expect(await changesSince(before, first)).toEqual(keys)
    expect(await changesSince(before, other.id)).toEqual(keys)
    await admin.must('createMailbox', { domainId: domain.id, localPart: 'm', name: 'M', password })
    expect(await admin.refusal('updateDomain', { id: domain.id, version: 2, mailNodeId: first })).toEqual(['NOT_EMPTY'])
    expect(
      (await admin.must('updateDomain', { id: domain.id, version: 2, mailNodeId: other.id }, 'version')).version,
    ).toBe(3)
  })

  test('a mailbox and a move at the same moment end on one node', async () => {
    const other = await admin.must('createMailNode', { name: 'fourth', hostName: 'mx4.platform.example' })
    for (let round = 0; round < 5; round++) {
      const domain = await create({ mailNodeId: application.mailNodeId })
      const input = { domainId: domain.id, localPart: 'm', name: 'M', password }
      const [moved, made] = await Promise.all([
        admin.refusal('updateDomain', { id: domain.id, version: 1, mailNodeId: other.id }),
        admin.must('createMailbox', input),
      ])
      expect([[], ['NOT_EMPTY']]).toContainEqual(moved)
      const node = moved.length === 0 ? other.id : application.mailNodeId
      expect(await changesSince('0', node)).toContain(`Mailbox/${made.id}`)
    }
  })
})

test('what to publish names the host of the node', async () => {
  const { dnsRecords } = await create(
    { name: 'dns.example', mailNodeId: application.mailNodeId },
    'dnsRecords { type name value priority purpose }',
  )
  expect(
    dnsRecords.map((record: Json) => [record.purpose, record.type, record.name, record.priority, record.value]),
  ).toEqual([
    ['MX', 'MX', 'dns.example', 10, 'mx.platform.example'],
    ['SPF', 'TXT', 'dns.example', null, 'v=spf1 mx -all'],
    ['DMARC', 'TXT', '_dmarc.dns.example', null, 'v=DMARC1; p=none'],
    ['SUBMISSIONS', 'SRV', '_submissions._tcp.dns.example', 0, '1 465 mx.platform.example'],
    ['IMAPS', 'SRV', '_imaps._tcp.dns.example', 0, '1 993 mx.platform.example'],
    ['POP3S', 'SRV', '_pop3s._tcp.dns.example', 0, '1 995 mx.platform.example'],
    ['MTA_STS', 'TXT', '_mta-sts.dns.example', null, expect.stringMatching(/^v=STSv1; id=[0-9a-f]{20}$/)],
    ['TLS_RPT', 'TXT', '_smtp._tls.dns.example', null, 'v=TLSRPTv1; rua=mailto:postmaster@dns.example'],
  ])
})

test('catch-all: absent stays, null removes, nonsense is refused', async () => {
  const { id } = await create({ catchAll: 'x@y.example' })
  const update = (version: number, change: object) => admin.must('updateDomain', { id, version, ...change }, 'catchAll')
  expect((await update(1, {})).catchAll).toBe('x@y.example')
  expect(await admin.refusal('updateDomain', { id, version: 2, catchAll: 'nonsense' })).toEqual(['INVALID_INPUT'])
  expect((await update(2, { catchAll: null })).catchAll).toBeNull()
})

test('suspending and resuming are told to the node, and reach what is in it', async () => {
  const domain = await create({ mailNodeId: application.mailNodeId })
  const mailbox = await admin.must('createMailbox', { domainId: domain.id, localPart: 'm', name: 'M', password })
  const before = await head()
  expect(await admin.must('suspendDomain', { id: domain.id, version: 1 }, 'status effectiveStatus state')).toEqual({
    status: 'SUSPENDED',
    effectiveStatus: 'SUSPENDED',
    state: 'SUSPENDED',
  })
  expect(await changesSince(before)).toEqual([`Domain/${domain.id}`])
  const { mailbox: seen } = await admin.query(
    `query ($id: ID!) { mailbox(id: $id) { status effectiveStatus } }`,
    mailbox,
  )
  expect(seen).toEqual({ status: 'ACTIVE', effectiveStatus: 'SUSPENDED' })
  expect(await admin.refusal('resumeDomain', { id: domain.id, version: 1 })).toEqual(['VERSION_CONFLICT'])
  await admin.must('resumeDomain', { id: domain.id, version: 2 })
})

test('a mutation that fails records no change', async () => {
  const domain = await create()
  const before = await head()
  await admin.refusal('updateDomain', { id: domain.id, version: 7, catchAll: null })
  await admin.refusal('createDomain', { tenantId, name: domain.name })
  expect(await head()).toBe(before)
})
