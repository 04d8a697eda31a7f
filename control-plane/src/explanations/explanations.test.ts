import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let admin: ApiClient
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  branch = await makeBranch(application, 'why')
})
afterAll(() => application?.stop())

const mailbox = () => ({ type: 'Mailbox', id: branch.customer.mailbox.id })
const explain = async (client: ApiClient, input: object): Promise<Json> =>
  (
    await client.query(
      `query ($input: ExplainPermissionInput!) { explainPermission(input: $input) {
         allowed reason rule { effect actions fields } chain { kind id name } } }`,
      { input },
    )
  ).explainPermission
const whoCan = async (client: ApiClient, input: object, page: object = {}): Promise<Json> =>
  (
    await client.query(
      `query ($input: WhoCanInput!, $first: Int, $after: String) { whoCan(input: $input, first: $first, after: $after) {
         nodes { administrator { email } } pageInfo { hasNextPage endCursor } } }`,
      { input, ...page },
    )
  ).whoCan
const emails = (connection: Json): string[] => connection.nodes.map((node: Json) => node.administrator.email)

test('a built-in role, a denial by a custom one, and nothing at all are told apart', async () => {
  const administratorId = branch.customer.administrator.id
  const tenantId = branch.customer.tenant.id
  const question = { administratorId, action: 'UPDATE', subject: mailbox() }
  expect(await explain(branch.reseller, question)).toMatchObject({
    allowed: true,
    reason: 'ALLOWED',
    chain: [
      { kind: 'ADMINISTRATOR', id: administratorId },
      { kind: 'BUILT_IN_ROLE', name: 'CUSTOMER_ADMIN' },
      { kind: 'TENANT', id: tenantId, name: 'why-customer' },
    ],
  })
  expect(await explain(branch.reseller, { ...question, action: 'IMPERSONATE' })).toMatchObject({
    allowed: false,
    reason: 'NO_RULE',
    rule: null,
  })
  const rules = [{ effect: 'DENY', actions: ['UPDATE'], subjects: ['Mailbox'], fields: ['password'], scope: 'SUBTREE' }]
  const role = await branch.reseller.must('createAccessRole', {
    tenantId: branch.tenant.id,
    name: 'No passwords',
    rules,
  })
  const given = { administratorId, accessRoleId: role.id, tenantId }
  await branch.reseller.must('createRoleAssignment', given, 'id')
  const denied = {
    allowed: false,
    reason: 'DENIED',
    rule: { effect: 'DENY', actions: ['update'], fields: ['password'] },
  }
  const field = { ...question, field: 'password' }
  const seen = await explain(branch.reseller, field)
  expect(seen).toMatchObject(denied)
  expect(seen.chain.map(({ kind, name }: Json) => [kind, name]).slice(2)).toEqual([
    ['ACCESS_ROLE', 'No passwords'],
    ['TENANT', 'why-customer'],
    ['OWNER', 'why'],
  ])
  // Oneself too, without the names of what one does not see.
  const own = await explain(branch.customer.admin, field)
  expect(own).toMatchObject(denied)
  expect(own.chain.map(({ name }: Json) => name).slice(2)).toEqual([null, 'why-customer', null])
  expect(await explain(branch.reseller, { ...question, field: 'name' })).toMatchObject({ allowed: true })
})

test('who can: all who may, that the caller sees, page by page', async () => {
  const update = { action: 'UPDATE', subject: mailbox() }
  const all = ['root@platform.example', 'why-customer-admin@people.example', 'why-reseller@people.example']
  expect(emails(await whoCan(admin, update))).toEqual(all)
  expect(emails(await whoCan(branch.customer.admin, update))).toEqual([all[1]])
  const paged: string[] = []
  for (let after: string | null = null, more = true; more;) {
    const page: Json = await whoCan(admin, update, { first: 1, after })
    paged.push(...emails(page))
    ;({ endCursor: after, hasNextPage: more } = page.pageInfo)
  }
  expect(paged).toEqual(all)
  expect(emails(await whoCan(admin, { action: 'READ', subject: mailbox() }))).toHaveLength(5)
  expect(emails(await whoCan(admin, { ...update, field: 'password' }))).not.toContain(all[1])
})

test('somebody with a grant, and somebody suspended', async () => {
  const other = await makeBranch(application, 'helper')
  await branch.reseller.mutate(
    'offerGrant',
    {
      tenantId: branch.customer.tenant.id,
      receiverEmail: 'helper-support@people.example',
      rules: [{ effect: 'ALLOW', actions: ['UPDATE'], subjects: ['Mailbox'], scope: 'SUBTREE' }],
      reason: 'help',
      expiresAt: new Date(Date.now() + 60_000),
    },
    'grant { id }',
  )
  const update = { action: 'UPDATE', subject: mailbox() }
  expect(emails(await whoCan(admin, update))).toContain('helper-support@people.example')
  const gone = await addAdministrator(application, branch.customer.tenant.id, 'CUSTOMER_ADMIN', 'gone')
  await admin.must('suspendAdministrator', { id: gone.administrator.id, version: 1 })
  expect(emails(await whoCan(admin, update))).not.toContain('gone@people.example')
  const question = { ...update, administratorId: gone.administrator.id }
  expect(await explain(admin, question)).toMatchObject({ allowed: false, reason: 'SUSPENDED' })
  // Neither whom nor what one does not see.
  expect(await explain(other.reseller, question)).toBeNull()
  expect(await whoCan(other.reseller, update)).toBeNull()
})
