/** A real agent on a real control plane: enrolment, config in force, what its mail tells, and a control plane that comes and goes. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Api } from '../support/api.js'
import { buildProduct } from '../support/build.js'
import { dialogue, NodeAgent } from '../support/node-agent.js'
import { freePorts } from '../support/ports.js'
import { startPostgres } from '../support/postgres.js'
import type { TestPostgres } from '../support/postgres.js'

const root = join(import.meta.dirname, '../..')
const admin = { email: 'founder@example.net', password: randomBytes(12).toString('base64url') }
const eventually = <T>(check: () => T) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

describe('agent and control plane', { timeout: 90_000 }, () => {
  let postgres: TestPostgres
  let port: number
  let controlPlane: ChildProcess | null = null
  let agent: NodeAgent
  let api: Api
  let smtp: number
  let domainId: string
  let nodeId: string
  const data = mkdtempSync(join(tmpdir(), 'agent-integration-'))

  const masterKey = randomBytes(32).toString('base64')
  const environment = () => ({
    PATH: process.env['PATH'],
    DATABASE_URL: postgres.url,
    MAILFLEET_MASTER_KEY: masterKey,
  })
  const cli = (args: string[], env: Record<string, string> = {}) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['control-plane/dist/cli.js', ...args], {
      cwd: root,
      env: { ...environment(), ...env },
      encoding: 'utf8',
    })
    if (!stdout) throw new Error(stderr)
    return JSON.parse(stdout) as { token: string; nodeId: string }
  }
  const startControlPlane = async () => {
    const child = spawn(process.execPath, ['control-plane/dist/main.js'], {
      cwd: root,
      env: { ...environment(), MAILFLEET_HTTP_HOST: '127.0.0.1', MAILFLEET_HTTP_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    controlPlane = child
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('"ready"')) break
    child.stdout.resume()
  }
  const killControlPlane = () =>
    new Promise<void>((resolve) => {
      if (!controlPlane) return resolve()
      controlPlane.once('exit', () => resolve())
      controlPlane.kill('SIGKILL')
    })
  const asked = async (recipient: string) =>
    (await dialogue(smtp, ['EHLO x', 'MAIL FROM:<out@remote.example>', `RCPT TO:<${recipient}>`, 'QUIT']))[3]!
  const takesMailFor = (recipient: string) => eventually(async () => expect(await asked(recipient)).toMatch(/^250 /))
  const events = async () =>
    (
      await api.run<{ mailEvents: { nodes: { type: string; recipient: string; subject: string | null }[] } }>(
        // Not those of recipients that were asked for before they were there: they may be many.
        'query { mailEvents(first: 100, filter: { types: [ACCEPTED, DELIVERED] }) { nodes { type recipient subject } } }',
      )
    ).mailEvents.nodes

  beforeAll(async () => {
    await buildProduct()
    postgres = await startPostgres()
    ;[port] = (await freePorts(1)) as [number]
    cli(['create-administrator', '--email', admin.email], { MAILFLEET_ADMIN_PASSWORD: admin.password })
    const { token, ...node } = cli(['create-join-token', '--node', 'local', '--host-name', 'mx.example.net'])
    nodeId = node.nodeId
    await startControlPlane()
    agent = NodeAgent.spawn(data, new URL(`http://127.0.0.1:${port}`), { MAILFLEET_JOIN_TOKEN: token })
    smtp = (await agent.ports()).smtp
    api = new Api(`http://127.0.0.1:${port}`)
    await api.signIn(admin)
    const { tenants } = await api.run<{ tenants: { nodes: { id: string }[] } }>(
      'query { tenants(first: 1, filter: { kind: PLATFORM }) { nodes { id } } }',
    )
    const parent = await api.create('Tenant', { parentId: tenants.nodes[0]!.id, name: 'Reseller', kind: 'RESELLER' })
    const tenant = await api.create('Tenant', { parentId: parent.id, name: 'Customer', kind: 'CUSTOMER' })
    domainId = (await api.create('Domain', { tenantId: tenant.id, name: 'customer.example' })).id
  }, 600_000)
  afterAll(async () => {
    await agent?.kill('SIGKILL')
    await killControlPlane()
    await postgres?.stop()
    rmSync(data, { recursive: true })
  })

  const createMailbox = (localPart: string) =>
    api.create<{ version: number }>('Mailbox', {
      domainId,
      localPart,
      name: localPart,
      password: randomBytes(9).toString('hex'),
    })

  it('puts a mailbox in force, and out of force', async () => {
    const { id, version } = await createMailbox('ana')
    await takesMailFor('ana@customer.example')
    expect(await asked('nobody@customer.example')).toMatch(/^550 /)
    await api.run(`mutation ($input: VersionedInput!) { deleteMailbox(input: $input) { errors { code } } }`, {
      input: { id, version },
    })
    await eventually(async () => expect(await asked('ana@customer.example')).toMatch(/^550 /))
  })

  it('goes on while the control plane is killed, and both catch up', async () => {
    await createMailbox('binh')
    await takesMailFor('binh@customer.example')
    await killControlPlane()
    const replies = await dialogue(smtp, [
      'EHLO x',
      'MAIL FROM:<out@remote.example>',
      'RCPT TO:<binh@customer.example>',
      'DATA',
      'Subject: while you were away\r\n\r\nbody\r\n.',
      'QUIT',
    ])
    expect(replies.at(-2)).toMatch(/^250 /)
    await startControlPlane()
    await api.signIn(admin)
    await createMailbox('chi')
    await takesMailFor('chi@customer.example')
    await eventually(async () => {
      const told = (await events()).filter(({ subject }) => subject === 'while you were away')
      expect(told.map(({ type }) => type).sort()).toEqual(['ACCEPTED', 'DELIVERED'])
    })
    await eventually(async () => {
      const { mailNode } = await api.run<{
        mailNode: { state: string; desiredRevision: number; acknowledgedRevision: number; runningRevision: number }
      }>('query ($id: ID!) { mailNode(id: $id) { state desiredRevision acknowledgedRevision runningRevision } }', {
        id: nodeId,
      })
      expect(mailNode.state).toBe('ONLINE')
      expect(mailNode.acknowledgedRevision).toBe(mailNode.desiredRevision)
      expect(mailNode.runningRevision).toBe(mailNode.desiredRevision)
    })
  })
})
