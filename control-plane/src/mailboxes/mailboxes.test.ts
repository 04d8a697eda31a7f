import { configResource } from '@mailfleet/schema'
import { verify } from '@node-rs/argon2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomUUID } from 'node:crypto'
import { whileUncommitted } from '../test-support/while-locked.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import type { ApiClient } from '../test-support/api-client.js'
import { readEntries } from '../nodes/stream/entries.js'
import { purgeDeleted } from '../test-support/purge.js'

let application: TestApplication
let admin: ApiClient
let domainId: string
const domainName = 'xn--bcher-kva.example'
const password = 'correct horse'
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  const tenant = await admin.must('createTenant', { parentId: application.rootId, name: 'owner', kind: 'CUSTOMER' })
  domainId = (await admin.must('createDomain', { tenantId: tenant.id, name: 'bücher.example' })).id
})
afterAll(() => application?.stop())

const mailbox = (localPart: string, input: object = {}, selection = 'id version address') =>
  admin.must('createMailbox', { domainId, localPart, name: localPart, password, ...input }, selection)
const alias = (localPart: string, targets: string[]) =>
  admin.must('createAlias', { domainId, localPart, targets }, 'id version address targets')
const refused = (localPart: string, input: object = {}) =>
  admin.refusal('createMailbox', { domainId, localPart, name: 'x', password, ...input })

describe('a mailbox', () => {
  test('has an address in normal form and a password hash that verifies', async () => {
    const made = await mailbox(
      'Anna.Müller',
      { quotaBytes: 5_000_000_000 },
      'id address displayAddress localPart quotaBytes effectiveStatus',
    )
    expect(made).toMatchObject({
      address: `anna.müller@${domainName}`,
      displayAddress: 'anna.müller@bücher.example',
      localPart: 'anna.müller',
      quotaBytes: 5_000_000_000,
      effectiveStatus: 'ACTIVE',
    })
    const [row] = await application.database.query<{ password_hash: string }>(
      'SELECT password_hash FROM mailbox WHERE id = $1',
      [made.id],
    )
    expect(await verify(row!.password_hash, password)).toBe(true)
  })

  test.each([
    [''],
    ['a b'],
    ['a@b'],
    ['.a'],
    ['a..b'],
    ['"quoted"'],
    ['x'.repeat(65)],
    ['a\r\nb'],
    ['a\0'],
    ['a\ud800b'],
  ])('has no local part %j', async (localPart) => expect(await refused(localPart)).toEqual(['INVALID_INPUT']))

  test.each([
    ['a short password', { password: 'seven77' }],
    ['a long password', { password: 'x'.repeat(257) }],
    ['NUL in a password', { password: 'with\0nul-inside' }],
    ['a negative quota', { quotaBytes: -1 }],
    ['an empty name', { name: ' ' }],
    ['a name with a line end', { name: 'a\r\nBcc: b' }],
  ])('refuses %s', async (_, input) => expect(await refused('valid', input)).toEqual(['INVALID_INPUT']))

  test('quota: absent stays, null is unlimited; password and name change', async () => {
    const { id } = await mailbox('quota', { quotaBytes: 10 })
    const update = (version: number, change: object) =>
      admin.must('updateMailbox', { id, version, ...change }, 'quotaBytes name')
    expect(await update(1, { name: 'New' })).toEqual({ quotaBytes: 10, name: 'New' })
    expect(await update(2, { quotaBytes: null })).toEqual({ quotaBytes: null, name: 'New' })
    expect(await admin.refusal('updateMailbox', { id, version: 3, password: null })).toEqual(['INVALID_INPUT'])
    await update(3, { password: 'another password' })
    const [row] = await application.database.query<{ password_hash: string }>(
      'SELECT password_hash FROM mailbox WHERE id = $1',
      [id],
    )
    expect(await verify(row!.password_hash, 'another password')).toBe(true)
  })
})

describe('one address', () => {
  test('is one mailbox or one alias, in any spelling', async () => {
    await mailbox('taken')
    await alias('also-taken', ['x@y.example'])
    expect(await refused('TAKEN')).toEqual(['ALREADY_EXISTS'])
    expect(await refused('Also-Taken')).toEqual(['ALREADY_EXISTS'])
    expect(await admin.refusal('createAlias', { domainId, localPart: 'Taken', targets: ['x@y.example'] })).toEqual([
      'ALREADY_EXISTS',
    ])
  })

  test('is free again after its owner is deleted', async () => {
    const made = await mailbox('again')
    expect(await admin.erase('Mailbox', { id: made.id, version: 1 })).toEqual([])
    const other = await alias('again', ['x@y.example'])
    await admin.mutate('deleteAlias', { id: other.id, version: 1 }, 'deletedId')
    await mailbox('again')
  })

  test('mailboxes and aliases at the same moment: one wins', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        index % 2
          ? refused('race')
          : admin.refusal('createAlias', { domainId, localPart: 'race', targets: ['x@y.example'] }),
      ),
    )
    expect(outcomes.filter((codes) => codes.length === 0)).toHaveLength(1)
    expect(new Set(outcomes.flat())).toEqual(new Set(['ALREADY_EXISTS']))
  })

  test('never changes, whoever tries in the database', async () => {
    const { id } = await mailbox('fixed')
    await expect(
      application.database.query(`UPDATE mailbox SET address = 'x@y.example' WHERE id = $1`, [id]),
    ).rejects.toThrow(/never changes/)
  })
})

describe('aliases', () => {
  test('have targets in normal form, each once', async () => {
    const made = await alias('list', ['A@Bücher.example', 'a@xn--bcher-kva.EXAMPLE', ' B@c.example '])
    expect(made.targets).toEqual([`a@${domainName}`, 'b@c.example'])
    const updated = await admin.must(
      'updateAlias',
      { id: made.id, version: 1, targets: ['z@c.example'] },
      'targets version',
    )
    expect(updated).toEqual({ targets: ['z@c.example'], version: 2 })
    const found = await admin.query(`{ aliases(filter: { search: "z@C.example" }) { nodes { id } } }`)
    expect(found.aliases.nodes).toEqual([{ id: made.id }])
  })

  test.each([
    ['none', []],
    ['nonsense', ['nonsense']],
    ['101', Array.from({ length: 101 }, (_, i) => `a${i}@b.example`)],
  ])('refuse %s targets', async (_, targets) =>
    expect(await admin.refusal('createAlias', { domainId, localPart: 'bad', targets })).toEqual(['INVALID_INPUT']),
  )

  test('do not lead back to themselves, over other aliases and forwards', async () => {
    const self = { domainId, localPart: 'self', targets: [`self@${domainName}`] }
    expect(await admin.refusal('createAlias', self)).toEqual(['ADDRESS_LOOP'])
    const one = await alias('one', [`two@${domainName}`])
    const box = await mailbox('two')
    expect(
      await admin.refusal('createForward', { mailboxId: box.id, targets: [`one@${domainName}`], keepCopy: true }),
    ).toEqual(['ADDRESS_LOOP'])
    const forward = await admin.must('createForward', {
      mailboxId: box.id,
      targets: [`three@${domainName}`],
      keepCopy: false,
    })
    expect(
      await admin.refusal('createAlias', { domainId, localPart: 'three', targets: [`one@${domainName}`] }),
    ).toEqual(['ADDRESS_LOOP'])
    const three = await alias('three', ['out@side.example'])
    expect(await admin.refusal('updateAlias', { id: three.id, version: 1, targets: [`one@${domainName}`] })).toEqual([
      'ADDRESS_LOOP',
    ])
    expect(await admin.refusal('updateForward', { id: forward.id, version: 1, targets: [box.address] })).toEqual([
      'ADDRESS_LOOP',
    ])
    expect(
      await admin.refusal('updateAlias', { id: one.id, version: 1, targets: [box.address, 'x@y.example'] }),
    ).toEqual([])
  })
})

test('of two changes at the same moment that close a loop together, one is refused', async () => {
  for (let round = 0; round < 10; round++) {
    const [one, two] = [`ring-a${round}`, `ring-b${round}`]
    const outcomes = await Promise.all([
      admin.refusal('createAlias', { domainId, localPart: one, targets: [`${two}@${domainName}`] }),
      admin.refusal('createAlias', { domainId, localPart: two, targets: [`${one}@${domainName}`] }),
    ])
    expect(outcomes.flat()).toEqual(['ADDRESS_LOOP'])
  }
})

describe('deletion', () => {
  test('is undone as it was, for a while; the address stays taken, its node keeps the mail', async () => {
    const box = await mailbox('undone')
    const atNode = async () => {
      const key = { kind: 'Mailbox' as const, id: box.id, revision: 1, version: 1 }
      const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
      const { status, receivesWhileSuspended } = JSON.parse(entry!.resource!)
      return [status, receivesWhileSuspended]
    }
    const listed = async (deleted: boolean) =>
      (
        await admin.query(
          `query ($d: Boolean) { mailboxes(filter: { deleted: $d, search: "undone" }) { nodes { id } } }`,
          {
            d: deleted,
          },
        )
      ).mailboxes.nodes.length
    await admin.query(
      `mutation ($input: VersionedInput!) { suspendMailbox(input: $input, receiving: true) { errors { code } } }`,
      { input: { id: box.id, version: 1 } },
    )
    expect(await atNode()).toEqual(['SUSPENDED', true])
    expect(await admin.refusal('deleteMailbox', { id: box.id, version: 2 })).toEqual([])
    expect(await atNode()).toEqual(['SUSPENDED', false])
    expect([await listed(false), await listed(true)]).toEqual([0, 1])
    for (const change of ['updateMailbox', 'resumeMailbox', 'deleteMailbox']) {
      expect([change, await admin.refusal(change, { id: box.id, version: 3 })]).toEqual([change, ['FORBIDDEN']])
    }
    const forward = { mailboxId: box.id, targets: ['x@y.example'], keepCopy: true }
    expect(await admin.refusal('createForward', forward)).toEqual(['FORBIDDEN'])
    await expect(mailbox('undone')).rejects.toThrow('ALREADY_EXISTS')
    await purgeDeleted(application)
    expect(await admin.must('restoreMailbox', { id: box.id, version: 3 }, 'status receivesWhileSuspended')).toEqual({
      status: 'SUSPENDED',
      receivesWhileSuspended: true,
    })
  })

  test('is for good when its time has come', async () => {
    const box = await mailbox('gone')
    const forward = { mailboxId: box.id, targets: ['x@y.example'], keepCopy: true }
    const { id } = await admin.must('createForward', forward)
    await admin.refusal('deleteMailbox', { id: box.id, version: 1 })
    await application.database.query('UPDATE mailbox SET purge_at = now() WHERE id = $1', [box.id])
    await purgeDeleted(application)
    expect(await admin.refusal('restoreMailbox', { id: box.id, version: 2 })).toEqual(['NOT_FOUND'])
    const told = () => application.database.query('SELECT DISTINCT kind FROM change_log WHERE resource_id = $1', [id])
    await expect.poll(told).toEqual([{ kind: 'Forward' }])
    await mailbox('gone')
  })
})

describe('forwards', () => {
  test('one that is made at the moment its mailbox is deleted is told to be gone, too', async () => {
    const box = await mailbox('overtaken')
    const id = randomUUID()
    const sql = `INSERT INTO forward (id, mailbox_id, targets, keep_copy) VALUES ($1, $2, '{x@y.example}', true)`
    const refusal = await whileUncommitted(application.databaseUrl, [sql, [id, box.id]], () =>
      admin.erase('Mailbox', { id: box.id, version: 1 }),
    )
    expect(refusal).toEqual([])
    const told = () => application.database.query('SELECT kind FROM change_log WHERE resource_id = $1', [id])
    await expect.poll(told).toEqual([{ kind: 'Forward' }])
  })

  test('one per mailbox, seen on it, deleted with it', async () => {
    const box = await mailbox('forwarded')
    const input = { mailboxId: box.id, targets: ['x@y.example'], keepCopy: true }
    const forward = await admin.must('createForward', input, 'id keepCopy targets mailbox { address }')
    expect(forward).toMatchObject({ keepCopy: true, targets: ['x@y.example'], mailbox: { address: box.address } })
    expect(await admin.refusal('createForward', input)).toEqual(['ALREADY_EXISTS'])
    const seen = await admin.query(`query ($id: ID!) { mailbox(id: $id) { forward { id } } }`, { id: box.id })
    expect(seen.mailbox.forward.id).toBe(forward.id)
    expect(await admin.must('suspendForward', { id: forward.id, version: 1 }, 'status effectiveStatus')).toEqual({
      status: 'SUSPENDED',
      effectiveStatus: 'SUSPENDED',
    })
    expect(
      await admin.must('updateForward', { id: forward.id, version: 2, keepCopy: false }, 'keepCopy targets'),
    ).toEqual({ keepCopy: false, targets: ['x@y.example'] })
    expect(await admin.erase('Mailbox', { id: box.id, version: 1 })).toEqual([])
    const gone = await admin.query(`query ($id: ID!) { forward(id: $id) { id } }`, { id: forward.id })
    expect(gone.forward).toBeNull()
    await expect
      .poll(() =>
        application.database.query(`SELECT DISTINCT kind FROM change_log WHERE resource_id IN ($1, $2) ORDER BY kind`, [
          box.id,
          forward.id,
        ]),
      )
      .toEqual([{ kind: 'Forward' }, { kind: 'Mailbox' }])
  })
})

test('lists search address and name in either spelling', async () => {
  await mailbox('searched', { name: 'Zoë Needle' })
  const find = async (search: string) =>
    (
      await admin.query(`query ($f: MailboxFilter) { mailboxes(filter: $f) { nodes { localPart } } }`, {
        f: { search, domainId },
      })
    ).mailboxes.nodes.map((node: { localPart: string }) => node.localPart)
  for (const search of ['SEARCH', 'zoë', 'needle', 'searched@büch', 'searched@xn--b', 'arched@bücher.example']) {
    expect(await find(search), search).toEqual(['searched'])
  }
  expect(await find('searched@other')).toEqual([])
})

test('a list of many objects with all their neighbours costs a few statements', async () => {
  for (let index = 0; index < 5; index++) {
    const tenant = await admin.must('createTenant', {
      parentId: application.rootId,
      name: `n${index}`,
      kind: 'CUSTOMER',
    })
    const domain = await admin.must('createDomain', { tenantId: tenant.id, name: `n${index}.example` })
    for (const localPart of ['a', 'b']) await mailbox(localPart, { domainId: domain.id })
  }
  const { dataSource } = application.database
  const statements: string[] = []
  const master = (
    dataSource.driver as unknown as {
      master: { on: (event: string, listener: (client: { query: (...a: unknown[]) => unknown }) => void) => void }
    }
  ).master
  master.on('acquire', (client) => {
    const own = client as { query: (...a: unknown[]) => unknown; counted?: boolean }
    if (own.counted) return
    own.counted = true
    const query = own.query.bind(own)
    own.query = (...args) => {
      statements.push(String(args[0]))
      return query(...args)
    }
  })
  await admin.query(`{ viewer { packedRules } }`)
  statements.length = 0
  const { mailboxes } = await admin.query(
    `{ mailboxes { nodes { effectiveStatus forward { id } domain { effectiveStatus mailboxCount tenant { effectiveStatus domainCount } } } } }`,
  )
  expect(mailboxes.nodes.length).toBeGreaterThan(14)
  // Other work of the process, such as the sequencer's, may come in between.
  const others = /^(START|COMMIT|ROLLBACK)|change_|mail_node_link|audit_|advisory|purge_at|dkim_key/
  const own = statements.filter((statement) => !others.test(statement))
  expect(own.length).toBeGreaterThan(0)
  expect(own.length).toBeLessThan(12)
})

test('what a node is sent is what the schema defines', async () => {
  const { readSnapshotPage } = await import('../nodes/stream/entries.js')
  const { dataSource } = application.database
  for (const kind of ['Domain', 'Mailbox', 'Alias', 'Forward'] as const) {
    const page = await readSnapshotPage(dataSource, application.mailNodeId, kind, 1e9, null, 100)
    expect(page.entries.length).toBeGreaterThan(0)
    for (const { resource } of page.entries) configResource.parse(JSON.parse(resource!))
  }
})
