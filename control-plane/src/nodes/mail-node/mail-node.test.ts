import { nodeSettingsResource } from '@mailfleet/schema'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { makeBranch, type Branch } from '../../test-support/world.js'
import type { ApiClient } from '../../test-support/api-client.js'
import { enrolAgent, type TestAgent } from '../test-support/test-agent.js'

let application: TestApplication
let branch: Branch
let admin: ApiClient
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  branch = await makeBranch(application, 'one')
})
afterAll(() => application?.stop())

const fields = `id version name hostName status state desiredRevision acknowledgedRevision runningRevision engine healthy
  problems queuedMessages domainCount maxMessageBytes outboundRoutes { domain host port tls } retryDelays maxQueueAge
  oauthIssuers { issuer audience jwksUrl keys addressClaim requiredScope domains } enrolledAt lastSeenAt rejections { kind resourceId revision reason at }`
const read = async (id: string) =>
  (await admin.query(`query ($id: ID!) { mailNode(id: $id) { ${fields} } }`, { id })).mailNode
const until = (check: () => unknown, timeout = 6_000) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout, interval: 20 })

async function agentFor(id: string): Promise<TestAgent> {
  const token = `mutation ($id: ID!) { createJoinToken(mailNodeId: $id) { token expiresAt errors { code } } }`
  const { createJoinToken } = await admin.query(token, { id })
  expect(Date.parse(createJoinToken.expiresAt) - Date.now()).toBeGreaterThan(23 * 3_600_000)
  return enrolAgent(`${application.url}/node`, createJoinToken.token)
}

test('a node from its making to its removal', async () => {
  const made = await admin.must('createMailNode', { name: 'Hà Nội 1', hostName: 'MX1.Example.NET.' }, fields)
  expect(made).toMatchObject({
    version: 1,
    hostName: 'mx1.example.net',
    status: 'ACTIVE',
    state: 'NEVER_CONNECTED',
    maxMessageBytes: 52_428_800,
    outboundRoutes: [],
    maxQueueAge: 432_000,
    oauthIssuers: [],
    enrolledAt: null,
    domainCount: 0,
  })
  const agent = await agentFor(made.id)
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision !== null)
  await until(async () => {
    const node = await read(made.id)
    return node.state === 'ONLINE' && node.acknowledgedRevision >= node.desiredRevision && node.desiredRevision > 0
  })

  const outboundRoutes = [
    { domain: '*', host: '127.0.0.1', port: 2526, tls: 'NONE' },
    { domain: 'BÜCHER.example', host: 'relay.example' },
  ]
  const updated = await admin.must(
    'updateMailNode',
    { id: made.id, version: 1, outboundRoutes, retryDelays: [5, 10] },
    fields,
  )
  expect(updated.outboundRoutes).toEqual([
    outboundRoutes[0],
    { domain: 'xn--bcher-kva.example', host: 'relay.example', port: 25, tls: 'OPPORTUNISTIC' },
  ])
  await until(() => JSON.stringify(agent.resources.get(`NodeSettings/${made.id}`)).includes('2526'))
  expect(await admin.refusal('updateMailNode', { id: made.id, version: 1, name: 'late' })).toEqual(['VERSION_CONFLICT'])

  agent.refuse = () => true
  await admin.must('updateMailNode', { id: made.id, version: 2, maxQueueAge: 60 })
  await until(async () => (await read(made.id)).rejections.length === 1)
  expect((await read(made.id)).rejections[0]).toMatchObject({
    kind: 'NodeSettings',
    resourceId: made.id,
    reason: 'this test refuses it',
  })

  agent.disconnect()
  await until(async () => (await read(made.id)).state === 'OFFLINE')
  expect(await admin.mutate('deleteMailNode', { id: made.id, version: 3 }, 'deletedId')).toMatchObject({
    deletedId: made.id,
  })
  expect(await read(made.id)).toBeNull()
})

test('a node with domains cannot be deleted; a suspended one is cut and takes no new domain', async () => {
  const made = await admin.must('createMailNode', { name: 'busy', hostName: 'busy.example.net' }, fields)
  const tenantId = branch.customer.tenant.id
  await admin.must('createDomain', { tenantId, name: 'on-busy.example', mailNodeId: made.id })
  expect(await admin.refusal('deleteMailNode', { id: made.id, version: 1 })).toEqual(['NOT_EMPTY'])
  expect((await read(made.id)).domainCount).toBe(1)
  const agent = await agentFor(made.id)
  await agent.connect()
  const { version } = await admin.must('suspendMailNode', { id: made.id, version: 1 })
  await until(() => agent.closed, 5_000)
  expect(await admin.refusal('createDomain', { tenantId, name: 'no.example', mailNodeId: made.id })).toEqual([
    'NO_NODE',
  ])
  await admin.must('resumeMailNode', { id: made.id, version })
  await agent.connect()
  agent.disconnect()
})

const issuer = { issuer: 'https://id.example', audience: 'mail', jwksUrl: 'https://id.example/jwks' }
const wrongIssuers: [object, string[]][] = [
  [{}, []],
  [{ jwksUrl: 'http://id.example/jwks' }, ['jwksUrl']],
  [{ jwksUrl: 'https://a:b@id.example/' }, ['jwksUrl']],
  [{ jwksUrl: issuer.jwksUrl, issuer: '' }, ['issuer']],
  [{ jwksUrl: issuer.jwksUrl, domains: ['a b'] }, ['domains', '0']],
  [{ keys: [{ kty: 'oct', k: 'AAAA' }] }, ['keys', '0', 'kty']],
  [{ keys: [{ kty: 'EC', d: 'AAAA' }] }, ['keys', '0']],
]

test('issuers of access tokens reach the node as it takes them', async () => {
  const made = await admin.must('createMailNode', { name: 'tokens', hostName: 'tokens.example.net' }, fields)
  const agent = await agentFor(made.id)
  await agent.connect()
  agent.subscribe()
  const oauthIssuers = [
    { ...issuer, requiredScope: 'mail', domains: ['BÜCHER.example'] },
    { issuer: 'urn:own', audience: 'mail', addressClaim: 'upn', keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }] },
  ]
  const { oauthIssuers: set } = await admin.must('updateMailNode', { id: made.id, version: 1, oauthIssuers }, fields)
  expect(set).toEqual([
    { ...oauthIssuers[0], keys: [], addressClaim: 'email', domains: ['xn--bcher-kva.example'] },
    { ...oauthIssuers[1], jwksUrl: null, requiredScope: null, domains: [] },
  ])
  const sent = () => nodeSettingsResource.parse(agent.resources.get(`NodeSettings/${made.id}`)!.resource)
  await until(() => agent.resources.has(`NodeSettings/${made.id}`) && sent().oauthIssuers.length === 2)
  expect(sent().oauthIssuers[0]!.domains).toEqual(['xn--bcher-kva.example'])
  agent.disconnect()
  await until(async () => (await read(made.id)).state === 'OFFLINE')
})

test('input that breaks a rule is named by its field and changes nothing', async () => {
  const good = { name: 'good', hostName: 'good.example.net' }
  const { id } = await admin.must('createMailNode', good)
  const wrong: [object, string[]][] = [
    [{ name: '  ' }, ['name']],
    [{ hostName: 'not a host' }, ['hostName']],
    [{ maxMessageBytes: 1 }, ['maxMessageBytes']],
    [{ maxMessageBytes: 9_007_199_254_740_991 }, ['maxMessageBytes']],
    [{ retryDelays: [] }, ['retryDelays']],
    [{ retryDelays: [0] }, ['retryDelays']],
    [{ maxQueueAge: 1 }, ['maxQueueAge']],
    ...wrongIssuers.map(([fault, at]): [object, string[]] => [
      { oauthIssuers: [{ issuer: 'https://id.example', audience: 'mail', ...fault }] },
      ['oauthIssuers', '0', ...at],
    ]),
    [{ oauthIssuers: [issuer, issuer] }, ['oauthIssuers', '1', 'issuer']],
    [{ outboundRoutes: [{ domain: '**', host: 'a.example' }] }, ['outboundRoutes', '0', 'domain']],
    [{ outboundRoutes: [{ domain: '*', host: 'a b' }] }, ['outboundRoutes', '0', 'host']],
    [{ outboundRoutes: [{ domain: '*', host: 'a.example', port: 0 }] }, ['outboundRoutes', '0', 'port']],
    [
      {
        outboundRoutes: [
          { domain: 'A.example', host: 'a.example' },
          { domain: 'a.example.', host: 'b.example' },
        ],
      },
      ['outboundRoutes', '1', 'domain'],
    ],
  ]
  for (const [input, path] of wrong) {
    const update = await admin.mutate('updateMailNode', { id, version: 1, ...input }, 'mailNode { id }')
    expect(update).toMatchObject({ mailNode: null, errors: [{ code: 'INVALID_INPUT', path }] })
    const create = await admin.mutate(
      'createMailNode',
      { name: 'x', hostName: 'x.example', ...input },
      'mailNode { id }',
    )
    expect(create).toMatchObject({ mailNode: null, errors: [{ code: 'INVALID_INPUT', path }] })
  }
  expect(await admin.refusal('updateMailNode', { id, version: 1, name: null })).toEqual(['INVALID_INPUT'])
  expect(await admin.refusal('createMailNode', { ...good, name: 'GOOD' })).toEqual(['ALREADY_EXISTS'])
  expect(await read(id)).toMatchObject({ ...good, version: 1 })
})

test('lists: filters, orders, and for nobody but the platform there are no nodes', async () => {
  const names = async (client: ApiClient, argument: string) =>
    (await client.query(`{ mailNodes(${argument}) { nodes { name } totalCount } }`)).mailNodes
  expect((await names(admin, 'filter: { search: "GOOD.exam" }')).nodes).toEqual([{ name: 'good' }])
  expect((await names(admin, 'filter: { state: NEVER_CONNECTED, search: "first" }')).totalCount).toBe(1)
  expect((await names(admin, 'filter: { state: ONLINE }')).totalCount).toBe(0)
  expect((await names(admin, 'filter: { status: SUSPENDED }')).nodes).toEqual([])
  const all = (await names(admin, 'orderBy: { field: NAME, direction: DESC }')).nodes.map(
    (node: { name: string }) => node.name,
  )
  expect(all).toEqual([...all].sort().reverse())

  for (const client of [branch.reseller, branch.support, branch.customer.admin]) {
    expect(await names(client, 'first: 5')).toEqual({ nodes: [], totalCount: 0 })
    expect(await client.query('query ($id: ID!) { mailNode(id: $id) { id } }', { id: application.mailNodeId })).toEqual(
      { mailNode: null },
    )
    expect(await client.refusal('createMailNode', { name: 'mine', hostName: 'mine.example' })).toEqual(['FORBIDDEN'])
    expect(await client.refusal('suspendMailNode', { id: application.mailNodeId, version: 1 })).toEqual(['FORBIDDEN'])
    const { data } = await client.send(
      `mutation { createJoinToken(mailNodeId: "${application.mailNodeId}") { token errors { code } } }`,
    )
    expect(data.createJoinToken).toEqual({ token: null, errors: [{ code: 'FORBIDDEN' }] })
  }
})

test('a change is told to who watches, with what it is by then; to who may not see nodes, nothing', async () => {
  const watch = (client: ApiClient) => {
    class WithCookie extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers: client.credentials() })
      }
    }
    const socket = createClient({
      url: `${application.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WithCookie,
      retryAttempts: 0,
    })
    const seen: Record<string, unknown>[] = []
    const query = 'subscription { mailNodeChanged { id state status acknowledgedRevision desiredRevision } }'
    const end = () => undefined
    socket.subscribe(
      { query },
      { next: ({ data }) => seen.push(data!.mailNodeChanged as never), error: end, complete: end },
    )
    return { seen, stop: () => void socket.dispose() }
  }
  const [ours, theirs] = [watch(admin), watch(branch.reseller)]
  const agent = await agentFor(application.mailNodeId)
  await agent.connect()
  agent.subscribe()
  const last = () => ours.seen.filter(({ id }) => id === application.mailNodeId).at(-1)
  await until(async () => {
    await agent.request('mutation ($status: NodeStatusInput!) { reportStatus(status: $status) }', {
      status: {
        runningRevision: 1,
        agentVersion: '1',
        engine: 'builtin',
        capabilities: [],
        healthy: true,
        problems: [],
        queuedMessages: Math.floor(Math.random() * 1e6),
        openConnections: 0,
      },
    })
    return last()?.state === 'ONLINE' && Number(last()!.acknowledgedRevision) >= Number(last()!.desiredRevision)
  })
  agent.disconnect()
  await until(() => last()?.state === 'OFFLINE')
  expect(theirs.seen).toEqual([])
  ours.stop()
  theirs.stop()
})
