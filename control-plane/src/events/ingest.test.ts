import { randomUUID } from 'node:crypto'
import type { MailEvent } from '@mailfleet/schema'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertDomain, makeCustomer, makeNode, startFleet, type Fleet } from '../nodes/test-support/fleet-fixture.js'
import { enrolAgent, type TestAgent } from '../nodes/test-support/test-agent.js'
import { addressKey, addressSearch, prefixEnd } from './address-key.js'

let fleet: Fleet
let agent: TestAgent
let tenantId: string
let domainId: string

beforeAll(async () => {
  fleet = await startFleet()
  agent = await enrolAgent(fleet.url, (await makeNode(fleet)).token)
  tenantId = await makeCustomer(fleet)
  domainId = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
  await agent.connect()
})
afterAll(async () => {
  agent?.disconnect()
  await fleet?.stopAll()
})

const ingestEvents = 'mutation ($batch: MailEventBatchInput!) { ingestEvents(batch: $batch) { highWater } }'
const event = (fields: Partial<MailEvent> = {}): MailEvent => ({
  type: 'ACCEPTED',
  at: Date.now(),
  domainId,
  ...fields,
})

async function send(stream: string, firstSequence: number, events: unknown, from = agent) {
  const text = typeof events === 'string' ? events : JSON.stringify(events)
  const result = await from.request(ingestEvents, { batch: { stream, firstSequence, events: text } })
  return (result.data as { ingestEvents: { highWater: number } } | null)?.ingestEvents.highWater ?? result.errors
}
const stored = (marker: string) =>
  fleet.database.query<Record<string, unknown>>('SELECT * FROM mail_event WHERE transaction_id = $1 ORDER BY id', [
    marker,
  ])
const aside = (stream: string) =>
  fleet.database.query<{ sequence: string; reason: string; body: string }>(
    'SELECT sequence, reason, body FROM mail_event_set_aside WHERE stream = $1 ORDER BY sequence',
    [stream],
  )

test('whatever is repeated, overlaps, comes early or twice at once: each event is stored once, in order', async () => {
  const step = fc.record({
    back: fc.nat(6),
    ahead: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(2)),
    size: fc.integer({ min: 0, max: 8 }),
    twice: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const stream = randomUUID()
      let mark = 0
      for (const { back, ahead, size, twice } of steps) {
        const first = Math.max(1, mark + 1 - back + ahead)
        const events = Array.from({ length: size }, (_, i) =>
          event({ transactionId: stream, subject: String(first + i) }),
        )
        const answers = await Promise.all(Array.from({ length: twice ? 3 : 1 }, () => send(stream, first, events)))
        if (first <= mark + 1) mark = Math.max(mark, first + size - 1)
        for (const answer of answers) expect(answer).toBe(mark)
      }
      const subjects = (await stored(stream)).map((row) => Number(row.subject))
      expect(subjects).toEqual(Array.from({ length: mark }, (_, i) => i + 1))
    }),
    { numRuns: 25 },
  )
})

test('a malformed event, one with NUL, and one of a domain of another node do not hold up the others', async () => {
  const stream = randomUUID()
  const other = await makeNode(fleet)
  const foreign = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, other.nodeId))
  const mark = { transactionId: stream }
  const answer = await send(stream, 1, [
    event({ ...mark, subject: 'a\0b \ud800 c' }),
    { type: 'NONSENSE', at: 1 },
    null,
    event({ ...mark, domainId: foreign }),
    event({ ...mark, domainId: "'; DROP TABLE domain" }),
    event({ ...mark, domainId: null, type: 'AUTH_FAILED', login: 'nobody' }),
    event({ ...mark, subject: 'x'.repeat(257) }),
  ])
  expect(answer).toBe(7)
  expect((await stored(stream)).map((row) => [row.tenant_id, row.subject])).toEqual([
    [tenantId, 'a\uFFFDb \uFFFD c'],
    [null, null],
  ])
  const kept = await aside(stream)
  expect(kept.map((row) => Number(row.sequence))).toEqual([2, 3, 4, 5, 7])
  expect(kept[2]).toMatchObject({ reason: 'domainId: not of this node' })
  expect(await send(stream, 1, [event(mark)])).toBe(7)
})

test('events of a domain that has moved away or was deleted still belong to its tenant', async () => {
  const stream = randomUUID()
  const gone = await fleet.database.transaction((manager) => insertDomain(manager, tenantId, agent.nodeId))
  const other = await makeNode(fleet)
  await fleet.database.query('UPDATE domain SET mail_node_id = $2 WHERE id = $1', [gone, other.nodeId])
  const moved = event({ transactionId: stream, domainId: gone })
  expect(await send(stream, 1, [moved])).toBe(1)
  await fleet.database.query('DELETE FROM domain WHERE id = $1', [gone])
  expect(await send(stream, 2, [moved])).toBe(2)
  expect((await stored(stream)).map((row) => [row.tenant_id, row.domain_id])).toEqual(Array(2).fill([tenantId, gone]))
})

test('times that cannot be are made possible; old ones that can be are kept, on their day', async () => {
  const stream = randomUUID()
  const now = Date.now()
  const day = 86_400_000
  const times = [now - 60 * day, now - 5_000 * day, 0, now + 365 * day, Number.MAX_SAFE_INTEGER, now + 60_000]
  const events = times.map((at) => event({ transactionId: stream, at, nextAttemptAt: at }))
  expect(await send(stream, 1, events)).toBe(times.length)
  const rows = await fleet.database.query<{ at: Date; reported_at: Date }>(
    'SELECT at, reported_at FROM mail_event WHERE transaction_id = $1 ORDER BY id',
    [stream],
  )
  const [kept, clamped, zero, ahead, absurd, soon] = rows.map((row) => row.at.getTime())
  expect(kept).toBe(times[0])
  expect(soon).toBe(times[5])
  for (const at of [clamped!, zero!]) expect(Math.abs(at - (now - 90 * day))).toBeLessThan(60_000)
  for (const at of [ahead!, absurd!]) expect(Math.abs(at - now)).toBeLessThan(60_000)
  expect(rows.map((row) => row.reported_at.getTime()).slice(0, 4)).toEqual(times.slice(0, 4))
})

test('a batch that is none changes nothing, and the next good one goes on', async () => {
  const stream = randomUUID()
  const bad = [{ extensions: { code: 'INVALID_INPUT' } }]
  expect(await send(stream, 1, '{')).toMatchObject(bad)
  expect(await send(stream, 1, '{}')).toMatchObject(bad)
  expect(await send(stream, 0, [event()])).toMatchObject(bad)
  expect(await send('', 1, [event()])).toMatchObject(bad)
  expect(await send('a\0', 1, [event()])).toMatchObject(bad)
  expect(await send(stream, 1, Array(1_001).fill(event()))).toMatchObject(bad)
  expect(await send(stream, 1, JSON.stringify([event({ subject: 'x'.repeat(1_048_576) })]))).toMatchObject(bad)
  expect(await send(stream, 1, [])).toBe(0)
  expect(await send(stream, 1, Array(1_000).fill(event({ transactionId: stream })))).toBe(1_000)
})

test('streams are apart: of one node, and of two nodes that use one name', async () => {
  const stream = randomUUID()
  const other = await enrolAgent(fleet.url, (await makeNode(fleet)).token)
  await other.connect()
  expect(await send(stream, 1, [event()])).toBe(1)
  expect(await send(`${stream}-b`, 1, [event()])).toBe(1)
  const theirs = [event({ domainId: null, transactionId: stream })]
  expect(await send(stream, 1, theirs, other)).toBe(1)
  expect(await stored(stream)).toHaveLength(1)
  other.disconnect()
})

test('address keys: normal form, and a domain is a prefix of its addresses and of no others', () => {
  expect(addressKey('Anna@BÜCHER.example')).toBe(addressKey('anna@xn--bcher-kva.example'))
  const starts = (search: string, address: string): boolean => {
    const { key, prefix } = addressSearch(search)
    const candidate = addressKey(address)
    return prefix ? candidate >= key && candidate < prefixEnd(key)! : candidate === key
  }
  expect(starts('@Bücher.example', 'a@xn--bcher-kva.example')).toBe(true)
  expect(starts('@ample', 'a@example')).toBe(false)
  expect(starts('@example', 'a@sub.example')).toBe(false)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (prefix, rest) => {
      const bytes = (text: string) => Buffer.from(text)
      const end = prefixEnd(prefix)
      if (end !== null) expect(Buffer.compare(bytes(prefix + rest), bytes(end))).toBeLessThan(0)
    }),
  )
})
