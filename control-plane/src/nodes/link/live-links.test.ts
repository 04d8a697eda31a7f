import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { recordChanges } from '../../changes/index.js'
import {
  insertDomain,
  makeCustomer,
  makeNode,
  startFleet,
  startReplica,
  type Fleet,
  type Replica,
} from '../test-support/fleet-fixture.js'
import { enrolAgent, enrolInput, enrolment, post, TestAgent } from '../test-support/test-agent.js'

let fleet: Fleet
let second: Replica
let agent: TestAgent

beforeAll(async () => {
  fleet = await startFleet()
  second = await startReplica(fleet.databaseUrl)
})
afterAll(async () => {
  await second?.stop()
  await fleet?.stopAll()
})
beforeEach(async () => {
  agent = await enrolAgent(fleet.url, (await makeNode(fleet)).token)
  await agent.connect()
  return () => agent.disconnect()
})

const until = (check: () => unknown, timeout = 5_000) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout, interval: 10 })
const linkId = async () => {
  const sql = 'SELECT link_id FROM mail_node_link WHERE mail_node_id = $1'
  return (await fleet.database.query<{ link_id: string | null }>(sql, [agent.nodeId]))[0]?.link_id ?? null
}

const setStatus = (status: string) =>
  fleet.database.transaction(async (manager) => {
    await manager.query('UPDATE mail_node SET status = $2 WHERE id = $1', [agent.nodeId, status])
    await recordChanges(manager, [{ kind: 'NodeSettings', id: agent.nodeId, mailNodeId: agent.nodeId }])
  })
const settings = () => agent.resources.get(`NodeSettings/${agent.nodeId}`)?.resource

test('a suspended node is told so and cut within 5 s', async () => {
  agent.subscribe()
  await until(() => agent.revision !== null)
  await setStatus('SUSPENDED')
  await until(() => agent.closed)
  expect(agent.closed).toEqual({ code: 4403, reason: 'Forbidden' })
  expect(settings()).toMatchObject({ status: 'SUSPENDED' })
})

test('a node that was away when it was suspended is told when it comes, nothing else, and cut; resumed, it misses nothing', async () => {
  agent.subscribe()
  await until(() => agent.revision !== null)
  agent.disconnect()
  await until(async () => (await linkId()) === null)
  const position = agent.revision
  const tenantId = await makeCustomer(fleet)
  const id = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
  await setStatus('SUSPENDED')
  await fleet.changes.sequencer.idle()

  await agent.connect()
  const before = agent.frames.length
  agent.subscribe()
  await until(() => agent.closed)
  expect(agent.closed).toEqual({ code: 4403, reason: 'Forbidden' })
  expect(agent.frames.slice(before).map((frame) => frame.entries.map(({ key }) => key))).toEqual([
    [`NodeSettings/${agent.nodeId}`],
  ])
  expect(settings()).toMatchObject({ status: 'SUSPENDED' })
  expect(agent.revision).toBe(position)
  expect(await linkId()).toBeNull()

  await setStatus('ACTIVE')
  await agent.connect()
  agent.subscribe()
  await until(() => agent.resources.has(`Domain/${id}`))
  await until(() => (settings() as { status: string }).status === 'ACTIVE')
})

test('a suspended node has one connection at a time, as every node has', async () => {
  await setStatus('SUSPENDED')
  await until(() => agent.closed)
  await agent.connect()
  const twin = new TestAgent(fleet.url, agent.nodeId, agent.privateKey)
  await twin.connect()
  await until(() => agent.closed)
  expect(agent.closed!.code).toBe(4409)
  await until(() => twin.closed)
  expect(twin.closed!.code).toBe(4403)
})

test('a suspended node without a position gets one snapshot, and nothing after it', async () => {
  await setStatus('SUSPENDED')
  await until(() => agent.closed)
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision !== null)
  expect(settings()).toMatchObject({ status: 'SUSPENDED' })
  const tenantId = await makeCustomer(fleet)
  const id = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
  await until(() => agent.closed)
  expect(agent.resources.has(`Domain/${id}`)).toBe(false)
})

test('a deleted node is cut within 5 s', async () => {
  await fleet.database.query('DELETE FROM mail_node WHERE id = $1', [agent.nodeId])
  await until(() => agent.closed)
  await expect(agent.connect()).rejects.toMatchObject({ code: 4403 })
})

test('who enrols again takes the place: the old key is cut and never let in again', async () => {
  const [node] = await fleet.database.query<{ name: string }>('SELECT name FROM mail_node WHERE id = $1', [
    agent.nodeId,
  ])
  const { token } = await makeNode(fleet, node!.name)
  const { input } = await enrolInput(token)
  expect((await post(fleet.url, enrolment, { input })).body.data.enrol.nodeId).toBe(agent.nodeId)
  await until(() => agent.closed)
  await expect(agent.connect()).rejects.toMatchObject({ code: 4403 })
})

test('the newest connection of a node wins, on the same replica and on another one', async () => {
  const first = await linkId()
  const twin = new TestAgent(second.url, agent.nodeId, agent.privateKey)
  await twin.connect()
  await until(() => agent.closed)
  expect(agent.closed!.code).toBe(4409)
  const twins = await linkId()
  expect(twins).not.toBe(first)
  await sleep(50)
  expect(await linkId()).toBe(twins)

  await agent.connect()
  await until(() => twin.closed)
  expect(twin.closed!.code).toBe(4409)
  expect(await linkId()).not.toBeNull()
  agent.disconnect()
  await until(async () => (await linkId()) === null)
})

test('a change made on one replica reaches a node on the other', async () => {
  const far = new TestAgent(second.url, agent.nodeId, agent.privateKey)
  await far.connect()
  far.subscribe()
  await until(() => far.revision !== null)
  const tenantId = await makeCustomer(fleet)
  const id = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
  await until(() => far.resources.has(`Domain/${id}`))

  // Without the notification it takes the poll, and is not lost.
  await fleet.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'mailfleet-listen' AND datname = current_database()`,
  )
  const missed = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
  await until(() => far.resources.has(`Domain/${missed}`))
  far.disconnect()
})

test('every connection to the database breaks, again and again: the process stays, and the node gets what came after', async () => {
  agent.subscribe()
  await until(() => agent.revision !== null)
  const tenantId = await makeCustomer(fleet)
  const killer = new pg.Client({ connectionString: fleet.databaseUrl })
  await killer.connect()
  for (let i = 0; i < 5; i++) {
    await killer.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await sleep(30)
  }
  await killer.end()
  let id = ''
  await until(async () => {
    id = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId)).catch(() => '')
    return id
  })
  // Its stream may have ended with an error; an agent then connects anew.
  agent.disconnect()
  await until(() =>
    agent.connect().then(
      () => true,
      () => false,
    ),
  )
  agent.subscribe()
  await until(() => agent.resources.has(`Domain/${id}`))
})

test('the link of a replica that died is given up', async () => {
  agent.disconnect()
  await until(async () => (await linkId()) === null)
  await fleet.database.query(
    `UPDATE mail_node_link SET link_id = gen_random_uuid(), last_seen_at = now() - interval '1 hour'
     WHERE mail_node_id = $1`,
    [agent.nodeId],
  )
  await until(async () => (await linkId()) === null)
})
