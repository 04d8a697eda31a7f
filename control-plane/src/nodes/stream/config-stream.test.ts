import { configResource } from '@mailfleet/schema'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { compactLog } from '../../changes/compaction.js'
import { readHead, recordChanges, recordDomainChangesWithin, recordDomainPlacement } from '../../changes/index.js'
import {
  insertDomain,
  insertMailbox,
  makeCustomer,
  makeNode,
  startFleet,
  type Fleet,
} from '../test-support/fleet-fixture.js'
import { enrolAgent, TestAgent } from '../test-support/test-agent.js'

let fleet: Fleet
let tenantId: string
let agent: TestAgent

beforeAll(async () => {
  fleet = await startFleet()
})
afterAll(() => fleet?.stopAll())
beforeEach(async () => {
  tenantId = await makeCustomer(fleet)
  agent = await agentOf()
  // On a slow disk the node's own making would else come as a delta, after the snapshot that has it.
  await sequenced()
  return () => agent.disconnect()
})

async function agentOf(): Promise<TestAgent> {
  const { token } = await makeNode(fleet)
  return enrolAgent(fleet.url, token)
}
const until = (check: () => unknown) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: 8_000, interval: 5 })
const domain = () => fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
const mailbox = (domainId: string) => fleet.database.transaction((manager) => insertMailbox(manager, domainId))
const sequenced = async () => {
  await until(async () => (await fleet.database.query('SELECT 1 FROM change_outbox')).length === 0)
  return readHead(fleet.database.dataSource)
}
const types = () => agent.frames.map((frame) => frame.__typename)
const bodyOf = (key: string) => agent.resources.get(key)?.resource as Record<string, unknown> | undefined

test('a snapshot of what the node serves, in the form of the contract, and nothing of others', async () => {
  const other = await agentOf()
  const foreign = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, other.nodeId))
  await mailbox(foreign)
  const domainId = await domain()
  const mailboxId = await mailbox(domainId)
  const [alias] = await fleet.database.query<{ id: string }>(
    `INSERT INTO alias (id, domain_id, local_part, address, targets)
     VALUES (gen_random_uuid(), $1, 'a', $2, '{x@example.com,y@example.com}') RETURNING id`,
    [domainId, `a@${domainId}.example`],
  )
  const [forward] = await fleet.database.query<{ id: string }>(
    `INSERT INTO forward (id, mailbox_id, targets, keep_copy)
     VALUES (gen_random_uuid(), $1, '{z@example.com}', true) RETURNING id`,
    [mailboxId],
  )
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision !== null)
  expect(new Set(agent.resources.keys())).toEqual(
    new Set([
      `NodeSettings/${agent.nodeId}`,
      `Domain/${domainId}`,
      `Mailbox/${mailboxId}`,
      `Alias/${alias!.id}`,
      `Forward/${forward!.id}`,
    ]),
  )
  for (const [key, { resource }] of agent.resources) {
    const parsed = configResource.parse(resource)
    expect(`${parsed.kind}/${parsed.id}`).toBe(key)
    expect(parsed).toMatchObject(resource as object)
  }
  expect(bodyOf(`Mailbox/${mailboxId}`)).toMatchObject({ domainId, quotaBytes: 1_000_000, status: 'ACTIVE' })
  expect(bodyOf(`Forward/${forward!.id}`)).toMatchObject({ mailboxId, targets: ['z@example.com'], keepCopy: true })
})

test('changes follow as deltas: new, suspended from above, removed, moved to another node', async () => {
  const domainId = await domain()
  await agent.connect()
  agent.subscribe()
  await until(() => agent.resources.has(`Domain/${domainId}`))
  const mailboxId = await mailbox(domainId)
  await until(() => agent.resources.has(`Mailbox/${mailboxId}`))

  await fleet.database.transaction(async (manager) => {
    await manager.query(`UPDATE tenant SET status = 'SUSPENDED' WHERE id = $1`, [tenantId])
    const [{ path }] = await manager.query('SELECT path FROM tenant WHERE id = $1', [tenantId])
    await recordDomainChangesWithin(manager, path)
  })
  await until(() => bodyOf(`Domain/${domainId}`)?.status === 'SUSPENDED')
  expect(bodyOf(`Mailbox/${mailboxId}`)?.status).toBe('ACTIVE')

  const target = await agentOf()
  await target.connect()
  target.subscribe()
  await until(() => target.revision !== null)
  await fleet.database.transaction(async (manager) => {
    await manager.query('UPDATE domain SET mail_node_id = $2 WHERE id = $1', [domainId, target.nodeId])
    await recordDomainPlacement(manager, domainId, [target.nodeId, agent.nodeId])
  })
  await until(() => agent.resources.size === 1 && target.resources.size === 3)
  expect([...target.resources.keys()]).toContain(`Mailbox/${mailboxId}`)

  await fleet.database.transaction(async (manager) => {
    await manager.query('DELETE FROM mailbox WHERE id = $1', [mailboxId])
    await recordChanges(manager, [{ kind: 'Mailbox', id: mailboxId, mailNodeId: target.nodeId }])
  })
  await until(() => target.resources.size === 2)
  expect(types().filter((type) => type === 'SnapshotBegin')).toHaveLength(1)
  target.disconnect()
})

test('a node that comes back gets what it missed, coalesced, and no snapshot', async () => {
  const domainId = await domain()
  await sequenced()
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision !== null)
  agent.disconnect()
  agent.frames.length = 0
  const mailboxId = await mailbox(domainId)
  for (let i = 0; i < 10; i++)
    await fleet.database.transaction(async (manager) => {
      await manager.query('UPDATE mailbox SET name = $2 WHERE id = $1', [mailboxId, `name ${i}`])
      await recordChanges(manager, [{ kind: 'Mailbox', id: mailboxId, mailNodeId: agent.nodeId }])
    })
  const { revision } = await sequenced()
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision === revision)
  const entries = agent.frames.flatMap((frame) => frame.entries ?? [])
  expect(entries.map((entry) => entry.key)).toEqual([`Mailbox/${mailboxId}`])
  expect(entries[0]!.version).toBe(revision)
  expect(bodyOf(`Mailbox/${mailboxId}`)?.displayName).toBe('name 9')
  expect(types()).not.toContain('SnapshotBegin')
})

test('an up-to-date node is told so at once; another epoch or a revision from the future gets a snapshot', async () => {
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision !== null)
  const reconnect = async (): Promise<void> => {
    agent.disconnect()
    agent.frames.length = 0
    await agent.connect()
    agent.subscribe()
    await until(() => agent.frames.length > 0)
  }
  await reconnect()
  expect(types()[0]).toBe('Bookmark')
  const epoch = agent.epoch
  agent.epoch = '00000000-0000-4000-8000-000000000000'
  await reconnect()
  expect(types()[0]).toBe('SnapshotBegin')
  await until(() => agent.epoch === epoch)
  agent.revision = 1_000_000_000
  await reconnect()
  expect(types()[0]).toBe('SnapshotBegin')
})

test('no more frames than the window are unanswered, and a slow node gets each key as it is in the end', async () => {
  await agent.connect()
  agent.subscribe({ window: 2, acknowledge: false })
  await until(() => types().includes('SnapshotEnd'))
  await agent.ack(agent.frames.at(-1)!.nonce)
  const domainId = await domain()
  await until(() => agent.frames.at(-1)?.__typename === 'Delta')
  const mailboxId = await mailbox(domainId)
  await until(() => agent.resources.has(`Mailbox/${mailboxId}`))
  const seen = agent.frames.length
  for (let i = 0; i < 5; i++)
    await fleet.database.transaction(async (manager) => {
      await manager.query('UPDATE mailbox SET name = $2 WHERE id = $1', [mailboxId, `name ${i}`])
      await recordChanges(manager, [{ kind: 'Mailbox', id: mailboxId, mailNodeId: agent.nodeId }])
    })
  const { revision } = await sequenced()
  // Something of another node goes through meanwhile: the stream of this one is held by its window only.
  const other = await agentOf()
  await other.connect()
  other.subscribe()
  await until(() => other.revision !== null)
  other.disconnect()
  expect(agent.frames.length).toBe(seen)
  for (const frame of agent.frames.filter((frame) => frame.__typename === 'Delta')) await agent.ack(frame.nonce)
  await until(() => agent.revision! >= revision)
  expect(agent.frames.slice(seen).flatMap((frame) => frame.entries ?? [])).toHaveLength(1)
  expect(bodyOf(`Mailbox/${mailboxId}`)?.displayName).toBe('name 4')
})

test('refusals are kept until the key is applied; an answer that breaks a rule changes nothing', async () => {
  const rejections = () =>
    fleet.database.query('SELECT kind, resource_id, reason FROM config_rejection WHERE mail_node_id = $1', [
      agent.nodeId,
    ])
  const acknowledged = async () => {
    const sql = 'SELECT acknowledged_revision AS revision FROM mail_node_link WHERE mail_node_id = $1'
    return Number((await fleet.database.query<{ revision: string }>(sql, [agent.nodeId]))[0]!.revision)
  }
  await agent.connect()
  agent.subscribe()
  await until(async () => agent.revision !== null && (await acknowledged()) === agent.revision)
  agent.refuse = (key) => key.startsWith('Domain/')
  const domainId = await domain()
  await until(async () => (await rejections()).length === 1)
  expect(await rejections()).toEqual([{ kind: 'Domain', resource_id: domainId, reason: 'this test refuses it' }])
  expect(await acknowledged()).toBe((await sequenced()).revision)
  // The same version is not sent again.
  const frames = agent.frames.length
  const mailboxId = await mailbox(domainId)
  await until(() => agent.resources.has(`Mailbox/${mailboxId}`))
  expect(
    agent.frames
      .slice(frames)
      .flatMap((frame) => frame.entries ?? [])
      .map((entry) => entry.key),
  ).toEqual([`Mailbox/${mailboxId}`])
  agent.refuse = () => false
  const touch = () =>
    fleet.database.transaction((manager) =>
      recordChanges(manager, [{ kind: 'Domain', id: domainId, mailNodeId: agent.nodeId }]),
    )
  await touch()
  await until(async () => (await rejections()).length === 0)

  agent.disconnect()
  agent.frames.length = 0
  await agent.connect()
  agent.subscribe({ acknowledge: false })
  await touch()
  await until(
    () => agent.frames.at(-1)?.__typename === 'Delta' && agent.frames.at(-1)!.entries[0]?.key.startsWith('Domain'),
  )
  const { nonce, entries, revision } = agent.frames.at(-1)!
  const result = { key: entries[0]!.key, version: entries[0]!.version, status: 'REJECTED', error: 'no' }
  for (const wrong of [{ key: `Mailbox/${mailboxId}` }, { version: 1 }, { key: 'Nonsense/1' }]) {
    const { errors } = await agent.ack(nonce, [{ ...result, ...wrong }])
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  }
  expect(await rejections()).toEqual([])
  expect(await acknowledged()).toBeLessThan(revision)
  expect((await agent.ack('unknown')).data).toEqual({ ackConfig: false })
  expect((await agent.ack(nonce, [])).data).toEqual({ ackConfig: true })
  expect((await agent.ack(nonce, [])).data).toEqual({ ackConfig: false })
  expect(await acknowledged()).toBe(revision)
})

test('a node too far behind the compacted log starts anew; versions stay; a stream that falls behind resyncs', async () => {
  const domainId = await domain()
  await sequenced()
  await agent.connect()
  agent.subscribe()
  await until(() => agent.resources.has(`Domain/${domainId}`))
  const version = agent.resources.get(`Domain/${domainId}`)!.version
  const held = agent.revision!
  agent.disconnect()
  const mailboxes = [await mailbox(domainId), await mailbox(domainId)]
  await fleet.database.transaction(async (manager) => {
    await manager.query('DELETE FROM mailbox WHERE id = $1', [mailboxes[0]])
    await recordChanges(manager, [{ kind: 'Mailbox', id: mailboxes[0]!, mailNodeId: agent.nodeId }])
  })
  const { revision } = await sequenced()
  await compactLog(fleet.database.dataSource, { keepForMs: -1_000 })
  expect(await readHead(fleet.database.dataSource)).toMatchObject({ revision, compactedTo: revision })
  agent.frames.length = 0
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision === revision)
  expect(types()).toContain('SnapshotBegin')
  expect(agent.resources.has(`Mailbox/${mailboxes[0]}`)).toBe(false)
  expect(agent.resources.get(`Domain/${domainId}`)!.version).toBe(version)
  expect(held).toBeLessThan(revision)

  // Held by its window, it is overtaken by the next compaction.
  agent.disconnect()
  await agent.connect()
  agent.subscribe({ window: 1, acknowledge: false })
  await mailbox(domainId)
  await until(() => types().at(-1) === 'Delta')
  const { nonce } = agent.frames.at(-1)!
  await mailbox(domainId)
  await sequenced()
  await compactLog(fleet.database.dataSource, { keepForMs: -1_000 })
  agent.frames.length = 0
  await agent.ack(nonce)
  await until(() => types().includes('SnapshotEnd'))
  expect(types()[0]).toBe('Resync')
  expect([...agent.resources.keys()].filter((key) => key.startsWith('Mailbox/'))).toHaveLength(3)
})

test('frames stay below 256 KiB however much a domain holds', async () => {
  const domainId = await domain()
  await fleet.database.query(
    `INSERT INTO alias (id, domain_id, local_part, address, targets)
     SELECT gen_random_uuid(), $1, 'l' || i, 'l' || i || '@' || $2,
       ARRAY(SELECT repeat('x', 40) || j || '@example.com' FROM generate_series(1, 100) AS j)
     FROM generate_series(1, 450) AS i`,
    [domainId, `${domainId}.example`],
  )
  await agent.connect()
  agent.subscribe()
  await until(() => agent.revision !== null)
  expect([...agent.resources.keys()].filter((key) => key.startsWith('Alias/'))).toHaveLength(450)
  const chunks = agent.frames.filter((frame) => frame.__typename === 'SnapshotChunk')
  expect(chunks.length).toBeGreaterThan(10)
  for (const { entries } of chunks) expect(Buffer.byteLength(JSON.stringify(entries))).toBeLessThanOrEqual(256 * 1024)
})

test('200 connections that come and go leave nothing behind', async () => {
  const { changes, nodes } = fleet
  await until(() => nodes.links.size === 0 && changes.follower.watcherCount === 0)
  for (let round = 0; round < 20; round++) {
    const agents = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const one = new TestAgent(agent.url, agent.nodeId, agent.privateKey)
        await one.connect().catch(() => undefined)
        if (!one.closed) one.subscribe()
        return one
      }),
    )
    for (const one of agents) one.disconnect()
  }
  await until(() => nodes.links.size === 0 && changes.follower.watcherCount === 0)
  // The last row is written back after its session is gone.
  const linked = 'SELECT FROM mail_node_link WHERE mail_node_id = $1 AND link_id IS NOT NULL'
  await until(async () => (await fleet.database.query(linked, [agent.nodeId])).length === 0)
  await until(() => fleet.nodes.endpoint.socket!.clients.size === 0)
})
