/** Search in the API: what each role finds and must not find, and what of a text is looked for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

interface Group {
  kind: string
  count: number
  hits: { label: string; node: { id: string } | null; event: { id: string } | null }[]
  hasNextPage: boolean
  endCursor: string | null
}

let application: TestApplication
let admin: ApiClient
let own: Branch
let foreign: Branch

beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  own = await makeBranch(application, 'own')
  foreign = await makeBranch(application, 'foreign')
  const make = async (tenantId: string, name: string, people: [string, string][]) => {
    const domain = await admin.must('createDomain', { tenantId, name })
    for (const [localPart, called] of people) {
      await admin.must('createMailbox', { domainId: domain.id, localPart, name: called, password: newPassword() })
    }
    return domain.id as string
  }
  await make(own.customer.tenant.id, 'bücher.example', [
    ['anna', 'Nguyễn Thị Đông'],
    ['bert', '100%_sure'],
    ['berta', '100 and sure'],
  ])
  await make(foreign.customer.tenant.id, 'bücherei.example', [['anna', 'Nguyễn Văn']])
})
afterAll(() => application?.stop())

async function find(client: ApiClient, text: string, more: object = {}): Promise<Group[]> {
  const { search } = await client.query(
    `query ($text: String!, $kinds: [SearchKind!], $first: Int! = 5, $after: String) {
       search(text: $text, kinds: $kinds, first: $first, after: $after) {
         kind count hits { label node { id } event { id } } hasNextPage endCursor } }`,
    { text, ...more },
  )
  return search
}
const labels = (groups: Group[]) =>
  Object.fromEntries(groups.map(({ kind, hits }) => [kind, hits.map((hit) => hit.label)]))
const refusal = async (client: ApiClient, text: string, more = '') => {
  const { errors } = await client.send(`query ($text: String!) { search(text: $text ${more}) { kind } }`, { text })
  return errors.map((error) => error.extensions.code)
}

describe('who finds what', () => {
  test('a platform administrator everything, by kind', async () => {
    const groups = await find(admin, 'customer')
    expect(groups.map((group) => group.kind)).toEqual([
      'TENANT',
      'DOMAIN',
      'MAILBOX',
      'ALIAS',
      'GROUP',
      'ADMINISTRATOR',
    ])
    expect(groups.find((group) => group.kind === 'DOMAIN')).toMatchObject({ count: 2 })
    expect(labels(await find(admin, 'mx.platform'))).toEqual({ MAIL_NODE: ['first'] })
  })

  test.each(['reseller', 'support'] as const)('a %s what is within, and no count tells of the rest', async (role) => {
    const groups = await find(own[role], 'customer')
    expect(JSON.stringify(groups)).not.toContain('foreign')
    expect(groups.find((group) => group.kind === 'DOMAIN')).toMatchObject({ count: 1, hasNextPage: false })
    expect(await find(own[role], 'foreign')).toEqual([])
    expect(await find(own[role], 'mx.platform')).toEqual([])
  })

  test('a customer what is theirs', async () => {
    expect(labels(await find(own.customer.admin, 'own'))).toMatchObject({ TENANT: ['own-customer'] })
    expect(labels(await find(own.customer.admin, 'bücher', { kinds: ['DOMAIN'] }))).toEqual({
      DOMAIN: ['bücher.example'],
    })
  })

  test('by the id of the node one reads it', async () => {
    const [group] = await find(own.customer.admin, 'own-customer.example', { kinds: ['DOMAIN'] })
    expect(group!.hits[0]!.node!.id).toBe(own.customer.domain.id)
  })

  test('nobody what is deleted', async () => {
    const domain = await admin.must('createDomain', { tenantId: own.customer.tenant.id, name: 'vanishing.example' })
    expect(await find(admin, 'vanishing')).toHaveLength(1)
    await admin.mutate('deleteDomain', { id: domain.id, version: domain.version }, 'deletedId')
    expect(await find(admin, 'vanishing')).toEqual([])
  })
})

describe('the text', () => {
  test.each(['nguyen', 'NGUYỄN', 'nguyễn', 'thi dong', 'Đông'])('%s finds Nguyễn Thị Đông', async (text) => {
    expect(labels(await find(own.reseller, text))).toEqual({ MAILBOX: ['anna@bücher.example'] })
  })

  test.each(['anna@bücher.example', 'anna@xn--bcher-kva.example', 'anna@büch', 'na@bucher'])(
    '%s is an address',
    async (text) => expect(labels(await find(own.reseller, text))).toEqual({ MAILBOX: ['anna@bücher.example'] }),
  )

  test.each(['Bücher', 'bucher', 'xn--bcher', 'xn--bcher-kva.example'])('%s is a part of a domain', async (text) => {
    const found = labels(await find(own.reseller, text))
    expect(found.DOMAIN).toEqual(['bücher.example'])
    expect(found.MAILBOX).toHaveLength(3)
  })

  test('wildcards are letters like others', async () => {
    expect(labels(await find(admin, '100%_s'))).toEqual({ MAILBOX: ['bert@bücher.example'] })
    expect(await find(admin, 'b%t@b')).toEqual([])
  })

  test.each(['', 'ab', '%%%', '   ', 'a\u0300\u0301\u0302', '_._'])('%j is too short', async (text) => {
    expect(await refusal(admin, text)).toEqual(['INVALID_INPUT'])
  })

  test('what is the text comes first, then what begins with it', async () => {
    const { id } = own.customer.tenant
    for (const name of ['a.zebra.example', 'zebra.example', 'zebra.example.org']) {
      await admin.must('createDomain', { tenantId: id, name })
    }
    const inOrder = ['zebra.example', 'zebra.example.org', 'a.zebra.example']
    expect(labels(await find(admin, 'Zebra.Example')).DOMAIN).toEqual(inOrder)
    const seen: string[] = []
    let after: string | null = null
    do {
      const [group]: Group[] = await find(own.reseller, 'zebra.example', { kinds: ['DOMAIN'], first: 1, after })
      expect(group!.count).toBe(3)
      seen.push(group!.hits[0]!.label)
      after = group!.hasNextPage ? group!.endCursor : null
    } while (after !== null)
    expect(seen).toEqual(inOrder)
  })

  test('what is called so is found first, however many there are that only contain it', async () => {
    const { id: domainId, name } = own.customer.domain
    const insert = (from: number, to: number, localPart: string) =>
      application.database.query(
        `INSERT INTO mailbox (id, domain_id, address, local_part, name, status, password_hash)
         SELECT gen_random_uuid(), $1, ${localPart} || '@' || $2, ${localPart}, 'M', 'ACTIVE', '' FROM generate_series(${from}, ${to}) AS number`,
        [domainId, name],
      )
    await insert(1, 1_050, `'x' || number || 'quokka'`)
    await insert(1, 30, `'quokka' || number`)
    await insert(1, 1, `'quokka'`)
    const [group] = await find(own.customer.admin, `quokka@${name}`, { kinds: ['MAILBOX'] })
    expect(group!.hits[0]!.label).toBe(`quokka@${name}`)
    const [begun] = await find(own.customer.admin, 'quokka', { kinds: ['MAILBOX'], first: 40 })
    expect(begun!.count).toBe(1_000)
    expect(begun!.hits.filter(({ label }) => label.startsWith('quokka'))).toHaveLength(31)
  })

  test('pages are of a size and of one kind', async () => {
    expect(await refusal(admin, 'zebra', ', first: 51')).toEqual(['INVALID_INPUT'])
    expect(await refusal(admin, 'zebra', ', after: "x", kinds: [DOMAIN]')).toEqual(['INVALID_INPUT'])
    expect(await refusal(admin, 'zebra', ', after: "WzAsImEiLCJiIl0", kinds: [DOMAIN]')).toEqual(['INVALID_INPUT'])
    expect(await refusal(admin, 'zebra', ', after: "WzAsImEiLCJiIl0"')).toEqual(['INVALID_INPUT'])
  })
})

test('messages are found by their whole Message-ID, by who may read the log, and the look is recorded', async () => {
  const { domain, tenant } = own.customer
  await application.database.query(
    `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id, sender, recipient, message_id)
     SELECT gen_random_uuid(), now(), now(), 'DELIVERED', $1, $2, $3, 'a@b.example', 'someone@own-customer.example', 'one@b.example'`,
    [application.mailNodeId, domain.id, tenant.id],
  )
  for (const text of ['<one@b.example>', 'one@b.example']) {
    const [group] = await find(own.reseller, text)
    expect(group).toMatchObject({ kind: 'MESSAGE', count: 1, hits: [{ node: null }] })
  }
  expect(await find(foreign.reseller, '<one@b.example>')).toEqual([])
  const [{ count }] = (await application.database.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM audit_entry WHERE operation = 'search' AND change = 'READ'`,
  )) as [{ count: number }]
  expect(count).toBe(2)
})
