/** What a domain goes through, and what its node hears of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEntries } from '../nodes/stream/entries.js'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { destroyDomain, purgeDeleted } from '../test-support/purge.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { whileUncommitted } from '../test-support/while-locked.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let admin: ApiClient
let one: Branch
let two: Branch
beforeAll(async () => {
  application = await startTestApplication()
  admin = application.admin
  one = await makeBranch(application, 'one')
  two = await makeBranch(application, 'two')
})
afterAll(() => application?.stop())

const password = 'a long enough password'
let names = 0
const newName = (): string => `life${++names}.example`
const fields = 'id version name state proof'
const claim = (branch: Branch, name: string): Promise<Json> =>
  branch.customer.admin.must('createDomain', { tenantId: branch.customer.tenant.id, name }, fields)
const domainOf = async (id: string, client = admin): Promise<Json> =>
  (
    await client.query(
      `query ($id: ID!) { domain(id: $id) { ${fields} status receivesWhileSuspended deletedAt purgeAt mailboxCount tenant { id } } }`,
      { id },
    )
  ).domain
/** What its node is sent of it, and of something in it. */
async function atNode(id: string, kind: 'Domain' | 'Mailbox' = 'Domain'): Promise<Json> {
  const key = { kind, id, revision: 1, version: 1 }
  const [entry] = await readEntries(application.database.dataSource, application.mailNodeId, [key])
  return entry!.resource && JSON.parse(entry!.resource)
}
/** Kinds of what was told to the node of these ids, in order. */
async function toldOf(ids: string[]): Promise<string[]> {
  await expect.poll(async () => (await application.database.query('SELECT FROM change_outbox')).length).toBe(0)
  const rows = await application.database.query<{ kind: string }>(
    'SELECT kind FROM change_log WHERE resource_id = ANY($1::uuid[]) ORDER BY revision',
    [ids],
  )
  return rows.map(({ kind }) => kind)
}

describe('a domain that is only claimed', () => {
  test('is known to no node, and nothing can be made in it', async () => {
    const domain = await claim(one, newName())
    expect(domain).toMatchObject({ state: 'PENDING_OWNERSHIP', proof: null })
    expect(await atNode(domain.id)).toBeNull()
    const mailbox = { domainId: domain.id, localPart: 'm', name: 'M', password }
    expect(await one.customer.admin.refusal('createMailbox', mailbox)).toEqual(['DOMAIN_NOT_PROVEN'])
    const alias = { domainId: domain.id, localPart: 'a', targets: ['b@c.example'] }
    expect(await one.customer.admin.refusal('createAlias', alias)).toEqual(['DOMAIN_NOT_PROVEN'])
    expect(await toldOf([domain.id])).toEqual([])
  })

  test('takes the name from nobody, and ends when another proves it', async () => {
    const name = newName()
    const mine = await claim(one, name)
    const theirs = await claim(two, name)
    expect(await one.customer.admin.refusal('createDomain', { tenantId: one.customer.tenant.id, name })).toEqual([
      'ALREADY_EXISTS',
    ])
    const { id, version } = mine
    expect(await one.customer.admin.refusal('waiveDomainOwnership', { id, version })).toEqual(['FORBIDDEN'])
    expect(await admin.refusal('waiveDomainOwnership', { id: theirs.id, version: 7 })).toEqual(['VERSION_CONFLICT'])
    expect(await admin.refusal('waiveDomainOwnership', { id: theirs.id, version: 1 })).toEqual([])
    expect(await domainOf(theirs.id)).toMatchObject({ state: 'PENDING_DNS', proof: 'WAIVED' })
    expect(await domainOf(mine.id)).toBeNull()
    expect(await atNode(theirs.id)).toMatchObject({ name, status: 'ACTIVE' })
    expect(await toldOf([theirs.id])).toEqual(['Domain'])
    expect(await one.customer.admin.refusal('createDomain', { tenantId: one.customer.tenant.id, name })).toEqual([
      'ALREADY_EXISTS',
    ])
  })

  test('ends without a word of who proved the name', async () => {
    const name = newName()
    const mine = await claim(one, name)
    await admin.must('createDomain', { tenantId: two.customer.tenant.id, name })
    const { auditEntries } = await one.customer.admin.query(
      `query ($id: ID!) { auditEntries(filter: { subjectId: $id, changes: [DELETED] }) {
         nodes { change ip userAgent operation operationId actor { email } } } }`,
      { id: mine.id },
    )
    const nobody = { ip: null, userAgent: null, operation: null, operationId: null, actor: null }
    expect(auditEntries.nodes).toEqual([{ change: 'DELETED', ...nobody }])
  })

  test('waits for a proof of the same name that is on its way', async () => {
    const name = newName()
    const input = { tenantId: two.customer.tenant.id, name }
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('domain ' || $1, 0))`
    await whileUncommitted(application.databaseUrl, [lock, [name]], () => admin.must('createDomain', input))
  })

  test('goes at once when it is deleted', async () => {
    const { id, version } = await claim(one, newName())
    expect(await one.customer.admin.refusal('deleteDomain', { id, version })).toEqual([])
    expect(await domainOf(id)).toBeNull()
  })
})

describe('the proof', () => {
  test('is there from the start below a domain that the caller may change, and nowhere else', async () => {
    const name = newName()
    const ofCustomer = { tenantId: one.customer.tenant.id, name }
    await admin.must('createDomain', ofCustomer)
    expect(await claim(one, `shop.${name}`)).toMatchObject({ proof: 'PARENT', state: 'PENDING_DNS' })
    expect(await claim(one, `a.b.${name}`)).toMatchObject({ proof: 'PARENT' })
    expect(await claim(two, `other.${name}`)).toMatchObject({ proof: null })
    const unproven = await claim(one, newName())
    expect(await claim(one, `below.${unproven.name}`)).toMatchObject({ proof: null })
  })

  test('can be demanded by whoever may waive it, and waived by nobody else', async () => {
    const input = { tenantId: one.customer.tenant.id, name: newName() }
    expect(await admin.must('createDomain', { ...input, ownership: 'PROVE' }, fields)).toMatchObject({ proof: null })
    const waived = { ...input, name: newName(), ownership: 'WAIVE' }
    expect(await one.reseller.refusal('createDomain', waived)).toEqual(['FORBIDDEN'])
  })
})

describe('suspension', () => {
  test('stops mail, or lets it in', async () => {
    const { id } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name: newName() })
    const suspend = (version: number, receiving: boolean) =>
      admin.query(
        `mutation ($input: VersionedInput!, $receiving: Boolean!) {
           suspendDomain(input: $input, receiving: $receiving) { errors { code } } }`,
        { input: { id, version }, receiving },
      )
    await suspend(1, true)
    expect(await domainOf(id)).toMatchObject({ state: 'SUSPENDED', receivesWhileSuspended: true })
    expect(await atNode(id)).toMatchObject({ status: 'SUSPENDED', receivesWhileSuspended: true })
    await suspend(2, false)
    expect(await atNode(id)).toMatchObject({ status: 'SUSPENDED', receivesWhileSuspended: false })
    await admin.must('resumeDomain', { id, version: 3 })
    expect(await atNode(id)).toMatchObject({ status: 'ACTIVE' })
  })
})

describe('deleting', () => {
  const deleted = async (client: ApiClient): Promise<string[]> =>
    (await client.query('{ domains(filter: { deleted: true }) { nodes { id } } }')).domains.nodes.map(
      (node: Json) => node.id,
    )

  test('stops at once, keeps all, and is undone as it was', async () => {
    const input = { tenantId: one.customer.tenant.id, name: newName() }
    const { id } = await admin.must('createDomain', input)
    const box = await admin.must('createMailbox', { domainId: id, localPart: 'm', name: 'M', password })
    await admin.query(
      `mutation ($input: VersionedInput!) { suspendDomain(input: $input, receiving: true) { domain { id } } }`,
      {
        input: { id, version: 1 },
      },
    )
    expect(await one.customer.admin.refusal('deleteDomain', { id, version: 2 })).toEqual([])
    expect(await domainOf(id)).toMatchObject({ state: 'DELETED', purgeAt: expect.any(String), mailboxCount: 1 })
    expect(await atNode(id)).toMatchObject({ status: 'SUSPENDED', receivesWhileSuspended: false })
    expect(await atNode(box.id, 'Mailbox')).not.toBeNull()
    expect(await deleted(one.customer.admin)).toEqual([id])
    const { domains } = await one.customer.admin.query(`{ domains { nodes { id } } }`)
    expect(domains.nodes.map((node: Json) => node.id)).not.toContain(id)
    for (const mutation of ['resumeDomain', 'suspendDomain', 'deleteDomain', 'updateDomain']) {
      expect([mutation, await admin.refusal(mutation, { id, version: 3 })]).toEqual([mutation, ['FORBIDDEN']])
    }
    expect(await admin.refusal('createMailbox', { domainId: id, localPart: 'n', name: 'N', password })).toEqual([
      'FORBIDDEN',
    ])
    expect(await admin.refusal('createDomain', input)).toEqual(['ALREADY_EXISTS'])
    await purgeDeleted(application)
    await one.customer.admin.must('restoreDomain', { id, version: 3 })
    expect(await domainOf(id)).toMatchObject({ state: 'SUSPENDED', receivesWhileSuspended: true, deletedAt: null })
    expect(await admin.refusal('restoreDomain', { id, version: 4 })).toEqual(['INVALID_INPUT'])
  })

  test('is for good when its time has come; the node is told of all that was in it, and the name is free', async () => {
    const name = newName()
    const { id } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name })
    const box = await admin.must('createMailbox', { domainId: id, localPart: 'm', name: 'M', password })
    const told = await toldOf([id, box.id])
    await destroyDomain(application, { id, version: 1 })
    expect((await toldOf([id, box.id])).slice(told.length)).toEqual(['Domain', 'Domain', 'Mailbox'])
    expect([await domainOf(id), await atNode(id), await atNode(box.id, 'Mailbox')]).toEqual([null, null, null])
    expect(await claim(two, name)).toMatchObject({ state: 'PENDING_OWNERSHIP' })
  })

  test('one that cannot be purged is in no other ones way', async () => {
    const { database } = application
    const make = async () => {
      const { id } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name: newName() })
      await admin.refusal('deleteDomain', { id, version: 1 })
      return id
    }
    const [stuck, after] = [await make(), await make()]
    await database.query(`CREATE TABLE holds (domain_id uuid REFERENCES domain (id))`)
    await database.query(`INSERT INTO holds VALUES ($1)`, [stuck])
    await database.query(`UPDATE domain SET purge_at = now() - interval '1 day' WHERE id = $1`, [stuck])
    await database.query(`UPDATE domain SET purge_at = now() WHERE id = $1`, [after])
    await purgeDeleted(application)
    expect(await domainOf(after)).toBeNull()
    const { purgeAt } = await domainOf(stuck)
    expect(Date.parse(purgeAt)).toBeGreaterThan(Date.now())
    await database.query('DROP TABLE holds')
  })
})

describe('transfer', () => {
  const transfer = (client: ApiClient, domain: { id: string; version: number }, tenantId: string) =>
    client.refusal('transferDomain', { id: domain.id, version: domain.version, tenantId })

  test('takes rights and budgets along, and mail flows on', async () => {
    const from = await makeBranch(application, 'giver')
    const to = await makeBranch(application, 'taker')
    await admin.refusal('updateBudget', { tenantId: to.tenant.id, version: 1, domains: 1, mailboxes: 5 })
    const { domain, mailbox } = from.customer
    const version = (await domainOf(domain.id)).version
    expect(await transfer(admin, { id: domain.id, version }, to.customer.tenant.id)).toEqual(['BUDGET_EXCEEDED'])
    await admin.refusal('updateBudget', { tenantId: to.tenant.id, version: 2, domains: 2, mailboxes: 5 })
    expect(await transfer(admin, { id: domain.id, version: 7 }, to.customer.tenant.id)).toEqual(['VERSION_CONFLICT'])
    const told = (await toldOf([domain.id, mailbox.id])).length
    expect(await transfer(admin, { id: domain.id, version }, to.customer.tenant.id)).toEqual([])
    expect((await toldOf([domain.id, mailbox.id])).slice(told)).toEqual(['Domain'])
    expect(await atNode(domain.id)).toMatchObject({ tenantId: to.customer.tenant.id, status: 'ACTIVE' })
    expect(await domainOf(domain.id, from.customer.admin)).toBeNull()
    expect(await domainOf(domain.id, to.customer.admin)).toMatchObject({ tenant: { id: to.customer.tenant.id } })
    const budget = `query ($id: ID!) { tenant(id: $id) { budget { domains { used } mailboxes { used } } } }`
    const { tenant } = await admin.query(budget, { id: to.tenant.id })
    expect(tenant.budget).toEqual({ domains: { used: 2 }, mailboxes: { used: 2 } })
    const entries = async (client: ApiClient) =>
      (
        await client.query(`query ($id: ID!) { auditEntries(filter: { subjectId: $id }) { nodes { operation } } }`, {
          id: domain.id,
        })
      ).auditEntries.nodes.filter((entry: Json) => entry.operation === 'transferDomain').length
    expect([await entries(from.customer.admin), await entries(to.customer.admin)]).toEqual([1, 1])
  })

  test('takes the right at both sides', async () => {
    const { id, version } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name: newName() })
    const there = two.customer.tenant.id
    expect(await transfer(one.customer.admin, { id, version }, there)).toEqual(['NOT_FOUND'])
    expect(await transfer(two.customer.admin, { id, version }, there)).toEqual(['NOT_FOUND'])
    expect(await transfer(one.reseller, { id, version }, one.tenant.id)).toEqual([])
    expect(await transfer(one.reseller, { id, version: version + 1 }, one.tenant.id)).toEqual(['INVALID_INPUT'])
  })

  test('ends what is shared with whoever stays behind, and with whoever comes along', async () => {
    const make = async (name: string) => {
      const { id } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name })
      const box = (localPart: string, input: object) =>
        admin.must('createMailbox', { domainId: id, localPart, name: 'M', ...input }, 'id version')
      return { id, person: await box('person', { password }), shared: await box('shared', { shared: true }) }
    }
    const [stays, goes] = [await make(newName()), await make(newName())]
    for (const { shared } of [stays, goes]) {
      const set = [stays, goes].map(({ person }) => ({ memberId: person.id, access: 'FULL' }))
      expect(await admin.refusal('updateMailboxMembers', { id: shared.id, version: 1, set })).toEqual([])
    }
    expect(await transfer(admin, { id: goes.id, version: 1 }, two.customer.tenant.id)).toEqual([])
    for (const { shared, person } of [stays, goes]) {
      const seen = await admin.query(`query ($id: ID!) { mailbox(id: $id) { members { member { id } } } }`, {
        id: shared.id,
      })
      expect(seen.mailbox.members).toEqual([{ member: { id: person.id } }])
      expect((await toldOf([shared.id])).length).toBe(3)
    }
  })

  test('takes those that stand for it along, and tells whom they leave', async () => {
    const { id } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name: newName() })
    const standIn = { tenantId: one.customer.tenant.id, name: newName(), aliasOfId: id }
    const other = await admin.must('createDomain', standIn)
    expect(await transfer(admin, { id, version: 1 }, two.customer.tenant.id)).toEqual([])
    const { auditEntries } = await one.customer.admin.query(
      `query ($id: ID!) { auditEntries(filter: { subjectId: $id, changes: [UPDATED] }) { nodes { after } } }`,
      { id: other.id },
    )
    expect(auditEntries.nodes).toEqual([{ after: '{"tenant_id":null}' }])
  })

  test('of a claim proves nothing for the other', async () => {
    const mine = await claim(one, newName())
    const { id } = await admin.must('createDomain', { tenantId: one.customer.tenant.id, name: newName() })
    const standIn = { tenantId: one.customer.tenant.id, name: newName(), aliasOfId: id, ownership: 'PROVE' }
    const claimed = await admin.must('createDomain', standIn)
    const token = async (of: string) =>
      (await application.database.query('SELECT ownership_token FROM domain WHERE id = $1', [of]))[0]
    const before = [await token(mine.id), await token(claimed.id)]
    expect(await transfer(admin, mine, two.customer.tenant.id)).toEqual([])
    expect(await transfer(admin, { id, version: 1 }, two.customer.tenant.id)).toEqual([])
    expect(await token(mine.id)).not.toEqual(before[0])
    expect(await token(claimed.id)).not.toEqual(before[1])
  })
})

describe('a transfer to a tenant of another part of the tree', () => {
  const offer = async (client: ApiClient, domainId: string, more: object = {}): Promise<Json> =>
    client.mutate('offerDomainTransfer', { domainId, ...more }, 'code domain { transferOffer { offeredBy expiresAt } }')
  const accept = (client: ApiClient, code: string, tenantId: string) =>
    client.refusal('acceptDomainTransfer', { code, tenantId })
  const make = async (from: Branch): Promise<string> =>
    (await admin.must('createDomain', { tenantId: from.customer.tenant.id, name: newName() }, 'id')).id

  test('takes the will of both: one offers, the other accepts, and neither learns of the other', async () => {
    const id = await make(one)
    const box = await admin.must('createMailbox', { domainId: id, localPart: 'm', name: 'M', password })
    const { code, domain, errors } = await offer(one.customer.admin, id)
    expect(errors).toEqual([])
    expect(domain.transferOffer.offeredBy).toBe('one-customer-admin@people.example')
    const there = two.customer.tenant.id
    expect(await accept(two.customer.admin, `${code}x`, there)).toEqual(['NOT_FOUND'])
    expect(await accept(two.customer.support, code, there)).toEqual(['FORBIDDEN'])
    expect(await accept(two.customer.admin, code, one.customer.tenant.id)).toEqual(['NOT_FOUND'])
    expect(await accept(one.reseller, code, one.customer.tenant.id)).toEqual(['INVALID_INPUT'])
    // Two at once: one of them has it.
    const both = await Promise.all([0, 1].map(() => accept(two.customer.admin, code, there)))
    expect(both.sort()).toEqual([[], ['NOT_FOUND']])
    expect(await domainOf(id, one.customer.admin)).toBeNull()
    expect(await domainOf(id, two.customer.admin)).toMatchObject({ tenant: { id: there }, mailboxCount: 1 })
    expect(await atNode(id)).toMatchObject({ tenantId: there })
    expect(await atNode(box.id, 'Mailbox')).not.toBeNull()
    const trail = async (client: ApiClient): Promise<Json[]> =>
      (
        await client.query(`{ auditEntries(first: 20, filter: { subjectTypes: ["Domain", "DomainTransfer"] }) {
          nodes { subjectType change actor { email } ip before after } } }`)
      ).auditEntries.nodes
    const given = await trail(one.customer.admin)
    expect(given.slice(0, 2)).toMatchObject([
      { subjectType: 'Domain', change: 'UPDATED', actor: null, ip: null },
      { subjectType: 'DomainTransfer', change: 'UPDATED', actor: null, after: expect.stringContaining('accepted_at') },
    ])
    expect(JSON.stringify(given)).not.toContain('two-customer')
    const [taken] = await trail(two.customer.admin)
    expect(taken).toMatchObject({
      subjectType: 'Domain',
      change: 'UPDATED',
      actor: { email: 'two-customer-admin@people.example' },
    })
    expect(JSON.stringify(taken)).not.toContain('one-customer-admin')
  })

  test('ends with its time, by its maker, by another one, with the right to make it, and by a transfer', async () => {
    const there = two.customer.tenant.id
    const id = await make(one)
    const refused = async (code: string): Promise<void> => {
      expect(await accept(two.customer.admin, code, there)).toEqual(['NOT_FOUND'])
      expect(await accept(admin, code, there)).toEqual(['NOT_FOUND'])
    }
    const first = await offer(one.customer.admin, id)
    const second = await offer(one.reseller, id)
    await refused(first.code)
    expect(await one.customer.admin.refusal('cancelDomainTransfer', { domainId: id })).toEqual([])
    expect(await one.customer.admin.refusal('cancelDomainTransfer', { domainId: id })).toEqual(['WRONG_STATE'])
    await refused(second.code)
    const third = await offer(one.customer.admin, id)
    await application.database.query(`UPDATE domain_transfer SET expires_at = now() WHERE domain_id = $1`, [id])
    await refused(third.code)
    const fourth = await offer(one.customer.admin, id)
    await application.database.query(`UPDATE administrator SET status = 'SUSPENDED' WHERE email = $1`, [
      'one-customer-admin@people.example',
    ])
    await refused(fourth.code)
    await application.database.query(`UPDATE administrator SET status = 'ACTIVE' WHERE email = $1`, [
      'one-customer-admin@people.example',
    ])
    const { version } = await domainOf(id)
    expect(await one.reseller.refusal('transferDomain', { id, version, tenantId: one.tenant.id })).toEqual([])
    await refused(fourth.code)
    await purgeDeleted(application)
    expect(await application.database.query('SELECT FROM domain_transfer WHERE domain_id = $1', [id])).toEqual([])
  })

  test('wants room in the budgets of the receiver, and changes nothing where there is none', async () => {
    const taker = await makeBranch(application, 'full')
    await admin.refusal('updateBudget', { tenantId: taker.tenant.id, version: 1, domains: 1 })
    const id = await make(one)
    const { code } = await offer(one.customer.admin, id)
    expect(await accept(taker.customer.admin, code, taker.customer.tenant.id)).toEqual(['BUDGET_EXCEEDED'])
    expect(await domainOf(id)).toMatchObject({ tenant: { id: one.customer.tenant.id } })
    await admin.refusal('updateBudget', { tenantId: taker.tenant.id, version: 2, domains: 2 })
    expect(await accept(taker.customer.admin, code, taker.customer.tenant.id)).toEqual([])
  })

  test('is of a domain that is proven and stays, by whoever may give it away and is themself', async () => {
    const code = async (client: ApiClient, domainId: string, more: object = {}): Promise<string[]> =>
      (await offer(client, domainId, more)).errors.map((error: Json) => error.code)
    const id = await make(one)
    expect(await code(two.customer.admin, id)).toEqual(['NOT_FOUND'])
    expect(await code(one.customer.support, id)).toEqual(['FORBIDDEN'])
    expect(await code(one.customer.admin, (await claim(one, newName())).id)).toEqual(['DOMAIN_NOT_PROVEN'])
    for (const days of [-1, 31]) {
      const expiresAt = new Date(Date.now() + days * 86_400_000)
      expect(await code(one.customer.admin, id, { expiresAt })).toEqual(['INVALID_INPUT'])
    }
    await admin.refusal('deleteDomain', { id, version: 1 })
    expect(await code(one.customer.admin, id)).toEqual(['FORBIDDEN'])
  })
})
