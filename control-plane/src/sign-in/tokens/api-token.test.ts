/** API tokens from outside: what they may, from where, until when; and who sees and ends them. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import 'reflect-metadata'
import { WebSocket } from 'ws'
import { ApiClient, type Json } from '../../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../../test-support/world.js'

let application: TestApplication
let branch: Branch
let other: Branch

beforeAll(async () => {
  application = await startTestApplication({ trustedProxies: 1 })
  branch = await makeBranch(application, 'tokens')
  other = await makeBranch(application, 'elsewhere')
})
afterAll(() => application?.stop())

const shown = `secret apiToken { id ipRanges lastUsedIp tenant { id } administrator { id }
  rules { effect actions subjects fields scope } }`

async function tokenOf(
  maker: ApiClient,
  input: object,
): Promise<{ script: ApiClient; apiToken: Json; secret: string }> {
  const { secret, apiToken, errors } = await maker.mutate('createApiToken', { name: 'script', ...input }, shown)
  expect(errors).toEqual([])
  const script = new ApiClient(application.url)
  script.token = secret
  return { script, apiToken, secret }
}

const rule = (more: object): object => ({
  effect: 'ALLOW',
  actions: ['READ'],
  subjects: ['Domain'],
  scope: 'SUBTREE',
  ...more,
})
const domainNames = async (client: ApiClient): Promise<string[]> =>
  (await client.query('{ domains { nodes { name } } }')).domains.nodes.map((domain: Json) => domain.name)

describe('rules', () => {
  test('narrow what a token may, and are shown', async () => {
    const { script, apiToken } = await tokenOf(branch.reseller, { rules: [rule({})] })
    expect(apiToken).toMatchObject({
      tenant: { id: branch.tenant.id },
      rules: [{ effect: 'ALLOW', actions: ['READ'], subjects: ['Domain'], fields: null, scope: 'SUBTREE' }],
    })
    expect(await domainNames(script)).toEqual([branch.customer.domain.name])
    expect((await script.query('{ mailboxes { totalCount } }')).mailboxes.totalCount).toBe(0)
    expect(await script.refusal('createDomain', { tenantId: branch.customer.tenant.id, name: 'new.example' })).toEqual([
      'FORBIDDEN',
    ])
  })

  test('hold at the tenant named, with or without a list of them', async () => {
    const deeper = await application.admin.must('createTenant', {
      parentId: branch.tenant.id,
      name: 'beside',
      kind: 'CUSTOMER',
    })
    await application.admin.must('createDomain', { tenantId: deeper.id, name: 'beside.example' })
    for (const rules of [null, [rule({})]]) {
      const { script } = await tokenOf(branch.reseller, { tenantId: deeper.id, rules })
      expect(await domainNames(script)).toEqual(['beside.example'])
    }
  })

  test('beyond the maker, of an unknown tenant or field, are refused and make nothing', async () => {
    const refusals = [
      [{ rules: [rule({ subjects: ['MailNode'] })] }, 'FORBIDDEN'],
      [{ rules: [rule({ actions: ['UPDATE'], subjects: ['Budget'], scope: 'TENANT' })] }, 'FORBIDDEN'],
      [{ rules: [rule({ fields: ['nmae'] })] }, 'INVALID_INPUT'],
      [{ rules: [], tenantId: other.tenant.id }, 'NOT_FOUND'],
      [{ ipRanges: ['10.0.0.0/33'] }, 'INVALID_INPUT'],
      [{ ipRanges: ['127.1'] }, 'INVALID_INPUT'],
    ] as const
    const client = branch.customer.admin
    for (const [input, code] of refusals) {
      expect(await client.refusal('createApiToken', { name: 'refused', ...input })).toEqual([code])
    }
    const made = await application.database.query(`SELECT FROM api_token WHERE name = 'refused'`)
    expect(made).toEqual([])
  })

  test('give nothing that the maker has lost since', async () => {
    const role = await branch.reseller.must('createAccessRole', {
      tenantId: branch.tenant.id,
      name: 'reads domains',
      rules: [rule({})],
    })
    const { client, administrator } = await addAdministrator(application, branch.tenant.id, 'SUPPORT', 'loses')
    const { script } = await tokenOf(client, { rules: [rule({ subjects: ['Domain', 'Mailbox'] })] })
    expect(await domainNames(script)).not.toEqual([])
    await application.database.query(`UPDATE administrator SET role = 'CUSTOM' WHERE id = $1`, [administrator.id])
    expect(await domainNames(script)).toEqual([])
    const given = { administratorId: administrator.id, accessRoleId: role.id, tenantId: branch.tenant.id }
    await branch.reseller.must('createRoleAssignment', given, 'id')
    expect(await domainNames(script)).not.toEqual([])
    expect((await script.query('{ mailboxes { totalCount } }')).mailboxes.totalCount).toBe(0)
  })

  test('a token makes no token, whatever its rules', async () => {
    const own = rule({ actions: ['CREATE', 'READ'], subjects: ['ApiToken'], scope: 'SELF' })
    for (const input of [{}, { rules: [own] }]) {
      const { script } = await tokenOf(branch.reseller, input)
      expect(await script.refusal('createApiToken', { name: 'more' })).toEqual(['FORBIDDEN'])
    }
  })
})

describe('where and when', () => {
  const from = (script: ApiClient, forwarded: string) =>
    script.send('{ domains { totalCount } }', {}, { 'x-forwarded-for': forwarded })

  test('out of its ranges it is no token, whatever the client says of itself', async () => {
    const { script, apiToken } = await tokenOf(branch.reseller, { ipRanges: ['198.51.100.7/24', '2001:db8::1'] })
    expect(apiToken.ipRanges).toEqual(['198.51.100.0/24', '2001:db8::1/128'])
    const codes = async (forwarded: string) => (await from(script, forwarded)).errors.map((e) => e.extensions.code)
    expect(await codes('198.51.100.20')).toEqual([])
    expect(await codes('2001:db8:0::1')).toEqual([])
    expect(await codes('192.0.2.1')).toEqual(['UNAUTHENTICATED'])
    expect(await codes('2001:db8::2')).toEqual(['UNAUTHENTICATED'])
    // Only what the one trusted proxy added counts.
    expect(await codes('198.51.100.20, 192.0.2.1')).toEqual(['UNAUTHENTICATED'])
  })

  test('the same over a socket', async () => {
    const { secret } = await tokenOf(branch.reseller, { ipRanges: ['198.51.100.0/24'] })
    const answerFrom = async (forwarded: string): Promise<string | number> => {
      const url = `${application.url.replace('http', 'ws')}/graphql`
      const socket = new WebSocket(url, 'graphql-transport-ws', { headers: { 'x-forwarded-for': forwarded } })
      try {
        await once(socket, 'open')
        const closed = once(socket, 'close').then(([code]) => code as number)
        const answered = once(socket, 'message').then(([data]) => JSON.parse(String(data)).type as string)
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } }))
        return await Promise.race([answered, closed])
      } finally {
        socket.terminate()
      }
    }
    expect(await answerFrom('198.51.100.20')).toBe('connection_ack')
    expect(await answerFrom('192.0.2.1')).toBe(4403)
  })

  test('its last use is shown, with the address', async () => {
    const { script, apiToken } = await tokenOf(branch.reseller, {})
    await from(script, '203.0.113.9')
    const { apiTokens } = await branch.reseller.query('{ apiTokens { nodes { id lastUsedAt lastUsedIp } } }')
    expect(apiTokens.nodes.find((token: Json) => token.id === apiToken.id)).toMatchObject({
      lastUsedAt: expect.any(String),
      lastUsedIp: '203.0.113.9',
    })
  })
})

describe('of others', () => {
  const list = (client: ApiClient, administratorId: string) =>
    client
      .query('query ($filter: ApiTokenFilter) { apiTokens(filter: $filter) { nodes { id } } }', {
        filter: { administratorId },
      })
      .then(({ apiTokens }) => apiTokens.nodes.map((token: Json) => token.id))
  const end = (client: ApiClient, id: string) =>
    client
      .query('mutation ($id: ID!) { deleteApiToken(id: $id) { errors { code } } }', { id })
      .then(({ deleteApiToken }) => deleteApiToken.errors.map((error: Json) => error.code))

  test('are seen and ended from above, and from nowhere else', async () => {
    const { admin, administrator, support } = branch.customer
    const { script, apiToken } = await tokenOf(admin, {})
    for (const stranger of [other.reseller, support]) {
      expect(await list(stranger, administrator.id)).toEqual([])
      expect(await end(stranger, apiToken.id)).toEqual(['NOT_FOUND'])
    }
    expect(await list(branch.reseller, administrator.id)).toContain(apiToken.id)
    expect(await end(branch.reseller, apiToken.id)).toEqual([])
    expect((await script.send('{ domains { totalCount } }')).errors[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })

  test('of a higher role are not for a lower one', async () => {
    const { apiToken } = await tokenOf(branch.reseller, {})
    expect(await list(branch.customer.admin, branch.administrator.id)).toEqual([])
    expect(await end(branch.customer.admin, apiToken.id)).toEqual(['NOT_FOUND'])
  })
})
