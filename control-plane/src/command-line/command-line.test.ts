/** `mailfleet` against a real server: what it sends, shows and answers with. The program itself, with its pipes and signals: tests/conformance/api. */
import { mkdtemp, readFile, rm, stat, chmod, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient, type Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator } from '../test-support/world.js'
import { commandLine } from './command-line.js'

let application: TestApplication
let folder: string
let token: string
let customerId: string
let domainId: string

beforeAll(async () => {
  application = await startTestApplication()
  folder = await mkdtemp(join(tmpdir(), 'mailfleet-command-line-'))
  const { admin, rootId } = application
  token = (await admin.mutate('createApiToken', { name: 'command line' }, 'secret')).secret
  customerId = (await admin.must('createTenant', { parentId: rootId, name: 'Bäckerei', kind: 'CUSTOMER' })).id
  domainId = (await admin.must('createDomain', { tenantId: customerId, name: 'bäckerei.example' })).id
})
afterAll(async () => {
  await application?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Ran {
  code: number
  out: string
  err: string
}

/** As if typed; `input` is what is piped in. */
async function run(
  args: string[],
  given: { input?: string; env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Ran> {
  const collected = { out: '', err: '' }
  const sink = (name: 'out' | 'err') =>
    new Writable({ write: (part: Buffer, _, done) => ((collected[name] += part.toString()), done()) })
  const code = await commandLine(args, {
    stdin: Readable.from(given.input === undefined ? [] : [Buffer.from(given.input)]),
    stdout: sink('out'),
    stderr: sink('err'),
    env: { MAILFLEET_URL: application.url, MAILFLEET_TOKEN: token, XDG_CONFIG_HOME: folder, ...given.env },
    signal: given.signal ?? new AbortController().signal,
  })
  return { code, ...collected }
}

async function json(args: string[], given = {}): Promise<Json> {
  const { code, out, err } = await run([...args, '-o', 'json'], given)
  expect({ code, err }, err).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

describe('lists', () => {
  test('a table for people has names with their own letters, and whose each is', async () => {
    const { out, code } = await run(['domain', 'list', '--tenant', customerId])
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toMatch(/^ID +STATUS.* NAME .*TENANT NAME/)
    expect(out).toContain('bäckerei.example')
    expect(out).not.toContain('xn--')
  })

  test('filters by flags, by dotted flags and by JSON are the same', async () => {
    const ways = [
      ['--search', 'bäckerei', '--state', 'pending-dns'],
      ['--filter.search=bäckerei', '--filter.state', 'PENDING_DNS'],
      ['--filter', '{"search":"bäckerei","state":"PENDING_DNS"}'],
    ]
    const found = await Promise.all(ways.map((way) => json(['domain', 'list', ...way, '--fields', 'id'])))
    for (const each of found) expect(each).toEqual([{ id: domainId }])
  })

  test('all pages in each format, and what is not shown is said', async () => {
    await json(['mailbox', 'create', '--input', '-'], { input: JSON.stringify(mailbox('first')) })
    await json(['mailbox', 'create', '--input', '-'], { input: JSON.stringify(mailbox('second')) })
    const all = [
      'mailbox',
      'list',
      '--domain',
      domainId,
      '--order-by',
      'address',
      '--fields',
      'localPart,domain.tenant',
    ]
    const rows = await json([...all, '--all'])
    expect(rows.map((row: Json) => row.localPart)).toEqual(['first', 'second'])
    const lines = (await run([...all, '--all', '-o', 'jsonl'])).out.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows)
    const csv = await run([...all, '--all', '-o', 'csv'])
    expect(csv.err).toBe('')
    expect(csv.out).toBe(
      `localPart,domain.tenant.id,domain.tenant.name\r\n${['first', 'second'].map((name) => `${name},${customerId},Bäckerei\r\n`).join('')}`,
    )
    const one = await run([...all, '--first', '1', '-o', 'jsonl'])
    expect(one.err).toMatch(/There is more: --after \S+, or --all/)
    const [, cursor] = /--after (\S+),/.exec(one.err)!
    expect((await json([...all, '--after', cursor!])).map((row: Json) => row.localPart)).toEqual(['second'])
  })

  const mailbox = (localPart: string) => ({ domainId, localPart, name: localPart, password: newPassword() })

  test('nothing is an empty list', async () => {
    expect(await json(['alias', 'list'])).toEqual([])
    expect((await run(['alias', 'list', '-o', 'csv', '--fields', 'id'])).out).toBe('id\r\n')
  })
})

describe('changes', () => {
  test('create, change the current version, clear, delete', async () => {
    const made = await json(
      [
        'mailbox',
        'create',
        '--domain',
        domainId,
        '--local-part',
        'kept',
        '--name',
        'K',
        '--quota-bytes',
        '5GiB',
        '--password-stdin',
      ],
      { input: `${newPassword()}\r\n` },
    )
    expect(made).toMatchObject({ address: 'kept@xn--bckerei-5wa.example', quotaBytes: 5 * 2 ** 30, version: 1 })
    const changed = await json(['mailbox', 'update', made.id, '--clear', 'quota-bytes'])
    expect(changed).toMatchObject({ quotaBytes: null, version: 2, name: 'K' })
    const stale = await run(['mailbox', 'update', made.id, '--version', '1', '--name', 'L'])
    expect(stale).toMatchObject({ code: 6, out: '' })
    expect(stale.err).toMatch(/^mailfleet: VERSION_CONFLICT/)
    expect((await run(['mailbox', 'suspend', made.id])).code).toBe(0)
    expect(await json(['mailbox', 'delete', made.id])).toEqual({ deletedId: made.id })
    expect(await json(['mailbox', 'list', '--search', 'kept@'])).toEqual([])
  })

  test('the password that is piped in is the one, without the line end of Windows', async () => {
    const { credentials } = await addAdministrator(application, customerId, 'CUSTOMER_ADMIN', 'windows')
    const found = await json(['administrator', 'list', '--search', 'windows', '--fields', 'id'])
    const password = newPassword()
    await json(['administrator', 'update', found[0].id, '--password-stdin'], { input: `${password}\r\n` })
    await new ApiClient(application.url).signIn({ ...credentials, password })
  })

  test('nested and repeated inputs: JSON, dotted flags, a file with a byte order mark, flags over a file', async () => {
    const rule = { effect: 'ALLOW', actions: ['READ'], subjects: ['Domain', 'Mailbox'], scope: 'SUBTREE' }
    const own = ['access-role', 'create', '--tenant', customerId]
    const byJson = await json([...own, '--name', 'json', '--rules', JSON.stringify(rule)])
    const dotted = ['--rules.0.effect', 'allow', '--rules.0.actions', 'read', '--rules.0.subjects', 'Domain']
    const byFlags = await json([
      ...own,
      '--name',
      'flags',
      ...dotted,
      '--rules.0.subjects',
      'Mailbox',
      '--rules.0.scope',
      'subtree',
    ])
    const path = join(folder, 'role.json')
    await writeFile(
      path,
      `\ufeff${JSON.stringify({ name: 'file', rules: [rule], tenantId: customerId }, null, 2).replaceAll('\n', '\r\n')}`,
    )
    const byFile = await json(['access-role', 'create', '--input', path, '--name', 'over'])
    expect([byJson, byFlags, byFile].map(({ name }) => name)).toEqual(['json', 'flags', 'over'])
    for (const { id } of [byJson, byFlags, byFile]) {
      const { rules } = await json(['access-role', 'get', id])
      expect(rules).toEqual([expect.objectContaining(rule)])
    }
  })

  test('the same key takes effect once', async () => {
    const again = ['tenant', 'create', '--parent', application.rootId, '--name', 'once', '--kind', 'customer']
    const key = ['--idempotency-key', 'command-line-test-once']
    const [first, second] = [await json([...again, ...key]), await json([...again, ...key])]
    expect(second).toEqual(first)
    expect(await json(['tenant', 'list', '--search', 'once'])).toHaveLength(1)
  })

  test('an answer that is lost is asked for again, and the change is made once', async () => {
    const { createServer } = await import('node:http')
    let lost = 0
    const proxy = createServer((request, response) => {
      const forward = async () => {
        const parts: Buffer[] = []
        for await (const part of request) parts.push(part as Buffer)
        const { authorization, 'idempotency-key': key } = request.headers as Record<string, string>
        const headers = { authorization: authorization!, 'content-type': 'application/json', 'idempotency-key': key! }
        const answer = await fetch(`${application.url}/graphql`, {
          method: 'POST',
          body: Buffer.concat(parts),
          headers,
        })
        const text = await answer.text()
        if (lost++ === 0) return void request.socket.destroy()
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
      }
      void forward()
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as { port: number }
    const args = [
      'tenant',
      'create',
      '--parent',
      application.rootId,
      '--name',
      'lost answer',
      '--kind',
      'CUSTOMER',
      '-o',
      'json',
    ]
    const { code, err } = await run(args, { env: { MAILFLEET_URL: `http://127.0.0.1:${port}` } })
    proxy.close()
    expect(code).toBe(0)
    expect(err).toMatch(/again in/)
    expect(lost).toBe(2)
    expect(await json(['tenant', 'list', '--search', 'lost answer'])).toHaveLength(1)
  })
})

describe('refusals', () => {
  test.each([
    [2, [], /which command/],
    [2, ['domain', 'nothing'], /no nothing; of .*\bcreate, delete,/],
    [2, ['domain', 'list', '--nothing'], /there is no --nothing/],
    [2, ['domain', 'list', '--state', 'LOST'], /--state: one of PENDING_OWNERSHIP/],
    [2, ['domain', 'list', '--first', '1000'], /--first: a whole number from 1 to 200/],
    [2, ['domain', 'list', '--fields', 'secret'], /Domain has id/],
    [2, ['domain', 'create'], /missing: --tenant-id, --name/],
    [2, ['mailbox', 'create', '--password', 'x'], /others can read the command line/],
    [2, ['mailbox', 'create', '--input', '-'], /--input: no JSON/],
    [2, ['domain', 'list', '--output', 'xml'], /one of table, json, jsonl, csv/],
    [5, ['domain', 'create', '--tenant', 'THE-CUSTOMER', '--name', 'no domain'], /INVALID_INPUT at name/],
    [6, ['domain', 'create', '--tenant', 'THE-CUSTOMER', '--name', 'BÄCKEREI.example'], /ALREADY_EXISTS at name/],
    [3, ['domain', 'get', '00000000-0000-4000-8000-000000000000'], /NOT_FOUND/],
    [5, ['api', '{ secrets }'], /INVALID_REQUEST/],
  ])('exit code %i: %j', async (code, args, message) => {
    const ran = await run(args.map((word) => word.replace('THE-CUSTOMER', customerId)))
    expect({ ...ran, err: '' }).toEqual({ code, out: '', err: '' })
    expect(ran.err).toMatch(message)

    expect(ran.err).not.toMatch(/\u001b/)
  })

  test('a wrong token, another server, one that is away', async () => {
    expect(await run(['viewer', 'get'], { env: { MAILFLEET_TOKEN: 'mft_wrong' } })).toMatchObject({ code: 3 })
    expect(await run(['domain', 'list'], { env: { MAILFLEET_TOKEN: 'mft_wrong' } })).toMatchObject({ code: 4 })
    const http = await run(['domain', 'list', '--url', 'http://console.example.net'])
    expect(http).toMatchObject({ code: 2, err: expect.stringContaining('over http') })
  })

  test('what others wrote cannot drive the terminal', async () => {
    await application.database.query(`UPDATE tenant SET name = $1 WHERE id = $2`, ['a\u001b[2Jb\u202ec', customerId])
    try {
      const { out } = await run(['tenant', 'get', customerId])
      expect(out).toContain('a\\u001b[2Jb\\u202ec')
    } finally {
      await application.database.query(`UPDATE tenant SET name = 'Bäckerei' WHERE id = $1`, [customerId])
    }
  })
})

describe('signing in', () => {
  const path = () => join(folder, 'mailfleet', 'profiles.json')
  const signedOut = { MAILFLEET_TOKEN: '', MAILFLEET_URL: '' }

  test('password, then commands without anything; logout ends the token at the server', async () => {
    const { email, password } = application.credentials
    const args = ['login', '--url', application.url, '--email', email, '--password-stdin']
    expect(await run(args, { input: `${password}\n`, env: signedOut })).toMatchObject({ code: 0 })
    if (process.platform !== 'win32') expect((await stat(path())).mode & 0o777).toBe(0o600)
    const kept = JSON.parse(await readFile(path(), 'utf8'))
    expect(JSON.stringify(kept)).not.toContain(password)
    expect(await json(['viewer', 'get', '--fields', 'administrator.email'], { env: signedOut })).toEqual({
      administrator: { email },
    })
    const listed = await run(['profile', 'list'], { env: signedOut })
    expect(listed.out).toContain(email)
    expect(listed.out).not.toContain(kept.profiles.default.token)

    expect((await run(['logout'], { env: signedOut })).code).toBe(0)
    const old = { ...signedOut, MAILFLEET_URL: application.url, MAILFLEET_TOKEN: kept.profiles.default.token }
    expect((await run(['domain', 'list'], { env: old })).code).toBe(4)
  })

  test('with an authenticator app; a wrong password keeps nothing', async () => {
    const { client, credentials } = await addAdministrator(application, customerId, 'CUSTOMER_ADMIN', 'totp')
    const { beginTotp } = await client.query('mutation { beginTotp { secret } }')
    const totp = new TOTP({ secret: Secret.fromBase32(beginTotp.secret) })
    const first = totp.generate()
    await client.query('mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { errors { code } } }', {
      input: { code: first },
    })
    const args = [
      'login',
      '--url',
      application.url,
      '--email',
      credentials.email,
      '--password-stdin',
      '--profile',
      'totp',
    ]
    const wrong = await run(args, { input: 'wrong password\n', env: signedOut })
    expect(wrong).toMatchObject({ code: 4, err: expect.stringContaining('INVALID_CREDENTIALS') })
    expect(await run(args, { input: `${credentials.password}\n`, env: signedOut })).toMatchObject({ code: 2 })
    const next = totp.generate({ timestamp: Date.now() + 30_000 })
    const right = await run(args, { input: `${credentials.password}\n${next}\n`, env: signedOut })
    expect(right, right.err).toMatchObject({ code: 0 })
    expect((await run(['domain', 'list', '--profile', 'totp'], { env: signedOut })).out).toContain('bäckerei.example')
  })

  test('a token goes to its own server only; a file that others can read is refused', async () => {
    const args = ['login', '--url', application.url, '--token-stdin', '--profile', 'own']
    expect((await run(args, { input: `${token}\n`, env: signedOut })).code).toBe(0)
    const elsewhere = application.url.replace('127.0.0.1', 'localhost')
    expect((await run(['domain', 'list', '--url', elsewhere], { env: signedOut })).code).not.toBe(0)
    if (process.platform === 'win32') return
    await chmod(path(), 0o644)
    const refused = await run(['domain', 'list'], { env: signedOut })
    expect(refused).toMatchObject({ code: 4, err: expect.stringContaining('can be read by others') })
    await rm(path())
  })
})

test('watching shows what comes, and ends after as many as were asked for', async () => {
  const watching = run(['mail-node', 'watch', '--fields', 'hostName', '--limit', '1', '-o', 'jsonl'])
  let ended = false
  void watching.then(() => (ended = true))
  for (let attempt = 0; !ended && attempt < 50; attempt++) {
    await json(['mail-node', 'update', application.mailNodeId, '--host-name', `mx${attempt}.platform.example`])
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { code, out } = await watching
  expect(code).toBe(0)
  expect(JSON.parse(out).hostName).toMatch(/^mx\d+\.platform\.example$/)
})

test('what is interrupted says so', async () => {
  const abort = new AbortController()
  const watching = run(['mail-node', 'watch'], { signal: abort.signal })
  setTimeout(() => abort.abort(), 300)
  expect((await watching).code).toBe(130)
})
