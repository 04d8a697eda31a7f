/** The link against a real server that speaks schema/node.graphql and misbehaves as networks and restarts do. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ConfigChange, MailEvent } from '@mailfleet/schema'
import { ScriptedControlPlane, until } from '../../../tests/support/scripted-control-plane.js'
import type { Frame } from '../../../tests/support/scripted-control-plane.js'
import { ConfigState } from '../config/config-state.js'
import { InMemoryDirectory } from '../config/in-memory-directory.js'
import { openConfig } from '../config/open-config.js'
import { EventSpool } from '../events/event-spool.js'
import { AuditCheckpoints } from './audit-checkpoints.js'
import { BackOff } from './back-off.js'
import { EnrolmentRefusedError } from './enrolment.js'
import { EventShipper } from './event-shipper.js'
import { Link } from './link.js'
import { NodeIdentity } from './node-identity.js'
import { StreamBases } from './stream-bases.js'
import { createStatusReporter } from './status-reporter.js'

const logger = pino({ level: 'silent' })
/** Generous: the machine may have other things to do. */
const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 20_000, interval: 20 })
const domain = (id: string, version: number, name = `${id}.example`) => ({
  key: `Domain/${id}`,
  version,
  resource: JSON.stringify({ kind: 'Domain', id, tenantId: 't', name, status: 'ACTIVE', catchAll: null }),
})
const event = (subject: string): MailEvent => ({ type: 'REFUSED', at: 1, subject })

/** Everything of the agent but the engine. */
async function startNode(folder: string, controlPlane: URL) {
  const directory = new InMemoryDirectory('node.example')
  const target = {
    apply: async (changes: ConfigChange[]) => {
      directory.apply(changes)
      return changes.map(({ key, version }) => ({ key, version, status: 'APPLIED' as const }))
    },
  }
  const { stored, writer } = await openConfig(join(folder, 'config.db'), 'test', logger)
  const state = await ConfigState.restore({ stored, journal: writer, target, definitions: 'test' })
  const spool = await EventSpool.open(join(folder, 'events.db'), logger)
  const shipper = new EventShipper(spool.writer, new StreamBases(join(folder, 'event-streams.json')), logger)
  const identity = await NodeIdentity.open(join(folder, 'identity.json'))
  const status = createStatusReporter(() => ({
    runningRevision: state.revision ?? 0,
    agentVersion: 'test',
    engine: 'builtin',
    capabilities: [],
    healthy: true,
    problems: [],
    queuedMessages: 0,
    openConnections: 0,
  }))
  const link = new Link({
    controlPlanes: [controlPlane],
    identity,
    joinToken: () => 'join-me',
    agentVersion: 'test',
    state,
    status,
    shippers: [shipper],
    auditCheckpoints: new AuditCheckpoints(join(folder, 'audit-checkpoints.jsonl'), logger, 20),
    logger,
    keepAliveMs: 300,
    backOff: new BackOff(20, 100),
  })
  return {
    directory,
    state,
    spool,
    identity,
    link,
    shipper,
    stop: async () => {
      await link.close()
      shipper.close()
      await spool.close()
      await writer.close()
    },
  }
}

let peer: ScriptedControlPlane
let folder: string
let nodes: Awaited<ReturnType<typeof startNode>>[]
const refused = vi.fn()
const start = async () => {
  const node = await startNode(folder, peer.url)
  nodes.push(node)
  node.link.start(refused)
  return node
}
const stop = async (node: (typeof nodes)[number]) => {
  nodes.splice(nodes.indexOf(node), 1)
  await node.stop()
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'link-'))
  peer = await ScriptedControlPlane.listen()
  nodes = []
  refused.mockReset()
})
afterEach(async () => {
  for (const node of nodes) await node.stop()
  await peer.close()
  rmSync(folder, { recursive: true })
})

async function* snapshot(revision: number, entries: ReturnType<typeof domain>[], epoch = 'e1'): AsyncGenerator<Frame> {
  const nonce = `snapshot-${epoch}-${revision}`
  yield { __typename: 'SnapshotBegin', nonce, epoch, revision }
  for (const entry of entries) yield { __typename: 'SnapshotChunk', nonce, entries: [entry] }
  yield { __typename: 'SnapshotEnd', nonce, epoch, revision }
}

it('enrols once, proves its key at each connection, and keeps the key to itself', async () => {
  const enrolments: string[] = []
  peer.onEnrol = (token) => {
    enrolments.push(token)
    return { nodeId: 'node-7', errorCode: null }
  }
  const node = await start()
  await eventually(() => expect(node.link.connected).toBe(true))
  peer.dropConnections()
  await eventually(() => expect(peer.requests).toHaveLength(2))
  await stop(node)
  await start()
  await eventually(() => expect(peer.requests).toHaveLength(3))
  expect(enrolments).toEqual(['join-me'])
  const claims = peer.tokens.map((token) => decodeJwt(token))
  expect(new Set(claims.map((claim) => claim.jti)).size).toBe(3)
  for (const { iss, sub, exp, iat } of claims) {
    expect([iss, sub]).toEqual(['node-7', 'node-7'])
    expect(exp! - iat!).toBeLessThanOrEqual(60)
  }
  expect(statSync(join(folder, 'identity.json')).mode & 0o777).toBe(0o600)
})

it('gives up with one clear line when the join token is refused', async () => {
  peer.onEnrol = () => ({ nodeId: null, errorCode: 'INVALID_JOIN_TOKEN' })
  const node = await start()
  await eventually(() => expect(refused).toHaveBeenCalledOnce())
  expect(refused.mock.calls[0]![0]).toBeInstanceOf(EnrolmentRefusedError)
  expect(refused.mock.calls[0]![0].message).toMatch(/^the control plane refuses the join token[^\n]*$/)
  expect(node.identity.nodeId).toBeNull()
})

it('takes a snapshot and deltas, acknowledges each by nonce, and resumes from where it is', async () => {
  peer.script = async function* (request, signal) {
    if (request.epoch === null) {
      yield* snapshot(5, [domain('a', 3), domain('b', 5)])
      yield { __typename: 'Delta', nonce: 'd6', revision: 6, entries: [domain('a', 6, 'renamed.example')] }
    } else {
      yield {
        __typename: 'Delta',
        nonce: 'd9',
        revision: 9,
        entries: [
          { key: 'Domain/b', version: 9, resource: null },
          { key: 'Hologram/x', version: 9, resource: '{}' },
        ],
      }
    }
    await until(signal)
  }
  const node = await start()
  await eventually(() => expect(peer.acknowledgements.map((ack) => ack.nonce)).toEqual(['snapshot-e1-5', 'd6']))
  expect(node.directory.domain('renamed.example')?.id).toBe('a')
  expect(node.directory.domain('a.example')).toBeUndefined()
  await stop(node)

  const again = await start()
  expect(again.directory.domain('renamed.example')?.id).toBe('a')
  await eventually(() => expect(peer.acknowledgements).toHaveLength(3))
  expect(peer.requests.at(-1)).toMatchObject({ epoch: 'e1', sinceRevision: 6 })
  expect(peer.acknowledgements[2]!.results).toMatchObject([
    { key: 'Hologram/x', version: 9, status: 'REJECTED', error: expect.stringContaining('Hologram') },
    { key: 'Domain/b', version: 9, status: 'APPLIED' },
  ])
  expect(again.directory.domain('b.example')).toBeUndefined()
  await eventually(() => expect(peer.statuses.at(-1)).toMatchObject({ runningRevision: 9 }))
})

it('is not harmed by doubled and stale frames, nor by a snapshot cut short', async () => {
  let visits = 0
  peer.script = async function* (request, signal) {
    if (++visits === 1) {
      yield* twice(snapshot(5, [domain('a', 3), domain('b', 5)]))
      yield { __typename: 'SnapshotChunk', nonce: 'old', entries: [domain('z', 1)] }
      yield { __typename: 'Delta', nonce: 'd7', revision: 7, entries: [domain('a', 7, 'new.example')] }
      yield { __typename: 'Delta', nonce: 'd6', revision: 6, entries: [domain('a', 6, 'old.example')] }
    } else if (visits === 2) {
      yield { __typename: 'Resync', reason: 'LOG_COMPACTED' }
      return
    } else if (visits === 3) {
      expect(request.epoch).toBeNull()
      yield { __typename: 'SnapshotBegin', nonce: 's2', epoch: 'e2', revision: 1 }
      yield { __typename: 'SnapshotChunk', nonce: 's2', entries: [domain('c', 1)] }
      peer.dropConnections()
    } else yield* snapshot(2, [domain('d', 2)], 'e2')
    await until(signal)
  }
  const node = await start()
  await eventually(() => expect(peer.acknowledgements.at(-1)?.nonce).toBe('d6'))
  const names = () => ['a', 'b', 'c', 'd', 'z'].filter((id) => node.directory.domainById(id)).join('')
  expect(names()).toBe('ab')
  expect(node.directory.domainById('a')?.name).toBe('new.example')
  peer.dropConnections()
  await eventually(() => expect(peer.requests).toHaveLength(4))
  await eventually(() => expect(node.state.position).toEqual({ epoch: 'e2', revision: 2 }))
  expect(names()).toBe('d')
})

async function* twice(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
  for await (const frame of frames) yield* [frame, frame]
}

it('leaves a control plane that stops answering, and comes back', async () => {
  const node = await start()
  await eventually(() => expect(node.link.connected).toBe(true))
  peer.freezeConnections()
  await eventually(() => expect(peer.requests).toHaveLength(2))
})

it('refuses a frame beyond all limits and goes on with the next connection', async () => {
  let visits = 0
  peer.script = async function* (_request, signal) {
    if (++visits === 1) {
      const resource = 'x'.repeat(9 * 1024 * 1024)
      yield { __typename: 'Delta', nonce: 'd', revision: 1, entries: [{ key: 'Domain/a', version: 1, resource }] }
    } else yield* snapshot(1, [domain('a', 1)])
    await until(signal)
  }
  const node = await start()
  await eventually(() => expect(node.directory.domainById('a')).toBeDefined())
})

it('ships each event once, in order, through lost answers and restarts', async () => {
  let ingested = 0
  peer.onIngested = () => {
    // Every second batch is stored, but its receipt never arrives.
    if (++ingested % 2 === 0) peer.dropConnections()
  }
  const subjects: string[] = []
  const emit = (node: { spool: EventSpool }, count: number) => {
    for (let n = 0; n < count; n++) {
      subjects.push(`event ${subjects.length}`)
      node.spool.emit(event(subjects.at(-1)!))
    }
  }
  const node = await start()
  emit(node, 1_700)
  await eventually(() => expect(peer.batches.length).toBeGreaterThan(1))
  emit(node, 300)
  await node.spool.flush()
  await stop(node)
  const again = await start()
  emit(again, 500)
  const stored = () => (peer.stored.get(again.spool.writer.stream) ?? []).map((one) => (one as MailEvent).subject)
  await eventually(() => expect(stored()).toHaveLength(2_500))
  expect(stored()).toEqual(subjects)
  for (const batch of peer.batches) expect((JSON.parse(batch.events) as unknown[]).length).toBeLessThanOrEqual(1_000)
  await eventually(() => expect(again.shipper.waiting()).toBe(0))
})

it('keeps batches within a mebibyte', async () => {
  const node = await start()
  await eventually(() => expect(node.link.connected).toBe(true))
  const replyText = 'ü'.repeat(512)
  for (let n = 0; n < 3_000; n++) node.spool.emit({ ...event(`${n}`), replyText })
  await eventually(() => expect(peer.stored.get(node.spool.writer.stream)).toHaveLength(3_000))
  for (const batch of peer.batches) expect(Buffer.byteLength(batch.events)).toBeLessThanOrEqual(1024 * 1024)
})

it.each([
  ['the control plane lost what was shipped', ['first']],
  ['the node gives sequences a second time', ['first', 'second', 'lost', 'lost too']],
])('goes on as a new stream where %s, and stays with it after a restart', async (_what, there) => {
  const node = await start()
  const { stream } = node.spool.writer
  const subjects = () => [...peer.stored.values()].map((events) => events.map((one) => (one as MailEvent).subject))
  for (const subject of ['first', 'second']) node.spool.emit(event(subject))
  await eventually(() => expect(subjects()).toEqual([['first', 'second']]))
  await eventually(() => expect(node.shipper.waiting()).toBe(0))
  peer.stored.set(stream, there.map(event))
  node.spool.emit(event('third'))
  await eventually(() => expect(subjects()).toEqual([there, ['third']]))
  await stop(node)
  const again = await start()
  again.spool.emit(event('fourth'))
  await eventually(() => expect(subjects()).toEqual([there, ['third', 'fourth']]))
  await eventually(() => expect(again.shipper.waiting()).toBe(0))
})

it('says why events are not taken, and trims none of them', async () => {
  peer.refuseEvents = true
  const node = await start()
  node.spool.emit(event('first'))
  await eventually(() => expect(node.shipper.stuck()).toContain(node.spool.writer.stream))
  expect(node.shipper.waiting()).toBe(1)
  peer.refuseEvents = false
  await eventually(() => expect(node.shipper.waiting()).toBe(0))
  expect(node.shipper.stuck()).toBeNull()
})

it('keeps the link although a stream of events cannot be read, and says so', async () => {
  peer.refuseEvents = true
  const node = await start()
  for (let n = 0; n < 500; n++) node.spool.emit(event(`${n} ${'x'.repeat(500)}`))
  await node.spool.flush()
  await stop(node)
  const path = join(folder, 'events.db')
  const pages = readFileSync(path)
  writeFileSync(path, Buffer.concat([pages.subarray(0, 5 * 4096), Buffer.alloc(pages.length - 5 * 4096, 0xff)]))

  peer.refuseEvents = false
  peer.script = async function* (_request, signal) {
    yield* snapshot(1, [domain('a', 1)])
    await until(signal)
  }
  const again = await start()
  await eventually(() => expect(again.shipper.stuck()).toMatch(/malformed/))
  await eventually(() => expect(again.directory.domainById('a')).toBeDefined())
  await eventually(() => expect(peer.statuses.length).toBeGreaterThan(1))
  expect(again.link.connected).toBe(true)
  expect(again.shipper.waiting()).toBeGreaterThanOrEqual(0)
})

it('checkpoints of the audit trail are kept, and shown again to whoever is the control plane later', async () => {
  const checkpoint = (sequence: number) => ({ chainId: 'chain', sequence, hash: 'ab'.repeat(32) })
  peer.auditCheckpoint = checkpoint(7)
  const node = await start()
  await eventually(() => expect(peer.heldCheckpoints).toContainEqual(checkpoint(7)))
  peer.auditCheckpoint = checkpoint(9)
  await eventually(() => expect(peer.heldCheckpoints).toContainEqual(checkpoint(9)))
  await stop(node)
  // A power cut in the middle of a line.
  appendFileSync(join(folder, 'audit-checkpoints.jsonl'), '{"chainId":"cha')

  peer.heldCheckpoints.length = 0
  peer.auditCheckpoint = null
  await start()
  await eventually(() => expect(peer.heldCheckpoints).toEqual([checkpoint(7), checkpoint(9)]))
})
