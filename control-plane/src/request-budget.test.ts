/** How much one may ask for a minute: told with each answer, and refused beyond, over HTTP and on the socket alike. */
import { once } from 'node:events'
import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { RequestBudget } from './platform/graphql/request-budget.js'
import { AtOnce } from './platform/http/at-once.js'
import { ApiClient } from './test-support/api-client.js'
import { addAdministrator } from './test-support/world.js'
import { startTestApplication, type TestApplication } from './test-support/test-application.js'

const requestBudget = 30_000
let application: TestApplication
let exporter: ApiClient
let uploader: ApiClient
beforeAll(async () => {
  application = await startTestApplication({ requestBudget })
  const add = (name: string) => addAdministrator(application, application.rootId, 'PLATFORM_ADMIN', name)
  exporter = (await add('exporter')).client
  uploader = (await add('uploader')).client
})
afterAll(() => application?.stop())

const page = `{ tenants(first: 200) { nodes { parent { parent { parent { id } } } } } }`
const post = async (client: ApiClient) => {
  const response = await fetch(`${client.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...client.credentials() },
    body: JSON.stringify({ query: page }),
  })
  const { data = null, errors = [], extensions = {} } = await response.json()
  return { status: response.status, headers: response.headers, data, errors, cost: extensions.cost }
}

test('each answer tells its cost, and beyond the budget is 429 with Retry-After; others go on', async () => {
  const { admin } = application
  const first = await post(admin)
  const { requested, remaining } = first.cost
  expect(requested).toBeGreaterThan(200)
  expect(remaining).toBeLessThan(requestBudget)
  expect(first.cost.resetSeconds).toBeLessThanOrEqual(60)
  let left = remaining
  let last = await post(admin)
  for (; last.status === 200; last = await post(admin)) {
    expect(last.cost.remaining).toBe(left - requested)
    left = last.cost.remaining
  }
  expect(left).toBeLessThan(requested)
  expect(last).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  expect(last.data).toBeNull()
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(Number(last.headers.get('retry-after'))).toBeLessThanOrEqual(60)

  const stranger = new ApiClient(application.url)
  expect((await stranger.send('{ viewer { packedRules } }')).status).toBe(200)
  expect((await post(stranger)).status).toBe(429)
})

test('introspection has its price: what tools send is let in, what goes round in circles is not', async () => {
  const fresh = await startTestApplication({ requestBudget: 600_000 })
  const ask = async (query: string) => {
    const response = await fetch(`${fresh.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...fresh.admin.credentials() },
      body: JSON.stringify({ query }),
    })
    const { extensions = {} } = await response.json()
    return { status: response.status, requested: extensions.cost?.requested ?? 0 }
  }
  const tool = await ask(getIntrospectionQuery())
  expect(tool.status).toBe(200)
  expect(tool.requested).toBeGreaterThan(500)
  const names = await ask('{ __schema { types { name } } }')
  expect(names.requested).toBeLessThan(tool.requested / 10)
  const inner =
    'ofType { possibleTypes { fields { args { type { possibleTypes { fields { args { type { name } } } } } } } } }'
  expect((await ask(`{ __schema { types { fields { args { type { ${inner} } } } } } }`)).status).toBe(400)
  await fresh.stop()
})

test('subscriptions are of the same budget', async () => {
  const socket = new WebSocket(`${application.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: application.admin.credentials(),
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init' }))
  await once(socket, 'message')
  const refused = once(socket, 'message') as Promise<[Buffer]>
  socket.send(
    JSON.stringify({ id: 'one', type: 'subscribe', payload: { query: 'subscription { mailNodeChanged { name } }' } }),
  )
  const answer = JSON.parse((await refused)[0].toString())
  expect(answer).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] })
  socket.close()
})

test('files that are read and files that are sent are of the same budget', async () => {
  const read = () => fetch(`${application.url}/exports/mailboxes`, { headers: exporter.credentials() })
  let exported = await read()
  for (let asked = 0; exported.status === 200 && asked < 100; asked++) {
    await exported.text()
    exported = await read()
  }
  expect(exported.status).toBe(429)
  expect(Number(exported.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await exported.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  expect((await exporter.send('{ tenants { nodes { id } } }')).status).toBe(429)

  const send = (rows: number) =>
    fetch(`${application.url}/imports`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', ...uploader.credentials() },
      body: `name\n${Array.from({ length: rows }, (_, index) => `d${index}.example`).join('\n')}\n`,
    })
  expect((await send(100)).status).toBe(200)
  const refused = await send(requestBudget)
  expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
  const [row] = await application.database.query('SELECT count(*)::integer AS whole FROM upload WHERE row_count > 0')
  expect(row).toEqual({ whole: 1 })
})

test('what goes on for long waits where others are refused, until nobody waits for it any more', async () => {
  const budget = new RequestBudget({ viewer: 100 })
  await budget.spend('somebody', '192.0.2.1', 100)
  await expect(budget.spend('somebody', '192.0.2.1', 1)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  const gone = new AbortController()
  const paced = budget.spendPaced('somebody', '192.0.2.1', 1, gone.signal)
  gone.abort()
  await expect(paced).rejects.toMatchObject({ name: 'AbortError' })
  await budget.spendPaced('another', '192.0.2.1', 1, new AbortController().signal)
})

test('of what takes long one caller has some at once, and all together some more', async () => {
  const atOnce = new AtOnce({ all: 3, each: 2 })
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const running = ['one', 'one', 'two'].map((caller) => atOnce.run(caller, () => held))
  for (const caller of ['one', 'three']) {
    await expect(atOnce.run(caller, () => held)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  }
  release()
  await Promise.all(running)
  expect(await atOnce.run('one', async () => 'again')).toBe('again')
})
