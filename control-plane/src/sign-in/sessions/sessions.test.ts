import { createClient } from 'graphql-ws'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ApiClient, type Json } from '../../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { addAdministrator } from '../../test-support/world.js'
import { resetFactorsByEmail } from '../index.js'

let application: TestApplication
beforeAll(async () => {
  application = await startTestApplication()
})
afterAll(() => application?.stop())

const sessionsOf = async (client: ApiClient) =>
  (await client.query('{ sessions { nodes { id isCurrent method factor secondFactor } } }')).sessions.nodes as Json[]
const current = async (client: ApiClient) => (await sessionsOf(client)).find(({ isCurrent }) => isCurrent)

let people = 0
async function enrolled() {
  const made = await addAdministrator(application, application.rootId, 'SUPPORT', `sessions-${++people}`)
  const { beginTotp } = await made.client.query('mutation { beginTotp { secret } }')
  const app = new TOTP({ secret: Secret.fromBase32(beginTotp.secret) })
  const code = (steps: number) => app.generate({ timestamp: Date.now() + steps * 30_000 })
  const { recoveryCodes } = await made.client.mutate('confirmTotp', { code: code(-1) }, 'recoveryCodes')
  return { ...made, code, recoveryCodes: recoveryCodes as string[] }
}

test('say with what their owner signed in', async () => {
  const { client, credentials, code, recoveryCodes } = await enrolled()
  // It began with a password alone, and a second factor was shown in it since.
  expect(await current(client)).toMatchObject({ method: 'PASSWORD', factor: null, secondFactor: true })
  for (const [factor, proof] of [
    ['TOTP', { code: code(1) }],
    ['RECOVERY_CODE', { recoveryCode: recoveryCodes[0] }],
  ] as const) {
    const browser = new ApiClient(application.url)
    const { secondFactor } = await browser.mutate('signIn', credentials, 'secondFactor { token }')
    await browser.mutate('verifySecondFactor', { token: secondFactor.token, ...proof }, 'viewer { mustEnrol }')
    expect(await current(browser)).toMatchObject({ method: 'PASSWORD', factor, secondFactor: true })
  }
})

test('close their sockets within five seconds of being ended elsewhere', async () => {
  const { client, credentials } = await addAdministrator(
    application,
    application.rootId,
    'PLATFORM_ADMIN',
    `sessions-${++people}`,
  )
  const elsewhere = new ApiClient(application.url)
  await elsewhere.signIn(credentials)
  const headers = elsewhere.credentials()
  class WithCookie extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { headers })
    }
  }
  const socket = createClient({
    url: `${application.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WithCookie,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
  })
  const connected = new Promise<void>((resolve) => socket.on('connected', () => resolve()))
  const closed = new Promise<{ code: number; at: number }>((resolve) =>
    socket.on('closed', (event) => resolve({ code: (event as CloseEvent).code, at: performance.now() })),
  )
  await connected
  const { id } = (await sessionsOf(client)).find(({ isCurrent }) => !isCurrent)!
  await client.query('mutation ($id: ID!) { endSession(id: $id) { deletedId } }', { id })
  const ended = performance.now()
  const { code, at } = await closed
  expect(code).toBe(4403)
  expect(at - ended).toBeLessThan(5_000)
  await socket.dispose()
}, 15_000)

test('end when whoever runs the host resets the factors of an address', async () => {
  const { client, credentials } = await enrolled()
  await expect(resetFactorsByEmail(application.database, 'nobody@mailfleet.example')).rejects.toThrow()
  expect(await current(client)).toBeDefined()
  expect(await resetFactorsByEmail(application.database, ` ${credentials.email.toUpperCase()} `)).toBe(
    credentials.email,
  )
  expect((await client.query('{ viewer { mustEnrol } }')).viewer).toBeNull()
  await client.signIn(credentials)
  expect(await current(client)).toMatchObject({ method: 'PASSWORD', factor: null, secondFactor: false })
})
