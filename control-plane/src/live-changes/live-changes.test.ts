/** What subscribers are told of changes, and what not. */
import { createClient, type Client } from 'graphql-ws'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import 'reflect-metadata'
import { WebSocket } from 'ws'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let one: Branch
let two: Branch
const sockets: Client[] = []

beforeAll(async () => {
  application = await startTestApplication()
  one = await makeBranch(application, 'one')
  two = await makeBranch(application, 'two')
})
afterAll(async () => {
  for (const socket of sockets) await socket.dispose()
  await application?.stop()
})

const query = `subscription ($filter: LiveChangesFilter, $after: String) { changes(filter: $filter, after: $after) {
  kind cursor type id version actor { id email } node { id ... on Domain { name } } } }`

interface Followed {
  changes: Json[]
  ended: unknown
}
async function follow(client: ApiClient, variables: object = {}): Promise<Followed> {
  class Socket extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { headers: client.credentials() })
    }
  }
  const url = `${application.url.replace('http', 'ws')}/graphql`
  const socket = createClient({ url, webSocketImpl: Socket, retryAttempts: 0 })
  sockets.push(socket)
  const seen: Followed = { changes: [], ended: null }
  const ended = (why?: unknown): void => void (seen.ended = why ?? 'completed')
  socket.subscribe(
    { query, variables: variables as Record<string, unknown> },
    { next: ({ data, errors }) => seen.changes.push(data?.changes ?? errors), error: ended, complete: ended },
  )
  await until(() => seen.changes.length > 0 || seen.ended)
  return seen
}
const until = (check: () => unknown) =>
  vi.waitFor(() => expect(check()).toBeTruthy(), { timeout: 10_000, interval: 20 })
const of = ({ changes }: Followed, id: string) => changes.filter((change) => change.id === id)

test('an object’s life is told in order, with who did it, and only where it may be seen', async () => {
  const { tenant, admin } = one.customer
  const mine = await follow(admin)
  expect(mine.changes[0]).toMatchObject({ kind: 'BEGAN', node: null })
  const narrow = await follow(admin, { filter: { types: ['Mailbox'] } })
  const support = await follow(one.customer.support)
  const theirs = await follow(two.reseller)
  const domain = await admin.must('createDomain', { tenantId: tenant.id, name: 'live.example' })
  await until(() => of(mine, domain.id).length === 1)
  const own = await two.reseller.must('createDomain', { tenantId: two.customer.tenant.id, name: 'theirs.example' })
  await until(() => of(theirs, own.id).length > 0)
  expect(of(mine, domain.id)[0]).toMatchObject({
    kind: 'CREATED',
    type: 'Domain',
    version: expect.any(Number),
    actor: { id: one.customer.administrator.id },
    node: { id: domain.id, name: 'live.example' },
  })
  expect(of(support, domain.id)[0]).toMatchObject({ kind: 'CREATED', actor: null })
  expect(of(mine, own.id)).toEqual([])
  expect(JSON.stringify(theirs.changes)).not.toContain(domain.id)
  expect(narrow.changes).toHaveLength(1)
})

test('goes on from a cursor, without a gap and without what was told before', async () => {
  const { admin, mailbox } = one.customer
  const first = await follow(admin, { filter: { ids: [mailbox.id] } })
  let { version } = mailbox
  const rename = async (name: string) => {
    ;({ version } = await admin.must('updateMailbox', { id: mailbox.id, version, name }))
  }
  await rename('First')
  await until(() => of(first, mailbox.id).length === 1)
  await rename('Second')
  await rename('Third')
  const { cursor } = of(first, mailbox.id)[0]
  const again = await follow(admin, { filter: { ids: [mailbox.id] }, after: cursor })
  await until(() => of(again, mailbox.id).length === 2)
  expect(of(again, mailbox.id).map((change) => [change.kind, change.version])).toEqual([
    ['UPDATED', version],
    ['UPDATED', version],
  ])
  const wrong = await follow(admin, { after: 'nonsense' })
  expect(JSON.stringify(wrong)).toContain('INVALID_INPUT')
})

test('a deletion is told by what was known of the object, a move away as one', async () => {
  const { admin, tenant } = one.customer
  const alias = await admin.must('createAlias', {
    domainId: one.customer.domain.id,
    localPart: 'gone',
    targets: ['a@elsewhere.test'],
  })
  const mine = await follow(admin)
  const theirs = await follow(two.reseller)
  const reseller = await follow(one.reseller)
  await admin.mutate('deleteAlias', alias, 'deletedId')
  // Its making may have been told just before.
  await until(() => of(mine, alias.id).at(-1)?.kind === 'DELETED')
  expect(of(mine, alias.id).at(-1)).toMatchObject({ kind: 'DELETED', type: 'Alias', node: null })
  const [{ version }] = (await application.database.query('SELECT version FROM tenant WHERE id = $1', [tenant.id])) as [
    { version: number },
  ]
  await application.admin.mutate('moveTenant', { id: tenant.id, version, parentId: two.tenant.id }, 'tenant { id }')
  await until(() => of(reseller, tenant.id).length > 0 && of(theirs, tenant.id).length > 0)
  expect(of(reseller, tenant.id)[0]).toMatchObject({ kind: 'DELETED', node: null })
  expect(of(theirs, tenant.id)[0]).toMatchObject({ kind: 'UPDATED', node: { id: tenant.id } })
  expect(of(theirs, alias.id)).toEqual([])
})

test('who is too far behind is told so, once, and then goes on', async () => {
  const { admin } = two.customer
  await application.database.query(
    `INSERT INTO audit_entry (change, subject_type) SELECT 'READ', 'MailEvent' FROM generate_series(1, 5200)`,
  )
  await vi.waitFor(
    async () => {
      const rows = await application.database.query('SELECT FROM audit_entry WHERE sequence IS NULL LIMIT 1')
      expect(rows).toEqual([])
    },
    { timeout: 15_000, interval: 50 },
  )
  const late = await follow(admin, { after: Buffer.from('change:1').toString('base64url') })
  await until(() => late.changes.length === 2)
  expect(late.changes.map(({ kind }) => kind)).toEqual(['BEGAN', 'MISSED'])
  const { mailbox } = two.customer
  await admin.must('updateMailbox', { id: mailbox.id, version: mailbox.version, name: 'After' })
  await until(() => of(late, mailbox.id).length === 1)
})

test('ends within seconds of lost rights', async () => {
  const { client } = await addAdministrator(application, two.tenant.id, 'SUPPORT', 'loses')
  const seen = await follow(client)
  await application.database.query(`UPDATE administrator SET status = 'SUSPENDED' WHERE email = 'loses@people.example'`)
  await until(() => seen.ended)
})
