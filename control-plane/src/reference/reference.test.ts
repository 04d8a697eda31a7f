/** Each example of the reference is sent to a server: none is refused as a request, and none has an input that is not valid. */
import 'reflect-metadata'
import { printSchema } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createAdminSchema } from '../admin-schema.js'
import { commandModel } from '../command-line/model/commands.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch } from '../test-support/world.js'
import { exampleOf, referencePages } from './index.js'

const schema = createAdminSchema()
const { commands } = commandModel(printSchema(schema))
/** What ends an object comes after what needs it, what ends the session last of all. */
const late = (name: string): number =>
  /^sign/.test(name)
    ? 3
    : /^(delete|end)/.test(name)
      ? 2
      : /^(move|transfer|suspend|impersonate|merge)/.test(name)
        ? 1
        : 0
const examples = commands
  .filter(({ kind }) => kind !== 'subscription')
  .sort((a, b) => late(a.field.name) - late(b.field.name))

let application: TestApplication
const ids: Record<string, string> = {}

beforeAll(async () => {
  application = await startTestApplication()
  const { tenant, customer } = await makeBranch(application, 'reference')
  for (const [type, object] of Object.entries({
    Parent: tenant,
    Tenant: customer.tenant,
    Domain: customer.domain,
    Mailbox: customer.mailbox,
    Alias: customer.alias,
    Forward: customer.forward,
    Administrator: customer.administrator,
  })) {
    ids[type] = object.id
  }
  ids.MailNode = application.mailNodeId
})
afterAll(() => application?.stop())

/** Of what there is none in this world, the tenant's: then the answer is NOT_FOUND. */
const samples = {
  id: (type: string): string => ids[type] ?? ids.Tenant!,
  time: new Date(Date.now() + 30 * 86_400_000).toISOString(),
}

describe.each(examples.map((command) => [command.field.name, command] as const))('%s', (name, command) => {
  test('is what the reference shows', async () => {
    // To where it is already nothing is moved.
    const elsewhere = { ...samples, id: (type: string) => samples.id(type === 'Tenant' ? 'Parent' : type) }
    const { document, variables } = exampleOf(command, name === 'transferDomain' ? elsewhere : samples)
    const { data, errors } = await application.admin.send(document, variables)
    const codes = [
      ...errors.map(({ extensions }) => extensions.code),
      ...(data?.[name]?.errors ?? []).map(({ code, path }: { code: string; path: string[] }) => [code, path].join(' ')),
    ]
    // What these are about is not deleted here.
    if (name.startsWith('restore') && codes.includes('INVALID_INPUT id')) return
    // Passkeys belong to a public URL, which a server on a free port has not.
    if (name.includes('Passkey')) return expect(codes.length).toBeLessThan(2)
    for (const code of codes) expect(code).not.toMatch(/INVALID_REQUEST|INVALID_INPUT|INTERNAL|UNAUTHENTICATED/)
  })
})

test.each(
  commands.filter(({ kind }) => kind === 'subscription').map((command) => [command.field.name, command] as const),
)('subscription %s begins', async (_, command) => {
  await application.admin.signIn(application.credentials)
  const headers = application.admin.credentials()
  class Signed extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers })
    }
  }
  const client = createClient({ url: `${application.url.replace('http', 'ws')}/graphql`, webSocketImpl: Signed })
  const { document, variables } = exampleOf(command, samples)
  const events = client.iterate({ query: document, variables })
  const refused = events.next().then(
    (event) => event.value?.errors ?? 'an event',
    (error: unknown) => error,
  )
  const quiet = new Promise((resolve) => setTimeout(() => resolve('nothing came'), 300))
  expect(['nothing came', 'an event']).toContain(await Promise.race([refused, quiet]))
  await client.dispose()
})

test('the pages name every field and type', () => {
  const pages = referencePages(schema)
  for (const { field } of commands) expect(Object.values(pages).join('\n')).toContain(`## ${field.name}\n`)
})
