/** A change that waits on its way: real agents on two replicas see what is theirs to see, and no more. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import 'reflect-metadata'
import { startApplication, type Application } from '../application.js'
import { createLogger } from '../platform/logger.js'
import { enrolAgent, type TestAgent } from '../nodes/test-support/test-agent.js'
import { makeBranch, type Branch } from '../test-support/world.js'
import type { Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'

let application: TestApplication
let other: Application
let branch: Branch
let agents: TestAgent[]

beforeAll(async () => {
  application = await startTestApplication()
  other = await startApplication(application.settings, createLogger('silent'))
  branch = await makeBranch(application, 'rolling')
  const { admin } = application
  agents = []
  for (const [index, name] of ['first', 'second', 'third'].entries()) {
    const id =
      index === 0
        ? application.mailNodeId
        : (await admin.must('createMailNode', { name, hostName: `${name}.example` })).id
    const domain = { tenantId: branch.customer.tenant.id, name: `on-${name}.example`, mailNodeId: id }
    await admin.must('createDomain', domain)
    const { createJoinToken } = await admin.query(`mutation { createJoinToken(mailNodeId: "${id}") { token } }`)
    agents.push(await enrolAgent(`${index === 2 ? other.url : application.url}/node`, createJoinToken.token))
  }
  await admin.query(
    `mutation ($input: SetRolloutStrategyInput!) { setRolloutStrategy(input: $input) { errors { code } } }`,
    {
      input: {
        tenantId: application.rootId,
        version: 0,
        strategy: { waves: [{ mailNodeIds: [agents[0]!.nodeId] }, { percent: 60 }], bakeSeconds: 0, minimumSample: 10 },
      },
    },
  )
})
afterAll(async () => {
  for (const agent of agents ?? []) agent.disconnect()
  await other?.stop()
  await application?.stop()
})
beforeEach(async () => {
  for (const agent of agents) {
    agent.disconnect()
    agent.refuse = () => false
    await agent.connect()
    agent.subscribe()
    await vi.waitFor(() => expect(agent.revision).not.toBeNull(), wait)
  }
})
const wait = { timeout: 20_000, interval: 20 }

let version = 0
const setSize = async (value: number, more: object = {}): Promise<void> => {
  const input = {
    target: 'TENANT',
    objectId: branch.customer.tenant.id,
    version,
    set: [{ kind: 'MESSAGE_SIZE', value }],
    unset: [],
    ...more,
  }
  const { policies, errors } = await application.admin.mutate('setPolicies', input, 'policies { version }')
  expect(errors).toEqual([])
  version = policies.version
}
const policyVersion = async (): Promise<number> => {
  const [row] = await application.database.query<{ version: number }>(
    'SELECT version FROM policy WHERE tenant_id = $1',
    [branch.customer.tenant.id],
  )
  return (version = row!.version)
}
const sizes = (): (number | null)[] =>
  agents.map(({ resources }) => {
    const policy = [...resources].find(([key]) => key.startsWith('Policy/'))?.[1].resource as Json
    return policy?.settings.MESSAGE_SIZE?.value ?? null
  })
const latest = async (): Promise<Json> => {
  const { rollouts } = await application.admin.query(
    `{ rollouts(first: 1) { nodes { id version state wave waveCount author label finding { gate detail }
       gates { gate value } mailNodes { name wave acknowledged openedAt } } } }`,
  )
  return rollouts.nodes[0]
}
const command = async (name: string): Promise<Json> => {
  const { id } = await latest()
  for (;;) {
    const { version: current } = await latest()
    const { payload } = await application.admin.query(
      `mutation ($input: VersionedInput!) { payload: ${name}Rollout(input: $input) { rollout { state wave } errors { code } } }`,
      { input: { id, version: current } },
    )
    if (payload.errors[0]?.code !== 'VERSION_CONFLICT') return payload
  }
}
const inState = (state: string) => vi.waitFor(async () => expect(await latest()).toMatchObject({ state }), wait)

test('goes from wave to wave, and is then everywhere', async () => {
  const [first] = agents
  await setSize(100_000)
  await inState('COMPLETED')
  await vi.waitFor(() => expect(sizes()).toEqual([100_000, 100_000, 100_000]), wait)
  const rollout = await latest()
  expect(rollout).toMatchObject({ waveCount: 3, author: application.credentials.email, label: 'rolling-customer' })
  // Its end is a revision, too, that nodes have yet to acknowledge.
  await vi.waitFor(
    async () => expect((await latest()).mailNodes[0]).toMatchObject({ name: 'first', wave: 0, acknowledged: true }),
    wait,
  )
  expect(first!.failure).toBeNull()
  expect(await application.database.query('SELECT FROM config_hold')).toEqual([])
})

test('a canary that refuses it brings it back, and no other node ever had it; not after a new connection either', async () => {
  const [first, second, third] = agents
  const had = (agent: TestAgent): boolean =>
    agent.frames.some((frame) => JSON.stringify(frame.entries ?? []).includes('200000'))
  first!.refuse = (key) => key.startsWith('Policy/')
  await setSize(200_000)
  await inState('REVERTED')
  first!.refuse = () => false
  for (const agent of [second!, third!]) {
    agent.disconnect()
    agent.epoch = null
    await agent.connect()
    agent.subscribe()
  }
  await vi.waitFor(() => expect(sizes()).toEqual([100_000, 100_000, 100_000]), wait)
  expect([had(second!), had(third!)]).toEqual([false, false])
  expect((await latest()).finding).toMatchObject([{ gate: 'REFUSED_CONFIG', detail: 'this test refuses it' }])
  const { revisions } = await application.admin.query(
    '{ revisions(first: 1, filter: { types: ["Policy"] }) { nodes { source operation } } }',
  )
  expect(revisions.nodes).toEqual([{ source: 'SYSTEM', operation: 'rollout:revert' }])
  await policyVersion()
})

test('waits for people, over a snapshot and a replica that goes; is promoted, superseded, and goes back to what all had', async () => {
  const slow = { rollout: { strategy: { waves: [{ percent: 1 }], bakeSeconds: 600 } } }
  await setSize(300_000, slow)
  await vi.waitFor(
    async () => expect((await latest()).mailNodes.filter((node: Json) => node.acknowledged)).toHaveLength(1),
    wait,
  )
  expect(await command('pause')).toMatchObject({ rollout: { state: 'PAUSED', wave: 0 }, errors: [] })
  expect(await command('pause')).toMatchObject({ errors: [{ code: 'WRONG_STATE' }] })
  await other.stop()
  other = await startApplication(application.settings, createLogger('silent'))
  agents[2]!.url = `${other.url}/node`
  for (const agent of agents) {
    agent.disconnect()
    agent.epoch = null
    await agent.connect()
    agent.subscribe()
  }
  await vi.waitFor(() => expect([...sizes()].sort()).toEqual([100_000, 100_000, 300_000]), wait)
  // The newer one begins with another canary, perhaps: those that had the older one keep it, the others what they had.
  await setSize(400_000, slow)
  expect((await latest()).state).toBe('RUNNING')
  await vi.waitFor(() => expect(sizes()).toContain(400_000), wait)
  expect(sizes().filter((size) => size === 400_000)).toHaveLength(1)
  expect(sizes()).toContain(100_000)
  expect(await command('abort')).toMatchObject({ rollout: { state: 'ABORTED' }, errors: [] })
  await vi.waitFor(() => expect(sizes()).toEqual([100_000, 100_000, 100_000]), wait)
  await policyVersion()
  await setSize(500_000, slow)
  expect(await command('promote')).toMatchObject({ errors: [] })
  expect(await command('promote')).toMatchObject({ errors: [] })
  await vi.waitFor(async () => {
    if ((await latest()).state === 'RUNNING') await command('promote')
    expect((await latest()).state).toBe('COMPLETED')
  }, wait)
  await vi.waitFor(() => expect(sizes()).toEqual([500_000, 500_000, 500_000]), wait)
})

test('mail that a canary begins to refuse halts it, against its own past; who resumes takes it from there', async () => {
  const [first] = agents
  const canary = {
    waves: [{ mailNodeIds: [first!.nodeId] }],
    bakeSeconds: 600,
    minimumSample: 10,
    revertAutomatically: false,
  }
  await setSize(600_000, { rollout: { strategy: canary } })
  await vi.waitFor(async () => expect((await latest()).wave).toBe(0), wait)
  const event = { type: 'REFUSED', at: Date.now(), replyCode: 550, protocol: 'SMTP', direction: 'IN' }
  const { data } = await first!.request(
    'mutation ($batch: MailEventBatchInput!) { ingestEvents(batch: $batch) { highWater } }',
    { batch: { stream: 'rollout', firstSequence: 1, events: JSON.stringify(Array.from({ length: 20 }, () => event)) } },
  )
  expect(data).toEqual({ ingestEvents: { highWater: 20 } })
  await inState('HALTED')
  expect((await latest()).finding).toMatchObject([{ gate: 'REFUSED' }])
  expect(sizes().slice(1)).toEqual([500_000, 500_000])
  expect(await command('resume')).toMatchObject({ rollout: { state: 'RUNNING' }, errors: [] })
  await vi.waitFor(async () => expect((await latest()).mailNodes[0].acknowledged).toBe(true), wait)
  expect((await latest()).state).toBe('RUNNING')
  // An emergency: to all at once, and nothing is held any more.
  await setSize(700_000, { rollout: { mode: 'IMMEDIATE' } })
  await vi.waitFor(() => expect(sizes()).toEqual([700_000, 700_000, 700_000]), wait)
  expect((await latest()).state).toBe('SUPERSEDED')
})

test('is the platform’s: a reseller’s change goes by the strategy above, and they neither go round it nor drive it', async () => {
  const { reseller, customer } = branch
  const input = {
    target: 'TENANT',
    objectId: customer.tenant.id,
    version,
    set: [{ kind: 'MESSAGE_SIZE', value: 800_000 }],
    unset: [],
  }
  for (const rollout of [{ mode: 'IMMEDIATE' }, { strategy: { bakeSeconds: 0 } }])
    expect(await reseller.refusal('setPolicies', { ...input, rollout })).toEqual(['FORBIDDEN'])
  expect(await reseller.refusal('setPolicies', input)).toEqual([])
  const { rollouts } = await reseller.query(
    '{ rollouts(first: 1) { nodes { id version label state waveCount mailNodes { name } gates { mailNodeId } } } }',
  )
  expect(rollouts.nodes[0]).toMatchObject({ label: 'rolling-customer', mailNodes: [] })
  const { id } = rollouts.nodes[0]
  const { pauseRollout } = await reseller.query(
    `mutation { pauseRollout(input: { id: "${id}", version: 1 }) { errors { code } } }`,
  )
  expect(pauseRollout.errors).toEqual([expect.objectContaining({ code: 'FORBIDDEN' })])
  await inState('COMPLETED')
})

test('the settings of a node come back when it is not well with them', async () => {
  const [first] = agents
  first!.refuse = (key) => key.startsWith('NodeSettings/')
  const { mailNode } = await application.admin.query(`{ mailNode(id: "${first!.nodeId}") { version maxQueueAge } }`)
  // Whom a node trusts is taken from no wave, and given back by none.
  const oauthIssuers = [
    { issuer: 'https://sign-in.rollout.example', audience: 'mail', jwksUrl: 'https://sign-in.rollout.example/keys' },
  ]
  await application.admin.must('updateMailNode', {
    id: first!.nodeId,
    version: mailNode.version,
    maxQueueAge: 4_000,
    oauthIssuers,
  })
  await inState('REVERTED')
  const after = await application.admin.query(
    `{ mailNode(id: "${first!.nodeId}") { maxQueueAge oauthIssuers { issuer } sync heldResources } }`,
  )
  expect(after.mailNode.oauthIssuers).toEqual([{ issuer: oauthIssuers[0]!.issuer }])
  expect(after.mailNode.maxQueueAge).toBe(mailNode.maxQueueAge)
  expect(after.mailNode.heldResources).toBe(0)
})
