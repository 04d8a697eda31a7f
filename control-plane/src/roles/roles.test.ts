import WebSocket from 'ws'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { jobEnded, rowsOf } from '../test-support/jobs.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let admin: ApiClient
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  branch = await makeBranch(application, 'roles')
})
afterAll(() => application?.stop())

let made = 0
const rule = (actions: string[], subjects: string[], more: object = {}) => ({
  effect: 'ALLOW',
  actions,
  subjects,
  scope: 'SUBTREE',
  ...more,
})
const deny = (actions: string[], subjects: string[], more: object = {}) =>
  rule(actions, subjects, { effect: 'DENY', ...more })
const roleInput = (tenantId: string, rules: object[]) => ({ tenantId, name: `role ${++made}`, rules })
const makeRole = (tenantId: string, rules: object[], client = admin): Promise<Json> =>
  client.must('createAccessRole', roleInput(tenantId, rules))
const assign = (administratorId: string, accessRoleId: string, tenantId: string, more: object = {}): Promise<Json> =>
  admin.must('createRoleAssignment', { administratorId, accessRoleId, tenantId, ...more }, 'id')
/** Somebody of the customer with nothing but these rules. */
async function holder(rules: object[], tenantId = branch.customer.tenant.id, ownerId = branch.tenant.id) {
  const person = await addAdministrator(application, tenantId, 'CUSTOM' as never, `holder-${++made}`)
  const role = await makeRole(ownerId, rules)
  const assignment = await assign(person.administrator.id, role.id, tenantId)
  return { ...person, role, assignment }
}
const names = async (client: ApiClient, list: string): Promise<number> =>
  (await client.query(`{ ${list} { totalCount } }`))[list].totalCount

describe('a custom role', () => {
  test('gives what it says and no more', async () => {
    const { client } = await holder([rule(['READ'], ['Domain', 'Mailbox'])])
    expect([await names(client, 'domains'), await names(client, 'mailboxes'), await names(client, 'aliases')]).toEqual([
      1, 1, 0,
    ])
    const { id, version } = branch.customer.mailbox
    expect(await client.refusal('updateMailbox', { id, version, name: 'x' })).toEqual(['FORBIDDEN'])
  })

  test('of one domain reaches no other, nor its mail', async () => {
    const other = await admin.must('createDomain', { tenantId: branch.customer.tenant.id, name: 'other-roles.example' })
    const rules = [rule(['READ'], ['Domain', 'Mailbox', 'MailEvent'], { scope: 'DOMAIN', domainIds: [other.id] })]
    const { client } = await holder(rules)
    expect([await names(client, 'domains'), await names(client, 'mailboxes')]).toEqual([1, 0])
    const insert = `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id)
      VALUES (gen_random_uuid(), now(), now(), 'DELIVERED', $1, $2, $3)`
    for (const domainId of [other.id, branch.customer.domain.id]) {
      await application.database.query(insert, [application.mailNodeId, domainId, branch.customer.tenant.id])
    }
    const { mailEvents } = await client.query(`{ mailEvents { nodes { domain { id } } } }`)
    expect(mailEvents.nodes).toEqual([{ domain: { id: other.id } }])
    await admin.mutate('deleteDomain', other, 'deletedId')
  })

  test('denies, whatever else allows', async () => {
    const person = await addAdministrator(application, branch.customer.tenant.id, 'CUSTOMER_ADMIN', 'denied')
    const role = await makeRole(branch.tenant.id, [deny(['READ'], ['Mailbox'])])
    const { id } = await assign(person.administrator.id, role.id, branch.customer.tenant.id)
    expect(await names(person.client, 'mailboxes')).toBe(0)
    expect(await names(person.client, 'domains')).toBe(1)
    // Nor does whoever it denies lift it.
    const lift = await person.client.send('mutation ($id: ID!) { deleteRoleAssignment(id: $id) { errors { code } } }', {
      id,
    })
    expect(lift.data.deleteRoleAssignment.errors).toEqual([{ code: 'FORBIDDEN' }])
  })

  test('that has expired, or a rule of it, counts no more', async () => {
    const past = '2020-01-01T00:00:00Z'
    const rules = [rule(['READ'], ['Domain']), rule(['READ'], ['Mailbox'], { expiresAt: past })]
    const { client, assignment } = await holder(rules)
    expect([await names(client, 'domains'), await names(client, 'mailboxes')]).toEqual([1, 0])
    await application.database.query('UPDATE role_assignment SET expires_at = $2 WHERE id = $1', [assignment.id, past])
    expect(await names(client, 'domains')).toBe(0)
  })

  test('that ends closes what its holder is subscribed to within five seconds', async () => {
    const { client, assignment } = await holder([rule(['READ'], ['MailEvent', 'Domain'])])
    const socket = new WebSocket(`${application.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: client.credentials(),
    })
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    socket.send(
      JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: 'subscription { mailEventAdded { id } }' } }),
    )
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(6_000) })
    await application.database.query(`UPDATE role_assignment SET expires_at = now() WHERE id = $1`, [assignment.id])
    expect(((await closed) as [number])[0]).toBe(4403)
  })
})

describe('fields', () => {
  test('that may not be read are refused where they are asked for', async () => {
    const { client } = await holder([rule(['READ'], ['Mailbox'], { fields: ['id', 'address'] })])
    const one = await client.send(`{ mailboxes { nodes { id address } } }`)
    expect(one.errors).toEqual([])
    const two = await client.send(`{ mailboxes { nodes { id name } } }`)
    expect(two.data).toBeNull()
    expect(two.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
    const through = await client.send(`{ mailboxes { nodes { domain { name } } } }`)
    expect(through.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
  })

  test('that may not be read are nothing to order, filter or search by, nor told by cursors', async () => {
    const { client } = await holder([rule(['READ'], ['Mailbox'], { fields: ['id', 'address'] })])
    const asked = async (args: string, by = client): Promise<unknown[]> =>
      (await by.send(`{ mailboxes${args} { nodes { id } } }`)).errors.map(({ extensions }) => extensions.code)
    const refused = ['orderBy: { field: NAME }', 'filter: { search: "a" }', 'filter: { status: ACTIVE }']
    for (const args of refused) expect([args, await asked(`(${args})`)]).toEqual([args, ['FORBIDDEN']])
    expect(await asked('(orderBy: { field: ADDRESS, direction: DESC }, filter: { search: null })')).toEqual([])
    const ofNames = await holder([rule(['READ'], ['Mailbox'], { fields: ['id', 'name'] })])
    expect(await asked('', ofNames.client)).toEqual(['FORBIDDEN'])
    expect(await asked('(orderBy: { field: NAME })', ofNames.client)).toEqual([])
    const twice = [rule(['READ'], ['Mailbox'], { fields: ['id'] }), rule(['READ'], ['Mailbox'])]
    const whole = await holder(twice)
    for (const args of refused) expect([args, await asked(`(${args})`, whole.client)]).toEqual([args, []])
    const denied = await holder([rule(['READ'], ['Mailbox']), deny(['READ'], ['Mailbox'], { fields: ['status'] })])
    expect(await asked('(filter: { search: "a" })', denied.client)).toEqual([])
    expect(await asked('(filter: { status: ACTIVE })', denied.client)).toEqual(['FORBIDDEN'])
  })

  test('that may not be read select nothing that is changed, name no row, and are nothing to search for', async () => {
    const job = rule(['READ', 'CREATE', 'UPDATE'], ['Job'])
    const { client } = await holder([
      rule(['READ'], ['Mailbox'], { fields: ['id', 'status'] }),
      job,
      rule(['READ'], ['Tenant']),
    ])
    const scope = { tenantId: branch.customer.tenant.id, status: 'SUSPENDED', dryRun: true }
    const byText = { ...scope, filter: { search: 'someone' } }
    expect(await client.refusal('bulkUpdateMailboxes', byText)).toEqual(['FORBIDDEN'])
    expect(await client.refusal('bulkDeleteMailboxes', { ...byText, status: undefined })).toEqual(['FORBIDDEN'])
    const { id } = branch.customer.mailbox
    const started = await client.mutate('bulkUpdateMailboxes', { ...scope, ids: [id] }, 'job { id }')
    await jobEnded(client, started.job.id)
    expect((await rowsOf(client, started.job.id)).map(({ key }) => key)).toEqual([id])
    const search = `{ search(text: "someone", kinds: [MAILBOX]) { count hits { label } } }`
    expect((await client.query(search)).search).toEqual([])
    expect((await branch.customer.admin.query(search)).search[0].hits).toHaveLength(1)
    const file = `${application.url}/exports/mailboxes?${new URLSearchParams({ variables: '{"filter":{"search":"someone"}}' })}`
    expect((await fetch(file, { headers: client.credentials() })).status).toBe(403)
  })

  test('that may not be changed are refused in an input, and nothing changes', async () => {
    const { client } = await holder([rule(['READ'], ['Mailbox']), rule(['UPDATE'], ['Mailbox'], { fields: ['name'] })])
    const { id } = branch.customer.mailbox
    const version = async () =>
      (await admin.query(`query ($id: ID!) { mailbox(id: $id) { version } }`, { id })).mailbox.version
    const before = await version()
    const change = { id, version: before }
    expect(await client.refusal('updateMailbox', { ...change, name: 'x', quotaBytes: 1 })).toEqual(['FORBIDDEN'])
    expect(await client.refusal('updateMailbox', { ...change, password: newPassword() })).toEqual(['FORBIDDEN'])
    expect(await version()).toBe(before)
    expect(await client.refusal('updateMailbox', { ...change, name: 'x' })).toEqual([])
  })

  test('that there are not are refused in a rule, which would deny nothing', async () => {
    const wrong = [deny(['READ'], ['Mailbox'], { fields: ['adress'] })]
    expect(await admin.refusal('createAccessRole', roleInput(branch.tenant.id, wrong))).toEqual(['INVALID_INPUT'])
    // Of what is read as a whole a rule about some fields would hide nothing.
    for (const subject of ['MailEvent', 'AuditEntry']) {
      const seeming = [rule(['READ'], [subject], { fields: ['id'] })]
      expect(await admin.refusal('createAccessRole', roleInput(branch.tenant.id, seeming))).toEqual(['INVALID_INPUT'])
    }
  })

  test('no role, tenant or quota is slipped into an input that has none', async () => {
    const { id, version } = branch.customer.administrator
    for (const [name, extra] of [
      ['updateAdministrator', { tenantId: branch.tenant.id }],
      ['updateMailbox', { domainId: branch.customer.domain.id }],
      ['updateTenant', { parentId: application.rootId }],
      ['updateTenant', { kind: 'RESELLER' }],
      ['updateTenant', { budget: { domains: 9 } }],
    ] as const) {
      expect(await branch.customer.admin.refusal(name, { id, version, ...extra })).toEqual(['INVALID_REQUEST'])
    }
    const self = { id, version, role: 'RESELLER' }
    expect(await branch.customer.admin.refusal('updateAdministrator', self)).toEqual(['FORBIDDEN'])
  })
})

describe('nobody gives more than they have', () => {
  test.each([
    ['tenants', rule(['CREATE'], ['Tenant'])],
    ['mail nodes', rule(['READ'], ['MailNode'])],
    ['to act as others', rule(['IMPERSONATE'], ['Administrator'])],
    ['budgets', rule(['UPDATE'], ['Budget'])],
  ])('a customer admin makes no role with %s', async (_, wanted) => {
    const input = roleInput(branch.customer.tenant.id, [wanted])
    expect(await branch.customer.admin.refusal('createAccessRole', input)).toEqual(['FORBIDDEN'])
  })

  test('a helper makes none with what the helper has not, and changes none into it', async () => {
    const tenantId = branch.customer.tenant.id
    const helper = await holder([
      rule(['READ', 'CREATE', 'UPDATE', 'DELETE'], ['AccessRole', 'RoleAssignment']),
      rule(['READ'], ['Administrator', 'Tenant', 'Mailbox']),
    ])
    const less = await makeRole(tenantId, [rule(['READ'], ['Mailbox'])], helper.client)
    const more = { rules: [rule(['UPDATE'], ['Mailbox'])] }
    expect(await helper.client.refusal('createAccessRole', roleInput(tenantId, more.rules))).toEqual(['FORBIDDEN'])
    expect(await helper.client.refusal('updateAccessRole', { ...less, ...more })).toEqual(['FORBIDDEN'])
    const strong = await makeRole(tenantId, more.rules)
    const administratorId = helper.administrator.id
    const give = (role: object) => helper.client.refusal('createRoleAssignment', { administratorId, tenantId, ...role })
    expect(await give({ accessRoleId: strong.id })).toEqual(['FORBIDDEN'])
    expect(await give({ role: 'CUSTOMER_ADMIN' })).toEqual(['FORBIDDEN'])
    expect(await give({ accessRoleId: less.id })).toEqual([])
  })

  test('who may change administrators sets no password of one who has more', async () => {
    const helper = await holder([rule(['READ', 'CREATE', 'UPDATE'], ['Administrator']), rule(['READ'], ['Tenant'])])
    const { id, version } = branch.customer.administrator
    const takeOver = { id, version, password: newPassword() }
    expect(await helper.client.refusal('updateAdministrator', takeOver)).toEqual(['FORBIDDEN'])
    const input = {
      tenantId: branch.customer.tenant.id,
      email: 'up@people.example',
      name: 'Up',
      password: newPassword(),
    }
    expect(await helper.client.refusal('createAdministrator', { ...input, role: 'CUSTOMER_ADMIN' })).toEqual([
      'FORBIDDEN',
    ])
    expect(await helper.client.refusal('createAdministrator', { ...input, role: 'CUSTOM' })).toEqual([])
  })

  test('a role reaches no higher than its tenant, whoever made it', async () => {
    // The platform writes more into a customer's role than a customer has.
    const role = await makeRole(branch.customer.tenant.id, [rule(['READ'], ['Mailbox'])])
    await application.database.query('UPDATE access_role SET rules = $2 WHERE id = $1', [
      role.id,
      JSON.stringify([{ effect: 'ALLOW', actions: ['read'], subjects: ['MailNode', 'Mailbox'], scope: 'SUBTREE' }]),
    ])
    const person = await addAdministrator(application, branch.customer.tenant.id, 'CUSTOM' as never, 'ceiling')
    await assign(person.administrator.id, role.id, branch.customer.tenant.id)
    expect([await names(person.client, 'mailboxes'), await names(person.client, 'mailNodes')]).toEqual([1, 0])
  })

  test('a denial is lifted only by somebody who has what it denies', async () => {
    const person = await addAdministrator(application, branch.customer.tenant.id, 'CUSTOMER_ADMIN', 'lifting')
    const role = await makeRole(branch.customer.tenant.id, [deny(['READ', 'UPDATE'], ['Mailbox'])])
    await assign(person.administrator.id, role.id, branch.customer.tenant.id)
    expect(await person.client.refusal('updateAccessRole', { ...role, rules: [] })).toEqual(['FORBIDDEN'])
    expect(await branch.reseller.refusal('updateAccessRole', { ...role, rules: [] })).toEqual([])
  })
})
