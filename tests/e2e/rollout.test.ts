/**
 * A policy that refuses everybody's mail, by mistake: it reaches the canary, which refuses; the gate shuts; it is taken back. The other node
 * takes mail all the while. Real agents, real SMTP, and a console that nobody has to look at.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApplication, type TestApplication } from '../../control-plane/src/test-support/test-application.js'
import { eventually } from '../support/eventually.js'
import { dialogue, NodeAgent, type Ports } from '../support/node-agent.js'

let application: TestApplication
const agents: NodeAgent[] = []
const ports: Ports[] = []
const folder = mkdtempSync(join(tmpdir(), 'mailfleet-rollout-'))
let tenantId: string

beforeAll(async () => {
  application = await startTestApplication()
  const { admin, rootId, mailNodeId } = application
  tenantId = (await admin.must('createTenant', { parentId: rootId, name: 'rollout', kind: 'CUSTOMER' })).id
  const second = await admin.must('createMailNode', { name: 'second', hostName: 'mx2.platform.example' })
  for (const [index, id] of [mailNodeId, second.id].entries()) {
    const domain = await admin.must('createDomain', { tenantId, name: `node${index}.example`, mailNodeId: id })
    const password = randomBytes(12).toString('hex')
    await admin.must('createMailbox', { domainId: domain.id, localPart: 'someone', name: 'Someone', password })
    const { createJoinToken } = await admin.query(
      'mutation ($id: ID!) { createJoinToken(mailNodeId: $id) { token errors { code } } }',
      { id },
    )
    const agent = NodeAgent.spawn(join(folder, String(index)), new URL(application.url), {
      MAILFLEET_JOIN_TOKEN: createJoinToken.token,
    })
    agents.push(agent)
    ports.push(await agent.ports())
  }
}, 180_000)
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.kill('SIGTERM')))
  await application?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What a node says to a recipient of its own. */
const answer = async (node: number): Promise<string> => {
  const lines = await dialogue(ports[node]!.smtp, [
    'EHLO client.example',
    'MAIL FROM:<a@elsewhere.example>',
    `RCPT TO:<someone@node${node}.example>`,
    'QUIT',
  ])
  return lines[3] ?? ''
}
const takes = (line: string): boolean => line.startsWith('250')
const rollout = async () => {
  const { rollouts } = await application.admin.query(
    '{ rollouts(first: 1) { nodes { state wave finding { gate mailNodeId value baseline sample } } } }',
  )
  return rollouts.nodes[0]
}

test('a bad policy stops at its canary and goes back by itself', { timeout: 240_000 }, async () => {
  const { admin, mailNodeId } = application
  for (const node of [0, 1]) await eventually(() => answer(node), takes)
  const strategy = { waves: [{ mailNodeIds: [mailNodeId] }], bakeSeconds: 600, minimumSample: 5 }
  const policies = {
    target: 'TENANT',
    objectId: tenantId,
    version: 0,
    set: [{ kind: 'BLOCKED_SENDERS', value: ['elsewhere.example'] }],
    unset: [],
    rollout: { strategy },
  }
  expect((await admin.mutate('setPolicies', policies, 'policies { version }')).errors).toEqual([])

  const refusal = await eventually(
    () => answer(0),
    (line) => !takes(line),
  )
  expect(refusal).toMatch(/^550/)
  const others: string[] = []
  for (let mail = 0; mail < 8; mail++) {
    await answer(0)
    others.push(await answer(1))
  }
  const stopped = await eventually(rollout, ({ state }) => state !== 'RUNNING')
  expect(stopped).toMatchObject({ state: 'REVERTED', wave: 0 })
  expect(stopped.finding).toMatchObject([{ gate: 'REFUSED', mailNodeId }])
  expect(await eventually(() => answer(0), takes)).toMatch(/^250/)
  others.push(await answer(1))
  expect(others.filter((line) => !takes(line))).toEqual([])

  const { revisions } = await admin.query(
    `{ revisions(first: 2, filter: { types: ["Policy"] }) { nodes { source changes { fields { field before after } } } } }`,
  )
  expect(revisions.nodes.map(({ source }: { source: string }) => source)).toEqual(['SYSTEM', 'ADMINISTRATOR'])
})
