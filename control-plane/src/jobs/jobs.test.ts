/** Bulk work: every row is done once, with the rights of whoever started it, whatever happens meanwhile. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { ApiClient, type Json } from '../test-support/api-client.js'
import { jobEnded, rowsOf } from '../test-support/jobs.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let passwordHash: string

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'north')
  passwordHash = await hash(newPassword(), { memoryCost: 64, timeCost: 1, parallelism: 1 })
})
afterAll(() => application?.stop())

const domain = (): string => branch.customer.domain.name
const mailboxRows = (prefix: string, count: number): Json[] =>
  Array.from({ length: count }, (_, index) => ({ address: `${prefix}${index}@${domain()}`, passwordHash }))
const addresses = async (prefix: string): Promise<string[]> => {
  const rows = await application.database.query<{ address: string }>(
    'SELECT address FROM mailbox WHERE address LIKE $1 AND deleted_at IS NULL ORDER BY address',
    [`${prefix}%`],
  )
  return rows.map(({ address }) => address)
}

async function start(client: ApiClient, mutation: string, input: Json): Promise<Json> {
  const payload = await client.mutate(mutation, { tenantId: branch.customer.tenant.id, ...input }, 'job { id state }')
  expect(payload.errors).toEqual([])
  return payload.job
}

test('makes what is right, says line by line what is not, and the audit knows the job', async () => {
  const { admin } = branch.customer
  const rows = mailboxRows('made', 30)
  rows[7] = { address: `someone@${domain()}`, passwordHash }
  rows[11] = { address: 'a@elsewhere.example', passwordHash }
  rows[13] = { address: `bcrypt@${domain()}`, passwordHash: '$2b$12$abcdefghijklmnopqrstuu' }
  rows[17] = { address: `plain@${domain()}`, password: newPassword(), quotaBytes: 5_000 }
  rows[19] = { address: `short@${domain()}`, password: 'short' }
  const { id } = await start(admin, 'bulkCreateMailboxes', { rows })
  const job = await jobEnded(admin, id)
  expect(job).toMatchObject({ state: 'SUCCEEDED', total: 30, succeeded: 26, failed: 4, dryRun: false })
  const failed = await rowsOf(admin, id, 'FAILED')
  expect(failed.map((row: Json) => [row.number, row.error.code, row.error.path])).toEqual([
    [8, 'ALREADY_EXISTS', ['localPart']],
    [12, 'NOT_FOUND', ['address']],
    [14, 'INVALID_INPUT', ['passwordHash']],
    [20, 'INVALID_INPUT', ['password']],
  ])
  expect(await addresses('made')).toHaveLength(25)
  const audited = await admin.query(
    `query ($id: ID!) { auditEntries(filter: { operationId: $id }, first: 100) { nodes { operation subjectType actor { email } } } }`,
    { id },
  )
  const made = audited.auditEntries.nodes.filter((entry: Json) => entry.subjectType === 'Mailbox')
  expect(made).toHaveLength(26)
  expect(new Set(made.map((entry: Json) => entry.operation))).toEqual(new Set(['bulkCreateMailboxes']))
  const [sealed] = await application.database.query<{ count: number }>(
    'SELECT count(sealed_secret)::integer AS count FROM job_row WHERE job_id = $1',
    [id],
  )
  expect(sealed!.count).toBe(0)
})

test('a preview changes nothing, finds what would be refused, and can be run', async () => {
  const { admin } = branch.customer
  const rows = [...mailboxRows('tried', 3), { address: `tried1@${domain()}`, passwordHash }]
  const { id } = await start(admin, 'bulkCreateMailboxes', { rows, dryRun: true })
  expect(await jobEnded(admin, id)).toMatchObject({ state: 'SUCCEEDED', dryRun: true, succeeded: 3, failed: 1 })
  expect(await addresses('tried')).toEqual([])
  expect((await rowsOf(admin, id, 'FAILED'))[0]).toMatchObject({ number: 4, error: { code: 'ALREADY_EXISTS' } })
  expect((await admin.mutate('runJob', { id }, 'job { state }')).errors).toEqual([])
  expect(await jobEnded(admin, id)).toMatchObject({ state: 'SUCCEEDED', dryRun: false, succeeded: 3, failed: 1 })
  expect(await addresses('tried')).toHaveLength(3)
  expect((await admin.mutate('runJob', { id }, 'job { id }')).errors[0].code).toBe('WRONG_STATE')
})

test('changes and deletes what a filter selects, and reaches no further than its tenant', async () => {
  const { reseller } = branch
  const { admin } = branch.customer
  const made = await start(admin, 'bulkCreateMailboxes', { rows: mailboxRows('bulk', 5) })
  await jobEnded(admin, made.id)
  const filter = { search: 'bulk' }
  const update = await start(reseller, 'bulkUpdateMailboxes', { filter, quotaBytes: 7_777, status: 'SUSPENDED' })
  expect(await jobEnded(reseller, update.id)).toMatchObject({ total: 10, succeeded: 10 })
  const { mailboxes } = await admin.query(`{ mailboxes(filter: { search: "bulk" }) { nodes { quotaBytes status } } }`)
  expect(mailboxes.nodes).toEqual(Array(5).fill({ quotaBytes: 7_777, status: 'SUSPENDED' }))
  const other = await makeBranch(application, 'other')
  const ids = [other.customer.mailbox.id]
  const beyond = await start(application.admin, 'bulkDeleteMailboxes', { ids })
  expect(await jobEnded(application.admin, beyond.id)).toMatchObject({ total: 1, failed: 1 })
  expect((await rowsOf(admin, beyond.id))[0]).toMatchObject({ key: ids[0], error: { code: 'NOT_FOUND' } })
  const removed = await start(admin, 'bulkDeleteMailboxes', { filter })
  expect(await jobEnded(admin, removed.id)).toMatchObject({ total: 5, succeeded: 5 })
  expect(await addresses('bulk')).toEqual([])
})

test('takes from a budget exactly what is there', async () => {
  const { admin } = application
  const tenant = await admin.must('createTenant', { parentId: branch.tenant.id, name: 'tight', kind: 'CUSTOMER' })
  await admin.must('createDomain', { tenantId: tenant.id, name: 'tight.example' }, 'id')
  const { budget } = (
    await admin.query(`query ($id: ID!) { tenant(id: $id) { budget { version } } }`, { id: tenant.id })
  ).tenant
  const allotted = { tenantId: tenant.id, version: budget.version, mailboxes: 17 }
  expect(await admin.refusal('updateBudget', allotted)).toEqual([])
  const rows = Array.from({ length: 40 }, (_, index) => ({ address: `u${index}@tight.example`, passwordHash }))
  const { id } = await start(admin, 'bulkCreateMailboxes', { tenantId: tenant.id, rows })
  expect(await jobEnded(admin, id)).toMatchObject({ succeeded: 17, failed: 23 })
  const failed = await rowsOf(admin, id, 'FAILED')
  expect(failed.map((row: Json) => row.number)).toEqual(Array.from({ length: 23 }, (_, index) => index + 18))
  expect(new Set(failed.map((row: Json) => row.error.code))).toEqual(new Set(['BUDGET_EXCEEDED']))
})

test('a job that cannot go on holds up nobody else, and is given up', async () => {
  const other = await makeBranch(application, 'beside')
  const { id } = await start(branch.customer.admin, 'bulkCreateMailboxes', {
    rows: [{ address: `sealed@${domain()}`, password: newPassword() }],
    dryRun: true,
  })
  await jobEnded(branch.customer.admin, id)
  await application.database.transaction(async (manager) => {
    await manager.query(`UPDATE job_row SET state = 'PENDING', sealed_secret = '\\x00' WHERE job_id = $1`, [id])
    await manager.query(`UPDATE job SET served_at = NULL WHERE tenant_id = $1`, [branch.customer.tenant.id])
    await manager.query(`UPDATE job SET state = 'QUEUED', created_at = now() - interval '1 hour' WHERE id = $1`, [id])
  })
  const rows = [{ address: `free@${other.customer.domain.name}`, passwordHash }]
  const theirs = { tenantId: other.customer.tenant.id, rows }
  const { job } = await other.customer.admin.mutate('bulkCreateMailboxes', theirs, 'job { id }')
  // Instead of waiting for the replica to look by itself after each failure.
  const waker = setInterval(() => void application.database.query(`SELECT pg_notify('mailfleet_jobs', '[]')`), 20)
  try {
    expect(await jobEnded(other.customer.admin, job.id)).toMatchObject({ state: 'SUCCEEDED', succeeded: 1 })
    expect(await jobEnded(branch.customer.admin, id)).toMatchObject({ state: 'FAILED', errorCode: 'INTERNAL' })
  } finally {
    clearInterval(waker)
  }
})

test('a tenant with many jobs makes nobody wait for more than a turn', async () => {
  const other = await makeBranch(application, 'patient')
  const many = await makeBranch(application, 'impatient')
  const queue = async (
    { customer: { admin, tenant, domain } }: Branch,
    prefix: string,
    count: number,
  ): Promise<string> => {
    const rows = Array.from({ length: count }, (_, index) => ({
      address: `${prefix}-${index}@${domain.name}`,
      passwordHash,
    }))
    const { job } = await admin.mutate('bulkCreateMailboxes', { tenantId: tenant.id, rows }, 'job { id }')
    return job.id as string
  }
  const theirs: string[] = []
  for (const prefix of ['a', 'b', 'c', 'd', 'e', 'f']) theirs.push(await queue(many, prefix, 400))
  const mine = await queue(other, 'mine', 2)
  for (const id of theirs) expect(await jobEnded(many.customer.admin, id)).toMatchObject({ succeeded: 400 })
  const [row] = await application.database.query(
    `SELECT count(*)::integer AS between FROM job, (SELECT created_at, finished_at FROM job WHERE id = $2) AS mine
     WHERE job.id = ANY($1::uuid[]) AND job.finished_at > mine.created_at AND job.finished_at < mine.finished_at`,
    [theirs, mine],
  )
  // What was under way when it came, and one turn.
  expect(row!.between).toBeLessThanOrEqual(2)
})

test('of one tenant two jobs run at once and twenty wait; others are none the wiser', async () => {
  const { customer } = await makeBranch(application, 'limited')
  const input = { tenantId: customer.tenant.id, rows: [{ name: 'limited-job.example' }], dryRun: true }
  const queue = () => customer.admin.mutate('bulkCreateDomains', input, 'job { id state }')
  const busy = new pg.Client({ connectionString: application.databaseUrl })
  await busy.connect()
  try {
    // As two replicas that are at work for it.
    await busy.query(
      `SELECT pg_advisory_lock(hashtextextended('jobs of ' || $1, slot)) FROM generate_series(0, 1) AS slot`,
      [customer.tenant.id],
    )
    const jobs = await Promise.all(Array.from({ length: 22 }, queue))
    const refused = jobs.filter(({ errors }) => errors.length > 0)
    expect(refused.map(({ errors }) => errors[0].code)).toEqual(['RATE_LIMITED', 'RATE_LIMITED'])
    await jobEnded(
      branch.customer.admin,
      (await start(branch.customer.admin, 'bulkCreateMailboxes', { rows: mailboxRows('turn', 1) })).id,
    )
    const states = await application.database.query('SELECT DISTINCT state FROM job WHERE tenant_id = $1', [
      customer.tenant.id,
    ])
    expect(states).toEqual([{ state: 'QUEUED' }])
  } finally {
    await busy.end()
  }
  await application.database.query(`SELECT pg_notify('mailfleet_jobs', '[]')`)
  const last = async () =>
    application.database.query(`SELECT id FROM job WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1`, [
      customer.tenant.id,
    ])
  await jobEnded(customer.admin, (await last())[0]!.id as string)
})

test('cancelled while it runs it stops, and what was done until then stays done', async () => {
  const { admin } = branch.customer
  const rows = Array.from({ length: 200 }, (_, index) => ({
    address: `cut${index}@${domain()}`,
    password: newPassword(),
  }))
  const { id } = await start(admin, 'bulkCreateMailboxes', { rows })
  const seen = async (): Promise<Json> =>
    (await admin.query('query ($id: ID!) { job(id: $id) { state succeeded } }', { id })).job
  await vi.waitFor(async () => expect((await seen()).succeeded).toBeGreaterThan(0), { timeout: 20_000 })
  const { job, errors } = await admin.mutate('cancelJob', { id }, 'job { state succeeded }')
  expect([errors, job.state]).toEqual([[], 'CANCELLED'])
  expect(await admin.refusal('cancelJob', { id })).toEqual(['WRONG_STATE'])
  // Its turn would have come before this one's.
  const after = await start(admin, 'bulkCreateMailboxes', { rows: mailboxRows('after', 1) })
  await jobEnded(admin, after.id)
  expect(job.succeeded).toBeLessThan(200)
  expect(await seen()).toEqual({ state: 'CANCELLED', succeeded: job.succeeded })
  expect(await addresses('cut')).toHaveLength(job.succeeded)
  const kept = await application.database.query(
    'SELECT FROM job_row WHERE job_id = $1 AND sealed_secret IS NOT NULL LIMIT 1',
    [id],
  )
  expect(kept).toEqual([])
})

test('a token’s job may what the token may, whatever else its maker may', async () => {
  const { admin } = branch.customer
  const rule = (actions: string[], subjects: string[]): Json => ({
    effect: 'ALLOW',
    actions,
    subjects,
    scope: 'SUBTREE',
  })
  const rules = [rule(['READ'], ['Tenant', 'Domain', 'Mailbox', 'Job']), rule(['CREATE'], ['Mailbox', 'Job'])]
  const { secret, errors } = await admin.mutate('createApiToken', { name: 'narrow', rules }, 'secret')
  expect(errors).toEqual([])
  const script = new ApiClient(application.url)
  script.token = secret
  const made = await start(script, 'bulkCreateMailboxes', { rows: mailboxRows('narrow', 2) })
  expect(await jobEnded(script, made.id)).toMatchObject({ state: 'SUCCEEDED', succeeded: 2, failed: 0 })
  const ids = (await rowsOf(script, made.id)).map(({ objectId }) => objectId)
  const gone = await start(script, 'bulkDeleteMailboxes', { ids })
  expect(await jobEnded(script, gone.id)).toMatchObject({ succeeded: 0, failed: 2 })
  expect((await rowsOf(script, gone.id)).map((row) => row.error.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  expect(await addresses('narrow')).toHaveLength(2)
})
