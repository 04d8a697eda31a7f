/** Lists as files: whole, with the caller's rights, and harmless in a spreadsheet. */
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiClient } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'north')
})
afterAll(() => application?.stop())

async function get(client: ApiClient, kind: string, query: Record<string, string> = {}) {
  const url = `${application.url}/exports/${kind}?${new URLSearchParams(query).toString()}`
  const response = await fetch(url, { headers: client.credentials() })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
const lines = (text: string) => text.trim().split('\n')

test('all of a list, however many pages, and nothing of others', async () => {
  const { customer } = branch
  await application.database.query(
    `INSERT INTO mailbox (id, domain_id, address, local_part, name, status, password_hash)
     SELECT gen_random_uuid(), $1, 'm' || number || '@' || $2, 'm' || number, 'M', 'ACTIVE', '' FROM generate_series(1, 450) AS number`,
    [customer.domain.id, customer.domain.name],
  )
  await makeBranch(application, 'foreign')
  const { text, headers } = await get(customer.admin, 'mailboxes')
  expect(headers.get('content-disposition')).toBe('attachment; filename=mailboxes.csv')
  const rows: Record<string, string>[] = parse(text, { bom: true, columns: true })
  expect(rows).toHaveLength(451)
  expect(new Set(rows.map((row) => row.tenant))).toEqual(new Set(['north-customer']))
  const filter = { format: 'jsonl', variables: JSON.stringify({ filter: { search: 'm44' } }) }
  const some = lines((await get(customer.admin, 'mailboxes', filter)).text).map((line) => JSON.parse(line))
  expect(some).toHaveLength(11)
  for (const kind of ['domains', 'aliases', 'audit']) {
    const answer = await get(customer.admin, kind)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('north-customer')
    expect(answer.text).not.toContain('foreign')
  }
})

test('what a spreadsheet would run is text', async () => {
  const { customer } = branch
  for (const [index, name] of ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', 'plain, "quoted"'].entries()) {
    const input = { domainId: customer.domain.id, localPart: `formula${index}`, name, password: newPassword() }
    await customer.admin.must('createMailbox', input)
  }
  const variables = JSON.stringify({ filter: { search: 'formula' } })
  const { text } = await get(customer.admin, 'mailboxes', { variables })
  const rows: Record<string, string>[] = parse(text, { bom: true, columns: true })
  expect(rows.map((row) => row.name)).toEqual([`'=HYPERLINK("http://x")`, "'+1", "'-1", "'@SUM(A1)", 'plain, "quoted"'])
})

test('nobody, wrong names, wrong variables, and jobs of others', async () => {
  const { customer } = branch
  expect((await get(new ApiClient(application.url), 'mailboxes')).status).toBe(401)
  expect((await get(customer.admin, 'constructor')).status).toBe(404)
  expect((await get(customer.admin, 'mailboxes', { format: 'xls' })).status).toBe(400)
  expect((await get(customer.admin, 'mailboxes', { variables: '{"filter":{"no":1}}' })).status).toBe(400)
  const input = { tenantId: branch.tenant.id, rows: [{ name: 'made-here.example' }], dryRun: true }
  const { job } = await branch.reseller.mutate('bulkCreateDomains', input, 'job { id }')
  const variables = JSON.stringify({ id: job.id })
  expect((await get(customer.admin, 'jobRows', { variables })).status).toBe(404)
  expect((await get(branch.reseller, 'jobRows', { variables })).text).toContain('made-here.example')
})
