import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { makeNode, startFleet, type Fleet } from '../test-support/fleet-fixture.js'
import { enrolAgent, TestAgent } from '../test-support/test-agent.js'

let fleet: Fleet
let agent: TestAgent
beforeAll(async () => {
  fleet = await startFleet()
  agent = await enrolAgent(fleet.url, (await makeNode(fleet)).token)
})
afterAll(() => fleet?.stopAll())

const forbidden = { code: 4403, reason: 'Forbidden' }

test('only a fresh token of the enrolled key opens a connection, and only once', async () => {
  const other = await enrolAgent(fleet.url, (await makeNode(fleet)).token)
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const now = Math.floor(Date.now() / 1_000)
  const refused = [
    '',
    'not.a.token',
    await agent.token({ aud: 'mailfleet' }),
    await agent.token({ exp: now - 30 }),
    await agent.token({ exp: now + 3_600 }),
    await agent.token({ jti: 'short' }),
    await new TestAgent(fleet.url, agent.nodeId, other.privateKey).token(),
    await new TestAgent(fleet.url, agent.nodeId, privateKey).token(),
    await new TestAgent(fleet.url, randomUUID(), agent.privateKey).token(),
    await new TestAgent(fleet.url, "' OR true --", agent.privateKey).token(),
  ]
  for (const token of refused) await expect(agent.connect(token)).rejects.toEqual(forbidden)
  const token = await agent.token()
  await agent.connect(token)
  agent.disconnect()
  await expect(agent.connect(token)).rejects.toEqual(forbidden)
  const attempts = await agent.token()
  const twins = Array.from({ length: 10 }, () => new TestAgent(fleet.url, agent.nodeId, agent.privateKey))
  const results = await Promise.allSettled(twins.map((twin) => twin.connect(attempts)))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  for (const twin of twins) twin.disconnect()
})

test('what the socket does not serve is refused before it runs', async () => {
  await agent.connect()
  for (const query of [
    '{ __schema { types { name } } }',
    '{ __typename protocolVersions }',
    'mutation { enrol(input: {joinToken: "x", publicKey: "x", proof: "x", agentVersion: "x"}) { nodeId } }',
    `mutation { ${Array.from({ length: 50 }, (_, i) => `a${i}: ackConfig(nonce: "x", results: [])`).join(' ')} }`,
    'query A { protocolVersions } query B { protocolVersions }',
    'fragment F on Query { protocolVersions } { ...F }',
    'subscription { nothing }',
  ]) {
    const { errors, data } = await agent.request(query)
    expect({ query, data, error: errors?.[0] }).toMatchObject({
      query,
      error: { extensions: { code: 'INVALID_REQUEST' } },
    })
    expect(data).toBeUndefined()
  }
  expect((await agent.request('{ protocolVersions }')).data).toEqual({ protocolVersions: [1] })
  for (const args of ['window: 0', 'window: 65', 'protocolVersion: 2']) {
    const { errors } = await agent.request(`subscription { configStream(${args}) { __typename } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  }
  agent.subscribe()
  await vi.waitFor(() => expect(agent.revision).not.toBeNull())
  const second = await agent.request('subscription { configStream { __typename } }')
  expect(second.errors).toMatchObject([{ extensions: { code: 'INVALID_REQUEST' } }])
  agent.disconnect()
})

test('hostile sockets are closed: foreign origin, no or two inits, operations before it, frames too large', async () => {
  const address = fleet.url.replace(/^http/, 'ws')
  const open = async (options = {}) => {
    const socket = new WebSocket(address, 'graphql-transport-ws', options)
    socket.on('error', () => undefined)
    await once(socket, 'open')
    return socket
  }
  const closing = async (socket: WebSocket) => (await once(socket, 'close'))[0] as number
  const browser = new WebSocket(address, 'graphql-transport-ws', { origin: 'https://evil.example' })
  expect(((await once(browser, 'error'))[0] as Error).message).toContain('403')

  const early = await open()
  early.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ protocolVersions }' } }))
  expect(await closing(early)).toBe(4401)

  const twice = await open()
  const init = JSON.stringify({ type: 'connection_init', payload: { token: await agent.token() } })
  twice.send(init)
  twice.send(init)
  expect(await closing(twice)).toBe(4429)

  const large = await open()
  large.send('x'.repeat(5 * 1_048_576))
  expect(await closing(large)).toBe(1009)

  const nonsense = await open()
  nonsense.send('nonsense')
  expect(await closing(nonsense)).toBe(4400)

  const silent = await open()
  expect(await closing(silent)).toBe(4408)
  await vi.waitFor(() => expect(fleet.nodes.links.size).toBe(0))
})

test('a status is bounded and shown', async () => {
  await agent.connect()
  const status = {
    runningRevision: 3,
    agentVersion: '0.1.0',
    engine: 'builtin',
    capabilities: ['SMTP'],
    healthy: false,
    problems: ['a\0b', 'x'.repeat(10_000)],
    queuedMessages: 7,
    openConnections: 1,
  }
  const report = (changes = {}) =>
    agent.request('mutation ($status: NodeStatusInput!) { reportStatus(status: $status) }', {
      status: { ...status, ...changes },
    })
  expect(await report()).toEqual({ data: { reportStatus: true } })
  const row = async () =>
    (await fleet.database.query('SELECT * FROM mail_node_link WHERE mail_node_id = $1', [agent.nodeId]))[0]!
  expect(await row()).toMatchObject({ running_revision: '3', healthy: false, queued_messages: 7, engine: 'builtin' })
  expect(((await row()).problems as string[]).map((problem) => problem.length)).toEqual([3, 500])
  for (const wrong of [{ engine: '' }, { queuedMessages: -1 }, { capabilities: Array(60).fill('X') }])
    expect((await report(wrong)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  agent.disconnect()
})
