import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeNode, startFleet, type Fleet } from '../test-support/fleet-fixture.js'
import { enrolAgent, enrolInput, enrolment, post } from '../test-support/test-agent.js'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet()
})
afterAll(() => fleet?.stopAll())

const enrol = async (input: object) => (await post(fleet.url, enrolment, { input })).body.data?.enrol
const refused = (errorCode: string) => ({ nodeId: null, nodeName: null, errorCode })

test('of 50 who use a token at once exactly one is enrolled, with its own key', async () => {
  const { token, nodeId } = await makeNode(fleet)
  const inputs = await Promise.all(Array.from({ length: 50 }, () => enrolInput(token)))
  const answers = await Promise.all(inputs.map(({ input }) => enrol(input)))
  const winners = answers.flatMap((answer, i) => (answer.nodeId ? [i] : []))
  expect(winners).toHaveLength(1)
  expect(answers.filter((_, i) => i !== winners[0])).toEqual(Array(49).fill(refused('INVALID_JOIN_TOKEN')))
  const [node] = await fleet.database.query('SELECT public_key FROM mail_node WHERE id = $1', [nodeId])
  expect(node!.public_key).toEqual(JSON.parse(inputs[winners[0]!]!.input.publicKey))
})

test('wrong, used, expired, replaced and suspended get one and the same answer', async () => {
  const answerTo = async (token: string) => post(fleet.url, enrolment, { input: (await enrolInput(token)).input })
  const used = await makeNode(fleet)
  await enrolAgent(fleet.url, used.token)
  const expired = await makeNode(fleet)
  await fleet.database.query(`UPDATE join_token SET expires_at = now() - interval '1 s' WHERE mail_node_id = $1`, [
    expired.nodeId,
  ])
  const replaced = await makeNode(fleet, 'replaced')
  const current = await makeNode(fleet, 'replaced')
  const suspended = await makeNode(fleet)
  await fleet.database.query(`UPDATE mail_node SET status = 'SUSPENDED' WHERE id = $1`, [suspended.nodeId])
  const answers = await Promise.all(
    ['mfj_nothing', used.token, expired.token, replaced.token, suspended.token].map(answerTo),
  )
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(answers[0]!.body.data.enrol).toEqual(refused('INVALID_JOIN_TOKEN'))
  expect((await answerTo(current.token)).body.data.enrol.nodeId).toBe(current.nodeId)
})

test('a key that is not proved, not public or not Ed25519 is refused, and the token is still good', async () => {
  const { token, nodeId } = await makeNode(fleet)
  const good = (await enrolInput(token)).input
  const other = (await enrolInput(token)).input
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { publicKey: rsa } = await generateKeyPair('ES256', { extractable: true })
  for (const wrong of [
    { proof: other.proof },
    { proof: (await enrolInput('another token')).input.proof },
    { proof: 'nonsense' },
    { publicKey: JSON.stringify(await exportJWK(privateKey)) },
    { publicKey: JSON.stringify(await exportJWK(rsa)) },
    { publicKey: '{' },
    { publicKey: 'null' },
    { agentVersion: '' },
  ])
    expect(await enrol({ ...good, ...wrong })).toEqual(refused('INVALID_INPUT'))
  expect((await enrol(good)).nodeId).toBe(nodeId)
})

test('no token is in the database, only what cannot be turned back into one', async () => {
  const { token } = await makeNode(fleet)
  const rows = await fleet.database.query('SELECT join_token::text AS row FROM join_token')
  for (const { row } of rows) expect(row).not.toContain(token.slice(4))
})

test('nothing but enrolment and the protocol versions is served over HTTP', async () => {
  expect((await post(fleet.url, '{ protocolVersions }')).body).toEqual({ data: { protocolVersions: [1] } })
  for (const query of [
    '{ __schema { types { name } } }',
    'mutation { ackConfig(nonce: "x", results: []) }',
    'mutation { ingestEvents(batch: {stream: "s", firstSequence: 1, events: "[]"}) { highWater } }',
    'subscription { configStream { __typename } }',
    'mutation { a: enrol(input: {joinToken: "", publicKey: "", proof: "", agentVersion: ""}) { nodeId } b: enrol(input: {joinToken: "", publicKey: "", proof: "", agentVersion: ""}) { nodeId } }',
    `{ ${'protocolVersions '.repeat(500)} }`,
    '{',
  ]) {
    const { status, body } = await post(fleet.url, query)
    expect({ query, status, code: body.errors?.[0].extensions.code }).toEqual({
      query,
      status: 400,
      code: 'INVALID_REQUEST',
    })
    expect(body.data).toBeUndefined()
  }
  const send = (init: RequestInit) => fetch(fleet.url, { method: 'POST', ...init }).then((response) => response.status)
  const json = { 'content-type': 'application/json' }
  expect(await fetch(fleet.url).then((response) => response.status)).toBe(405)
  expect(await send({ headers: { 'content-type': 'text/plain' }, body: '{"query":"{protocolVersions}"}' })).toBe(415)
  expect(await send({ headers: json, body: 'x' })).toBe(400)
  expect(await send({ headers: json, body: JSON.stringify({ query: ' '.repeat(20_000) }) })).toBe(413)
})
