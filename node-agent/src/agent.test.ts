/** The agent as a process: what it does when it is killed, stopped, started twice, and left alone by its control plane. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { buildProduct } from '../../tests/support/build.js'
import { dialogue, NodeAgent } from '../../tests/support/node-agent.js'
import { ScriptedControlPlane, until } from '../../tests/support/scripted-control-plane.js'
import type { Frame } from '../../tests/support/scripted-control-plane.js'

/** Generous: the machine may have other things to do. */
const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 20_000, interval: 20 })
const password = randomBytes(12).toString('hex')
const cheap = { memoryCost: 64, timeCost: 1 }
let passwordHash: string
let folder: string
let peer: ScriptedControlPlane
let agents: NodeAgent[]

beforeAll(buildProduct, 600_000)
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'))
  peer = await ScriptedControlPlane.listen()
  passwordHash = await hash(password, cheap)
  agents = []
})
afterEach(async () => {
  for (const agent of agents) await agent.kill('SIGKILL')
  await peer.close()
  rmSync(folder, { recursive: true })
})

const spawn = (env: Record<string, string> = {}, url = peer.url): NodeAgent => {
  const agent = NodeAgent.spawn(join(folder, 'data'), url, env)
  agents.push(agent)
  return agent
}

const entry = (key: string, version: number, fields: object | null) => {
  const [kind, id] = key.split('/')
  return { key, version, resource: fields && JSON.stringify({ kind, id, ...fields }) }
}
const mailbox = (id: string) => ({
  domainId: 'd',
  address: `${id}@example.org`,
  displayName: '',
  status: 'ACTIVE',
  passwordHash,
  quotaBytes: null,
})
const basics = () => [
  entry('NodeSettings/node-1', 1, { hostName: 'mx.example.org', status: 'ACTIVE' }),
  entry('Domain/d', 1, { tenantId: 't', name: 'example.org', status: 'ACTIVE', catchAll: null }),
]
async function* snapshot(revision: number, entries: ReturnType<typeof entry>[]): AsyncGenerator<Frame> {
  yield { __typename: 'SnapshotBegin', nonce: 's', epoch: 'e', revision }
  yield { __typename: 'SnapshotChunk', nonce: 's', entries }
  yield { __typename: 'SnapshotEnd', nonce: 's', epoch: 'e', revision }
}
const acknowledged = (nonce: string) =>
  eventually(() => expect(peer.acknowledgements.map((ack) => ack.nonce)).toContain(nonce))

const deliver = (port: number, recipient: string) =>
  dialogue(port, [
    'EHLO client.example',
    'MAIL FROM:<sender@remote.example>',
    `RCPT TO:<${recipient}>`,
    'DATA',
    'Subject: hello\r\n\r\nbody\r\n.',
    'QUIT',
  ])
/** The reply to RCPT. */
const asked = async (port: number, recipient: string) =>
  (await dialogue(port, ['EHLO client.example', 'MAIL FROM:<>', `RCPT TO:<${recipient}>`, 'QUIT']))[3]!
const retrieve = async (port: number, id: string) => {
  const { ImapFlow } = await import('imapflow')
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: true,
    auth: { user: `${id}@example.org`, pass: password },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  await client.connect()
  const status = await client.status('INBOX', { messages: true })
  await client.logout()
  return status === false ? null : status.messages
}

describe('the agent', { timeout: 120_000 }, () => {
  it('refuses mail until it has config, then serves, alone on its folder, and without the control plane too', async () => {
    let begin = () => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    peer.script = async function* (_request, signal) {
      await begun
      yield* snapshot(4, [...basics(), entry('Mailbox/alice', 4, mailbox('alice'))])
      await until(signal)
    }
    const agent = spawn()
    const { smtp } = await agent.ports()
    expect((await dialogue(smtp, ['QUIT']))[0]).toMatch(/^4\d\d /)
    begin()
    await acknowledged('s')
    expect(await asked(smtp, 'alice@example.org')).toMatch(/^250 /)
    expect(await asked(smtp, 'nobody@example.org')).toMatch(/^550 /)
    expect((await deliver(smtp, 'alice@example.org')).at(-2)).toMatch(/^250 /)
    const told = () => ([...peer.stored.values()].flat() as { type: string }[]).filter(({ type }) => type !== 'SESSION')
    await eventually(() => expect(told()).toMatchObject([{ type: 'REFUSED' }, {}, {}]))
    await peer.close()
    expect(await agent.kill('SIGTERM')).toBe(0)

    const again = spawn()
    const ports = await again.ports()
    expect(again.lines.find(({ msg }) => msg === 'ready')).toMatchObject({ nodeId: 'node-1', revision: 4 })
    const second = spawn()
    expect(await second.exited).toBe(1)
    expect(second.lines.map(({ msg }) => msg)).toEqual([expect.stringContaining('another process')])
    expect((await deliver(ports.smtp, 'alice@example.org')).at(-2)).toMatch(/^250 /)
    expect(await retrieve(ports.imaps, 'alice')).toBe(2)
    peer = await ScriptedControlPlane.listen()
  })

  it('closes a removed mailbox, and has all its mail when it comes back', async () => {
    const steps: (() => void)[] = []
    const step = () => new Promise<void>((resolve) => steps.push(resolve))
    peer.script = async function* (_request, signal) {
      yield* snapshot(4, [...basics(), entry('Mailbox/alice', 4, mailbox('alice'))])
      await step()
      yield { __typename: 'Delta', nonce: 'gone', revision: 5, entries: [entry('Mailbox/alice', 5, null)] }
      await step()
      yield { __typename: 'Delta', nonce: 'back', revision: 6, entries: [entry('Mailbox/alice', 6, mailbox('alice'))] }
      await until(signal)
    }
    const { smtp, imaps } = await spawn().ports()
    await acknowledged('s')
    await deliver(smtp, 'alice@example.org')
    steps.shift()!()
    await acknowledged('gone')
    expect(await asked(smtp, 'alice@example.org')).toMatch(/^550 /)
    await expect(retrieve(imaps, 'alice')).rejects.toThrow()
    steps.shift()!()
    await acknowledged('back')
    expect(await retrieve(imaps, 'alice')).toBe(1)
  })

  it('holds exactly what was sent after kill -9 at any moment of a stream of changes', async () => {
    const log: { id: string; present: boolean }[] = []
    const wanted = new Map<string, boolean>()
    const frame = (from: number): Frame => {
      const changed = new Map(log.slice(from).map(({ id }, index) => [id, from + index + 2] as const))
      const entries = [...changed].map(([id, version]) =>
        entry(`Mailbox/${id}`, version, wanted.get(id) ? mailbox(id) : null),
      )
      return { __typename: 'Delta', nonce: `d${log.length + 1}`, revision: log.length + 1, entries }
    }
    let changing = true
    peer.script = async function* (request, signal) {
      if (request.epoch === null) yield* snapshot(1, basics())
      let position = request.sinceRevision === null ? 0 : request.sinceRevision - 1
      while (!signal.aborted) {
        if (changing) {
          const id = `user${Math.floor(Math.random() * 20)}`
          wanted.set(id, !wanted.get(id))
          log.push({ id, present: wanted.get(id)! })
        }
        if (position < log.length) yield frame(position)
        position = log.length
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    for (let round = 0; round < 3; round++) {
      const agent = spawn()
      const seen = peer.acknowledgements.length
      await eventually(() => expect(peer.acknowledgements.length).toBeGreaterThan(seen))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200))
      await agent.kill('SIGKILL')
    }
    changing = false
    const { smtp } = await spawn().ports()
    await eventually(() => {
      const told = peer.statuses.at(-1)?.runningRevision
      expect(told).toBe(log.length + 1)
    })
    for (const [id, present] of wanted) {
      expect(`${id} ${await asked(smtp, `${id}@example.org`)}`).toMatch(present ? / 250 / : / 550 /)
    }
  })

  it('names a taken port and its setting in one line, and leaves nothing half open', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const agent = spawn({ MAILFLEET_SUBMISSION_PORT: String(port) })
    expect(await agent.exited).toBe(1)
    expect(agent.lines.at(-1)?.msg).toBe(
      `port ${port} is in use by another program: set MAILFLEET_SUBMISSION_PORT to another one`,
    )
    expect(agent.lines.some(({ msg }) => msg === 'ready')).toBe(false)
    await new Promise((resolve) => taken.close(resolve))
  })

  it('says in one line that its join token is refused, before any port opens', async () => {
    peer.onEnrol = () => ({ nodeId: null, errorCode: 'INVALID_JOIN_TOKEN' })
    const agent = spawn()
    expect(await agent.exited).toBe(1)
    expect(agent.lines.map(({ msg }) => msg)).toEqual([expect.stringMatching(/refuses the join token/)])
  })
})
