/**
 * No query per row: each list is read with one row and with many, every field of its nodes selected, and the rows that are
 * more take fewer SQL statements than they are. Generated from the schema: a list, or a field of one, that is new tomorrow is counted tomorrow.
 */
import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApplication, type TestApplication } from './test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from './test-support/world.js'
import { createAdminSchema } from './admin-schema.js'

const schema = createAdminSchema()
const rows = 6
let application: TestApplication
let branch: Branch

/** Every statement that this process sends while `work` runs; the server answers one caller at a time here. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { dataSource } = application.database
  const sent: string[] = []
  const before = { logger: dataSource.logger }
  Object.assign(dataSource, { logger: { ...quiet, logQuery: (sql: string) => void sent.push(sql) } })
  try {
    await work()
  } finally {
    Object.assign(dataSource, before)
  }
  // The change log's, the audit chain's, the links' and the webhooks' own work goes on beside it.
  const others = /change_(outbox|head|log)|audit_head|audit_content|UPDATE audit_entry|mail_node_link|advisory/
  const webhooks = /webhook_(cursor|mail_batch)|OF health SKIP LOCKED|gives_up_at < now|AS beyond|DELETE FROM webhook/
  const noise = [others, webhooks, /^(START|SET TRANSACTION|COMMIT|ROLLBACK)/]
  return sent.filter((sql) => !noise.some((pattern) => pattern.test(sql)))
}
const nothing = () => undefined
const quiet = {
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
}

beforeAll(async () => {
  application = await startTestApplication()
  for (let index = 0; index < rows; index++) branch = await makeBranch(application, `many${index}`)
  for (let index = 0; index < rows; index++) {
    await addAdministrator(application, branch.tenant.id, 'SUPPORT', `asked${index}`)
  }
  for (let index = 0; index < rows; index++) {
    await application.admin.mutate('createApiToken', { name: `token ${index}` }, 'secret')
    await application.admin.must('createMailNode', { name: `node${index}`, hostName: `mx${index}.platform.example` })
  }
  await application.database.query(
    `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id, sender, recipient)
     SELECT gen_random_uuid(), now(), now(), 'DELIVERED', domain.mail_node_id, domain.id, domain.tenant_id, 'a@b.example', 'c@' || domain.name
     FROM domain`,
  )
  await application.database.query(
    `INSERT INTO domain_alert (domain_id, purpose, host, verdict, expected, found)
     SELECT id, 'MX', name, 'MISSING', 'mx.platform.example', '[]' FROM domain`,
  )
})
afterAll(() => application?.stop())

const isConnection = (field: GraphQLField<unknown, unknown>): boolean => {
  const type = getNamedType(field.type)
  return isObjectType(type) && 'pageInfo' in type.getFields()
}
/** Without those that ask for an object first: they are no lists of a kind, but answers about that object. */
const lists = Object.values(schema.getQueryType()!.getFields()).filter(
  (field) => isConnection(field) && !field.args.some(isRequiredArgument),
)

/** One request for the plain fields of the nodes, and one for each of their objects. */
function* requestsFor(field: GraphQLField<unknown, unknown>, first: number): Generator<string> {
  const connection = getNamedType(field.type) as GraphQLObjectType
  const node = getNamedType(connection.getFields().nodes!.type) as GraphQLObjectType
  const selectable = (type: GraphQLObjectType) =>
    Object.values(type.getFields()).filter((inner) =>
      inner.args.every((argument) => argument.defaultValue !== undefined || !argument.type.toString().endsWith('!')),
    )
  const plain = (type: GraphQLObjectType) =>
    selectable(type)
      .filter((inner) => !isObjectType(getNamedType(inner.type)) && !isInterfaceType(getNamedType(inner.type)))
      .map((inner) => inner.name)
  yield `{ ${field.name}(first: ${first}) { nodes { ${plain(node).join(' ')} } } }`
  for (const inner of selectable(node)) {
    const type = getNamedType(inner.type)
    if (!isObjectType(type) || plain(type).length === 0) continue
    yield `{ ${field.name}(first: ${first}) { nodes { ${inner.name} { ${plain(type).join(' ')} } } } }`
  }
}

describe.each(lists.map((field) => [field.name, field] as const))('%s', (name, field) => {
  test('takes no statement for each row', async () => {
    const one = [...requestsFor(field, 1)]
    const many = [...requestsFor(field, rows)]
    for (const [index, request] of many.entries()) {
      // Once before, since credentials and plans are touched the first time.
      const { data, errors } = await application.admin.send(request)
      expect(errors, request).toEqual([])
      const seen = data[name].nodes.length
      const forOne = await statementsOf(() => application.admin.send(one[index]!))
      const forMany = await statementsOf(() => application.admin.send(request))
      expect(forOne.length).toBeGreaterThan(0)
      // The one row may lack what others have, and so a look-up more is no query per row; one for each row is.
      expect(forMany.length, `${request}\n${forMany.join('\n')}`).toBeLessThan(forOne.length + rows - 1)
      if (index === 0 && worldHas.has(name)) expect(seen).toBe(rows)
    }
  })
})

test('who may do something with an object is told without a statement for each of them', async () => {
  const asked = `query ($id: ID!, $first: Int) {
    whoCan(input: { action: READ, subject: { type: Domain, id: $id } }, first: $first) {
      nodes { reason administrator { email } chain { kind name } } } }`
  const { id } = branch.customer.domain
  const { whoCan } = await application.admin.query(asked, { id, first: 2 * rows })
  expect(whoCan.nodes.length).toBeGreaterThan(rows)
  const forOne = await statementsOf(() => application.admin.query(asked, { id, first: 1 }))
  const forMany = await statementsOf(() => application.admin.query(asked, { id, first: 2 * rows }))
  expect(forMany.length, forMany.join('\n')).toBeLessThan(forOne.length + rows - 1)
})

/** The lists that this world has many rows of: else the count would pass where there is nothing to count. */
const worldHas = new Set([
  'tenants',
  'administrators',
  'domains',
  'aliases',
  'mailNodes',
  'mailEvents',
  'mailboxes',
  'forwards',
  'apiTokens',
  'domainAlerts',
])
