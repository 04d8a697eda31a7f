/** Files of all kinds, from the upload to the mailboxes. */
import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { jobEnded, rowsOf } from '../test-support/jobs.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let admin: ApiClient
let passwordHash: string

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'north')
  admin = branch.customer.admin
  passwordHash = await hash(newPassword(), { memoryCost: 64, timeCost: 1, parallelism: 1 })
})
afterAll(() => application?.stop())

async function upload(client: ApiClient, body: string | Buffer, type = 'text/csv'): Promise<{ status: number } & Json> {
  const response = await fetch(`${application.url}/imports`, {
    method: 'POST',
    headers: { 'content-type': type, ...client.credentials() },
    body: new Uint8Array(Buffer.from(body)),
  })
  return { status: response.status, ...((await response.json()) as Json) }
}

async function startImport(uploadId: string, input: Json): Promise<Json> {
  const all = { tenantId: branch.customer.tenant.id, uploadId, kind: 'MAILBOXES', ...input }
  return admin.mutate('startImport', all, 'job { id }')
}

test('a spreadsheet: mark, semicolons, quotation marks, lines within cells, a preview and then the run', async () => {
  const domain = branch.customer.domain.name
  const file = [
    '\uFEFFE-Mail;Full Name;Quota;Password;Remark',
    `Anna@${domain};"Nguyễn; Ánh";2 GB;${newPassword()};x`,
    `bernd@${domain};"two`,
    `lines";100;${newPassword()};`,
    `nobody;X;1;${newPassword()};`,
    `cara@${domain};Cara;much;${newPassword()};`,
    `dora@${domain};Dora;1;${newPassword()};;;too many`,
    '',
    `ANNA@${domain};Again;;${newPassword()};`,
  ].join('\r\n')
  const { upload: kept } = await upload(admin, file)
  expect(kept).toMatchObject({ columns: ['E-Mail', 'Full Name', 'Quota', 'Password', 'Remark'], rowCount: 6 })
  const started = await startImport(kept.id, {})
  expect(started.errors).toEqual([])
  const { id } = started.job
  expect(await jobEnded(admin, id)).toMatchObject({
    state: 'SUCCEEDED',
    dryRun: true,
    total: 6,
    succeeded: 1,
    failed: 5,
  })
  const failed = await rowsOf(admin, id, 'FAILED')
  expect(failed.map((row: Json) => [row.line, row.error.code, row.error.path])).toEqual([
    [3, 'INVALID_INPUT', ['name']],
    [5, 'INVALID_INPUT', ['address']],
    [6, 'INVALID_INPUT', ['quotaBytes']],
    [7, 'INVALID_INPUT', null],
    [9, 'ALREADY_EXISTS', null],
  ])
  expect((await admin.mutate('runJob', { id }, 'job { id }')).errors).toEqual([])
  expect(await jobEnded(admin, id)).toMatchObject({ dryRun: false, succeeded: 1, failed: 5 })
  const { mailboxes } = await admin.query('{ mailboxes(filter: { search: "anna@" }) { nodes { name quotaBytes } } }')
  expect(mailboxes.nodes).toEqual([{ name: 'Nguyễn; Ánh', quotaBytes: 2_147_483_648 }])
})

test('JSON lines with columns of other names, aliases and domains', async () => {
  const domain = branch.customer.domain.name
  const lines = [
    { mail: `json1@${domain}`, secret: passwordHash, bytes: 5_000 },
    { mail: `json2@${domain}`, secret: '{SSHA}abcdefgh' },
  ]
  const file = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno json\n[1]\n`
  const { upload: kept } = await upload(admin, file, 'application/x-ndjson')
  expect(kept).toMatchObject({ columns: ['mail', 'secret', 'bytes'], rowCount: 4 })
  const columns = [
    { field: 'address', column: 'mail' },
    { field: 'passwordHash', column: 'secret' },
    { field: 'quotaBytes', column: 'bytes' },
  ]
  const { job } = await startImport(kept.id, { columns, dryRun: false })
  expect(await jobEnded(admin, job.id)).toMatchObject({ total: 4, succeeded: 1, failed: 3 })
  const failed = await rowsOf(admin, job.id, 'FAILED')
  expect(failed.map((row: Json) => row.line)).toEqual([2, 3, 4])
  expect(failed[0].error.path).toEqual(['passwordHash'])
  const aliases = await upload(admin, `address,goto\nhelp@${domain},"a@x.test, b@x.test"\n`)
  const made = await startImport(aliases.upload.id, { kind: 'ALIASES', dryRun: false })
  expect(await jobEnded(admin, made.job.id)).toMatchObject({ succeeded: 1 })
  const domains = await upload(admin, `Domain\nimported.example\n.example\n`)
  const named = await startImport(domains.upload.id, { kind: 'DOMAINS', dryRun: false })
  expect(await jobEnded(admin, named.job.id)).toMatchObject({ succeeded: 1, failed: 1 })
})

test.each([
  ['UTF-16', Buffer.from('\uFEFFaddress\n', 'utf16le'), /UTF-8/],
  ['Latin 1', Buffer.from('address\nm\xfcller@x.test\n', 'latin1'), /UTF-8/],
  ['nothing', Buffer.from(''), /empty/],
  ['a header alone', Buffer.from('address\n'), /no rows/],
  ['an open quotation mark', Buffer.from('address\n"a@b.test\n'), /quotation mark/],
  ['twice the same column', Buffer.from('a,a\n1,2\n'), /two columns/],
  ['a line without end', Buffer.from(`address\n${'a'.repeat(70_000)}\n`), /characters/],
])('%s is refused with what is wrong', async (_name, body, message) => {
  const answer = await upload(admin, body)
  expect(answer.status).toBe(400)
  expect(answer.errors[0].message).toMatch(message)
  expect(answer.errors[0].extensions.code).toBe('INVALID_INPUT')
})

test('nobody, support, and others with the id of an upload get nowhere', async () => {
  const file = 'address,password\na@b.test,x\n'
  const nobody = { credentials: () => ({}) } as ApiClient
  expect(await upload(nobody, file)).toMatchObject({ status: 401 })
  expect(await upload(branch.customer.support, file)).toMatchObject({ status: 403 })
  expect(await upload(admin, file, 'text/plain')).toMatchObject({ status: 415 })
  expect(await upload(admin, file, 'text/csv; charset=iso-8859-1')).toMatchObject({ status: 415 })
  const { upload: theirs } = await upload(branch.reseller, file)
  expect((await startImport(theirs.id, {})).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['uploadId'] }])
  const { upload: kept } = await upload(admin, file)
  const wrong = [{ field: 'address', column: 'no such' }]
  expect((await startImport(kept.id, { columns: wrong })).errors[0].path).toEqual(['columns', '0', 'column'])
  expect((await startImport(kept.id, { columns: [] })).errors[0].path).toEqual(['columns'])
})

test('passwords are sealed where they wait', async () => {
  const password = newPassword()
  await upload(admin, `address,password\nsealed@${branch.customer.domain.name},${password}\n`)
  const dump = await application.database.query(`SELECT sealed_rows::text AS text FROM upload_chunk`)
  expect(JSON.stringify(dump)).not.toContain(Buffer.from(password).toString('hex'))
})
