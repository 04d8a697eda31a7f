import { configResource } from '@mailfleet/schema'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { recordChanges, recordDomainChangesWithin } from '../../changes/index.js'
import {
  insertDomain,
  insertMailbox,
  makeCustomer,
  makeNode,
  startFleet,
  type Fleet,
} from '../test-support/fleet-fixture.js'
import { enrolAgent, type TestAgent } from '../test-support/test-agent.js'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet()
})
afterAll(() => fleet?.stopAll())

async function agentOf(): Promise<TestAgent> {
  const { token } = await makeNode(fleet)
  return enrolAgent(fleet.url, token)
}
const until = (check: () => unknown) => vi.waitFor(() => expect(check()).toBeTruthy(), { timeout: 8_000, interval: 5 })

describe('config stream', () => {
  test('snapshot, deltas, removal, suspension from above; bodies are those of the contract', async () => {
    const agent = await agentOf()
    const tenantId = await makeCustomer(fleet)
    const { database } = fleet
    const domainId = await database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
    const mailboxes = await database.transaction(async (manager) => [
      await insertMailbox(manager, domainId),
      await insertMailbox(manager, domainId),
    ])
    await agent.connect()
    agent.subscribe()
    await until(() => agent.resources.has(`Mailbox/${mailboxes[1]}`))
    expect([...agent.resources.keys()].sort()).toEqual(
      [`NodeSettings/${agent.nodeId}`, `Domain/${domainId}`, ...mailboxes.map((id) => `Mailbox/${id}`)].sort(),
    )
    expect(agent.frames[0]!.__typename).toBe('SnapshotBegin')
    for (const { resource } of agent.resources.values())
      expect(configResource.parse(resource)).toMatchObject(resource as object)

    await database.transaction(async (manager) => {
      const [{ path }] = await manager
        .query(`UPDATE tenant SET status = 'SUSPENDED' WHERE id = $1 RETURNING path`, [tenantId])
        .then(([rows]) => rows)
      await recordDomainChangesWithin(manager, path)
    })
    await until(
      () => (agent.resources.get(`Domain/${domainId}`)?.resource as { status: string }).status === 'SUSPENDED',
    )

    await database.transaction(async (manager) => {
      await manager.query('DELETE FROM mailbox WHERE id = $1', [mailboxes[0]])
      await recordChanges(manager, [{ kind: 'Mailbox', id: mailboxes[0]!, mailNodeId: agent.nodeId }])
    })
    await until(() => !agent.resources.has(`Mailbox/${mailboxes[0]}`))
    agent.disconnect()
  })
})
