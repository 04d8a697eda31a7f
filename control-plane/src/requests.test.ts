/** What a request may be: forms, sizes and costs, over HTTP and on the socket. */
import { createServer } from 'node:net'
import { noTelemetry } from '@mailfleet/telemetry'
import { once } from 'node:events'
import { getNamedType, isObjectType, isRequiredArgument } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { createAdminSchema } from './admin-schema.js'
import { newId } from './platform/ids.js'
import { startTestApplication, type TestApplication } from './test-support/test-application.js'
import { ApiClient } from './test-support/api-client.js'
import { fieldsOf } from './test-support/schema-walk.js'
import { tooMuchOf } from './test-support/too-much.js'
import { addAdministrator } from './test-support/world.js'

let application: TestApplication
beforeAll(async () => {
  application = await startTestApplication()
})
afterAll(() => application?.stop())

const post = (body: string, headers: Record<string, string>) =>
  fetch(`${application.url}/graphql`, {
    method: 'POST',
    headers: { ...application.admin.credentials(), ...headers },
    body,
  })

const deep = `{ tenants { nodes { parent { parent { parent { parent { name } } } } } } }`
const aliases = `{ ${Array.from({ length: 16 }, (_, index) => `a${index}: viewer { packedRules }`).join(' ')} }`
const tokens = `{ ${'viewer { packedRules } '.repeat(260)} }`

const schema = createAdminSchema()
/** Of each list of the schema, and of one that is new tomorrow. */
const lists = Object.values(schema.getQueryType()!.getFields()).filter((field) =>
  field.args.some((argument) => argument.name === 'first'),
)
const selectionOf = (field: (typeof lists)[number]): string => {
  const type = getNamedType(field.type)
  return isObjectType(type) && type.getFields()['nodes'] ? '{ nodes { __typename } }' : '{ __typename }'
}
/** What such a list cannot be asked without; texts, so far. */
const needed = (field: (typeof lists)[number]): string =>
  field.args
    .filter(isRequiredArgument)
    .map(({ name }) => `, ${name}: "some text"`)
    .join('')

describe('over HTTP', () => {
  test.each(lists.map((field) => [field.name, needed(field), selectionOf(field)]))(
    'a page of a milliard %s is refused before any resolver',
    async (name, more, selection) => {
      const page = `query ($first: Int) { ${name}(first: $first${more}) ${selection} }`
      const spelled = `{ ${name}(first: 1000000000${more}) ${selection} }`
      for (const answer of [
        await application.admin.send(page, { first: 1_000_000_000 }),
        await application.admin.send(spelled),
      ]) {
        expect(answer.status).toBe(400)
        expect(answer.data).toBeNull()
        expect(answer.errors.map((error) => error.extensions.code)).toEqual(['INVALID_REQUEST'])
      }
    },
  )

  test('fragments that nest without end in sight are counted in no time', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `f${index}`)
    const fragments = names.map((name, index) => {
      const next = names[index + 1]
      return `fragment ${name} on Tenant { ${next ? `...${next} ...${next}` : 'parent { name }'} }`
    })
    const { status } = await application.admin.send(`{ tenants(first: 1) { nodes { ...f0 } } } ${fragments.join(' ')}`)
    expect(status).toBe(400)
  })

  test.each([
    ['depth 7', deep],
    ['16 aliases', aliases],
    ['1,001 tokens', tokens],
    ['a page of a milliard', '{ tenants(first: 1000000000) { nodes { id } } }'],
    ['an unknown field', '{ secrets }'],
    ['no syntax', '{ viewer'],
    ['two operations without a name', 'query A { viewer { packedRules } } query B { viewer { packedRules } }'],
  ])('%s is INVALID_REQUEST before any resolver', async (_, query) => {
    const { status, data, errors } = await application.admin.send(query)
    expect(status).toBe(400)
    expect(data).toBeNull()
    expect(errors.map((error) => error.extensions.code)).toContain('INVALID_REQUEST')
  })

  test('unknown fields of an input and wrong variables are refused', async () => {
    const { admin, rootId } = application
    const create = `mutation ($input: CreateTenantInput!) { createTenant(input: $input) { tenant { id } } }`
    const input = { parentId: rootId, name: 'x', kind: 'CUSTOMER' }
    for (const wrong of [
      { ...input, path: 'x' },
      { ...input, kind: 'GOD' },
      { ...input, status: 'ACTIVE' },
    ]) {
      const { errors } = await admin.send(create, { input: wrong })
      expect(errors[0]!.extensions.code).toBe('INVALID_REQUEST')
    }
  })

  test('a page of more than 200 is refused', async () => {
    const { errors } = await application.admin.send(`{ tenants(first: 201) { nodes { id } } }`)
    expect(errors[0]!.extensions).toMatchObject({ code: 'INVALID_INPUT', params: [{ name: 'max', value: '200' }] })
  })

  test('what a browser sends from anywhere without asking is refused', async () => {
    const body = JSON.stringify({ query: 'mutation { signOut { errors { code } } }' })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const response = await post(body, { 'content-type': type })
      expect([400, 415]).toContain(response.status)
    }
    const url = `${application.url}/graphql?query=${encodeURIComponent('mutation { signOut { errors { code } } }')}`
    expect((await fetch(url)).status).toBe(400)
    const asked = await fetch(url, { headers: { 'apollo-require-preflight': '1' } })
    expect(asked.status).toBe(405)
    expect((await application.admin.query(`{ viewer { packedRules } }`)).viewer).not.toBeNull()
  })

  test('batches, broken JSON and huge bodies are refused', async () => {
    const json = { 'content-type': 'application/json' }
    const one = { query: '{ viewer { packedRules } }' }
    expect((await post(JSON.stringify([one, one]), json)).status).toBe(400)
    const broken = await post('{', json)
    expect(broken.status).toBe(400)
    expect(await broken.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_REQUEST' } }] })
    const long = JSON.stringify({ ...one, pad: 'x'.repeat(300_000) })
    expect((await post(long, json)).status).toBe(413)
    const inPieces = new ReadableStream({ start: (pieces) => (pieces.enqueue(Buffer.from(long)), pieces.close()) })
    const answer = await fetch(`${application.url}/graphql`, {
      method: 'POST',
      headers: json,
      body: inPieces,
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(413)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(
      (await fetch(`${application.url}/graphql/?query={__typename}`, { headers: { 'apollo-require-preflight': '1' } }))
        .status,
    ).toBe(200)
  })

  test('what is wrong with us is not told', async () => {
    await application.database.query('ALTER TABLE alias RENAME TO alias_away')
    try {
      const { data, errors } = await application.admin.send(`{ aliases { nodes { id } } }`)
      expect(data).toBeNull()
      expect(errors[0]!.message).not.toMatch(/alias|relation|column/)
      expect(errors[0]!.extensions).toEqual({
        code: 'INTERNAL',
        params: [],
        correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
    } finally {
      await application.database.query('ALTER TABLE alias_away RENAME TO alias')
    }
  })

  test('security headers, health, and 404 in place of surprises', async () => {
    const live = await fetch(`${application.url}/health/live`)
    expect(live.status).toBe(200)
    expect(live.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(live.headers.get('content-security-policy')).not.toContain('unsafe')
    expect((await fetch(`${application.url}/health/ready`)).status).toBe(200)
    expect((await fetch(`${application.url}/nothing`)).status).toBe(404)
  })
})

describe('on the socket', () => {
  const open = (options: ClientOptions = {}, protocol = 'graphql-transport-ws') =>
    new WebSocket(`${application.url.replace('http', 'ws')}/graphql`, protocol, options)
  const signedIn = () => ({ headers: application.admin.credentials() })
  const closed = async (socket: WebSocket) => {
    socket.on('error', () => undefined)
    return (await once(socket, 'close')) as [number, Buffer]
  }

  /** Sends after connection_init is acknowledged; gives every message back. */
  async function converse(...messages: object[]): Promise<Record<string, unknown>[]> {
    const socket = open(signedIn())
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    const answers: Record<string, unknown>[] = []
    for (const message of messages) {
      socket.send(JSON.stringify(message))
      const [data] = (await once(socket, 'message')) as [Buffer]
      answers.push(JSON.parse(data.toString()))
    }
    socket.close()
    return answers
  }

  const subscribe = (query: string, id = 'one') => ({ id, type: 'subscribe', payload: { query } })

  // Each subscription of the schema, and one that is new tomorrow; on one socket, since nothing of it begins.
  test.each(fieldsOf(schema.getSubscriptionType()).map((field) => [field.name, field] as const))(
    'all that is too much for %s is refused before it begins',
    async (_, field) => {
      const requests = tooMuchOf(schema, 'subscription', field, newId())
      expect(requests.length).toBeGreaterThan(1)
      const answers = await converse(...requests.map(([, query], index) => subscribe(query, String(index))))
      for (const [index, [what]] of requests.entries()) {
        expect([what, answers[index]]).toMatchObject([
          what,
          { type: 'error', payload: [{ extensions: { code: 'INVALID_REQUEST' } }] },
        ])
      }
    },
  )

  test.each([
    ['a query', '{ viewer { packedRules } }'],
    ['a mutation', 'mutation { signOut { errors { code } } }'],
    ['introspection', '{ __schema { types { name } } }'],
    [
      'depth 7',
      'subscription { mailEventAdded { domain { tenant { parent { parent { parent { parent { name } } } } } } } }',
    ],
    [
      'aliases',
      `subscription { mailNodeChanged { ${Array.from({ length: 16 }, (_, i) => `a${i}: name`).join(' ')} } }`,
    ],
    ['tokens', `subscription { mailNodeChanged { ${'name '.repeat(1_001)} } }`],
  ])('%s is refused', async (_, query) => {
    const [answer] = await converse(subscribe(query))
    expect(answer).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'INVALID_REQUEST' } }] })
  })

  test('a foreign origin is refused before the handshake, ours and none are not', async () => {
    const foreign = open({ ...signedIn(), origin: 'https://evil.example' })
    const [error] = (await once(foreign, 'error')) as [Error]
    expect(error.message).toContain('403')
    const own = open({ ...signedIn(), origin: application.url })
    await once(own, 'open')
    own.close()
  })

  test('nobody and a wrong token are closed with 4403', async () => {
    for (const options of [{}, { headers: { authorization: 'Bearer mft_wrong' } }]) {
      const socket = open(options)
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'connection_init' }))
      expect((await closed(socket))[0]).toBe(4403)
    }
  })

  test('no init is closed with 4408, two with 4429, a huge frame with 1009', async () => {
    const silent = open(signedIn())
    const twice = open(signedIn())
    const huge = open(signedIn())
    const codes = [closed(silent), closed(twice), closed(huge)]
    await Promise.all([once(silent, 'open'), once(twice, 'open'), once(huge, 'open')])
    twice.send(JSON.stringify({ type: 'connection_init' }))
    twice.send(JSON.stringify({ type: 'connection_init' }))
    const printed = vi.spyOn(console, 'error')
    huge.send('x'.repeat(70_000))
    expect((await Promise.all(codes)).map(([code]) => code)).toEqual([4408, 4429, 1009])
    expect(printed).not.toHaveBeenCalled()
  })

  test('who connects while the database fails comes again later, and is not told why', async () => {
    await application.database.query('ALTER TABLE session RENAME TO session_away')
    const printed = vi.spyOn(console, 'error')
    try {
      const socket = open(signedIn())
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'connection_init' }))
      const [code, reason] = await closed(socket)
      expect([code, reason.toString()]).toEqual([1013, 'Try again later'])
      expect(printed).not.toHaveBeenCalled()
    } finally {
      await application.database.query('ALTER TABLE session_away RENAME TO session')
    }
  })

  test('a session that ends closes the socket', async () => {
    const { client, credentials } = await addAdministrator(application, application.rootId, 'PLATFORM_ADMIN', 'leaving')
    const socket = open({ headers: client.credentials() })
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    socket.send(JSON.stringify(subscribe('subscription { mailNodeChanged { name } }')))
    await new ApiClient(application.url).signIn(credentials)
    await client.query(`mutation { signOut { errors { code } } }`)
    expect((await closed(socket))[0]).toBe(4403)
  })

  test('a bearer token in connection_init subscribes', async () => {
    const { secret } = await application.admin.mutate('createApiToken', { name: 'socket' }, 'secret')
    const client = createClient({
      url: `${application.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${secret}` },
    })
    const events = client.iterate({ query: 'subscription { mailNodeChanged { name hostName } }' })
    const next = events.next()
    // The subscription begins at some moment after this; a change after that moment must come.
    let arrived = false
    void next.then(() => (arrived = true))
    for (let attempt = 0; !arrived && attempt < 50; attempt++) {
      const { mailNode } = await application.admin.query(`query ($id: ID!) { mailNode(id: $id) { id version } }`, {
        id: application.mailNodeId,
      })
      await application.admin.must('updateMailNode', { ...mailNode, hostName: `mx${attempt}.platform.example` })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect((await next).value).toMatchObject({ data: { mailNodeChanged: { name: 'first' } } })
    await client.dispose()
  })
})

test('stopping waits for nobody who only listens', async () => {
  const other = await startTestApplication()
  const socket = new WebSocket(`${other.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: other.admin.credentials(),
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init' }))
  await once(socket, 'message')
  const idle = await fetch(`${other.url}/health/live`)
  await idle.text()
  const gone = once(socket, 'close')
  await other.stop()
  expect((await gone)[0]).toBe(1001)
})

test('a taken port is a clear error', async () => {
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const { startApplication } = await import('./application.js')
  const { createLogger } = await import('./platform/logger.js')
  const settings = {
    databaseUrl: application.databaseUrl,
    databasePool: 2,
    httpHost: '127.0.0.1',
    httpPort: port,
    masterKey: application.masterKey,
    masterKeyFile: null,
    publicUrl: null,
    consoleDir: null,
    logLevel: 'silent',
    telemetry: noTelemetry,
    trustedProxies: 0,
    requestBudget: 0,
    outboundNetworks: [],
    // Nobody listens there: tests ask no resolver of the machine.
    dns: { servers: ['127.0.0.1:9'], timeoutMs: 100, periodicChecks: false, autoconfigHost: null },
  }
  await expect(startApplication(settings, createLogger('silent'))).rejects.toThrow(/EADDRINUSE/)
  taken.close()
})
