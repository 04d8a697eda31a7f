import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { Counter, Registry } from 'prom-client'
import { afterEach, expect, it } from 'vitest'
import { operationsServer, type OperationsServer } from './operations-server.js'
import { sampledGauge } from './sampled-gauge.js'
import { noTelemetry } from './settings.js'

const token = randomBytes(16).toString('hex')
let server: OperationsServer | undefined
afterEach(() => server?.close())

async function start(metricsToken: string | null, isReady = async () => {}): Promise<Registry> {
  const registry = new Registry()
  const settings = { ...noTelemetry, metricsPort: 0, metricsToken }
  server = await operationsServer({
    settings,
    component: 'node',
    version: '1',
    registry,
    isReady,
    readyWithinMs: 50,
  })
  return registry
}
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${server!.port}${path}`, { headers })

it('does not listen unless a port is set', async () => {
  const registry = new Registry()
  const settings = noTelemetry
  server = await operationsServer({ settings, component: 'node', version: '1', registry, isReady: async () => {} })
  expect(server.port).toBeNull()
  expect(registry.getMetricsAsArray()).toEqual([])
})

it('metrics ask for the token, and probes do not', async () => {
  new Counter({ name: 'things_total', help: 'Things.', registers: [await start(token)] }).inc(3)
  const right = await get('/metrics', { authorization: `Bearer ${token}` })
  expect(right.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await right.text()
  expect(text).toContain('things_total 3')
  expect(text).toContain('mailfleet_build_info{component="node",version="1"} 1')
  for (const authorization of ['', `Bearer ${token}x`, `Basic ${token}`, 'Bearer '])
    expect((await get('/metrics', authorization ? { authorization } : {})).status).toBe(401)
  for (const path of ['/health', '/ready']) expect((await get(path)).status).toBe(200)
  expect((await get('/elsewhere')).status).toBe(404)
  expect((await fetch(`http://127.0.0.1:${server!.port}/metrics`, { method: 'POST' })).status).toBe(405)
})

it('is ready only once the check says so in time', async () => {
  let ready: Promise<void> = Promise.reject(new Error('migrating'))
  ready.catch(() => undefined)
  await start(null, () => ready)
  expect((await get('/ready')).status).toBe(503)
  ready = Promise.resolve()
  expect((await get('/ready')).status).toBe(200)
  ready = new Promise(() => undefined)
  expect((await get('/ready')).status).toBe(503)
  expect((await get('/health')).status).toBe(200)
})

it('a gauge that cannot be read is absent, and the others are there', async () => {
  const registry = await start(null)
  let broken = false
  const sample = () => {
    if (broken) throw new Error('no database')
    return [{ labels: { state: 'on' }, value: 2 }]
  }
  sampledGauge(registry, { name: 'states', help: 'By state.', labelNames: ['state'], sample })
  sampledGauge(registry, { name: 'one', help: 'One.', sample: () => sample().map(({ value }) => ({ value })) })
  const read = async () => (await (await get('/metrics')).text()).split('\n')
  expect(await read()).toEqual(expect.arrayContaining(['states{state="on"} 2', 'one 2']))
  broken = true
  const lines = await read()
  expect(lines.filter((line) => /^(states|one)\b/.test(line))).toEqual([])
  expect(lines).toContain('mailfleet_build_info{component="node",version="1"} 1')
})

it('closes while a client holds its connection', async () => {
  await start(null)
  const client = connect(server!.port!, '127.0.0.1')
  await once(client, 'connect')
  client.write('GET /hea')
  // Cut, so with an error.
  client.on('error', () => undefined)
  const closed = new Promise((resolve) => client.once('close', resolve))
  await server!.close()
  await closed
})
