/** From a claim to an active domain, and what is told of drift. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDnsServer, type DnsServer, type Zone } from '../../../tests/support/dns-server.js'
import { Domain } from '../domains/index.js'
import { DnsResolver } from '../platform/dns/index.js'
import { Outbound } from '../platform/http/outbound.js'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'
import { nextCheckIn } from './check-times.js'
import { DnsChecker } from './dns-checker.js'
import { recordSources } from './expected-records.js'

const zone: Zone = { 'mx.platform.example A': ['192.0.2.1'] }
let dns: DnsServer
let resolver: DnsResolver
let checker: DnsChecker
let application: TestApplication
let one: Branch
let two: Branch
beforeAll(async () => {
  dns = await startDnsServer(zone)
  const settings = { servers: [dns.address], timeoutMs: 300, periodicChecks: false, autoconfigHost: null }
  application = await startTestApplication({ dns: settings })
  resolver = new DnsResolver(settings)
  checker = new DnsChecker(resolver, recordSources(settings), { outbound: new Outbound(), port: 443 })
  one = await makeBranch(application, 'one')
  two = await makeBranch(application, 'two')
})
afterAll(async () => {
  resolver?.close()
  await application?.stop()
  await dns?.close()
})

let names = 0
const newName = (): string => `check${++names}.example`
const claim = (branch: Branch, name: string): Promise<Json> =>
  branch.customer.admin.must('createDomain', { tenantId: branch.customer.tenant.id, name })
const query = `query ($id: ID!) { domain(id: $id) { state proof readyAt openAlertCount
  dnsRecords { purpose name value } dnsCheck { checkedAt findings { purpose verdict reason found } } } }`
const domainOf = async (id: string): Promise<Json> => (await application.admin.query(query, { id })).domain
const verify = (client: ApiClient, id: string): Promise<string[]> => client.refusal('verifyDomain', { id })
/** As the background does it. */
const check = async (id: string): Promise<void> =>
  checker.check(application.database, await application.database.find(Domain, { where: { id } }))
async function publishProof(id: string): Promise<void> {
  const { dnsRecords } = await domainOf(id)
  const [{ name, value }] = dnsRecords.filter((record: Json) => record.purpose === 'OWNERSHIP')
  zone[`${name} TXT`] = [['something else'], [value]]
}
const publishMail = (name: string): void => {
  zone[`${name} MX`] = [{ preference: 10, exchange: 'mx.platform.example' }]
  zone[`${name} TXT`] = [['v=spf1 mx -all']]
}
const alerts = async (client: ApiClient, filter: object): Promise<Json[]> =>
  (
    await client.query(
      `query ($filter: DomainAlertFilter) { domainAlerts(filter: $filter) {
         nodes { purpose verdict reason resolvedAt domain { name } } } }`,
      { filter },
    )
  ).domainAlerts.nodes

describe('onboarding', () => {
  test('goes from a claim to an active domain as DNS says', async () => {
    const name = newName()
    const { id } = await claim(one, name)
    expect(await verify(one.customer.admin, id)).toEqual([])
    expect(await domainOf(id)).toMatchObject({
      state: 'PENDING_OWNERSHIP',
      dnsCheck: { checkedAt: expect.any(String) },
    })
    expect(await verify(one.customer.admin, id)).toEqual(['RATE_LIMITED'])
    await publishProof(id)
    await check(id)
    expect(await domainOf(id)).toMatchObject({ state: 'PENDING_DNS', proof: 'DNS' })
    publishMail(name)
    await check(id)
    const { state, dnsCheck, dnsRecords } = await domainOf(id)
    expect(state).toBe('ACTIVE')
    const verdicts = Object.fromEntries(dnsCheck.findings.map((finding: Json) => [finding.purpose, finding.verdict]))
    expect(verdicts).toMatchObject({ MX: 'OK', SPF: 'OK', DMARC: 'MISSING' })
    expect(dnsRecords.some((record: Json) => record.purpose === 'OWNERSHIP')).toBe(false)
    const box = { domainId: id, localPart: 'm', name: 'M', password: 'a long enough password' }
    expect(await one.customer.admin.refusal('createMailbox', box)).toEqual([])
  })

  test('of two who claim a name, the first to prove it has it', async () => {
    const name = newName()
    const [mine, theirs] = [await claim(one, name), await claim(two, name)]
    await publishProof(mine.id)
    await Promise.all([check(mine.id), check(theirs.id)])
    expect(await domainOf(mine.id)).toMatchObject({ proof: 'DNS' })
    expect(await domainOf(theirs.id)).toBeNull()
  })

  test('bears what DNS may hold and the database may not', async () => {
    const name = newName()
    const { id } = await claim(one, name)
    zone[`_mailfleet.${name} TXT`] = [['nul \0 and \x80']]
    await check(id)
    const { dnsCheck } = await domainOf(id)
    expect(dnsCheck.findings[0]).toMatchObject({ purpose: 'OWNERSHIP', verdict: 'WRONG' })
  })

  test('takes no answer for no answer', async () => {
    const name = newName()
    const { id } = await claim(one, name)
    zone[`_mailfleet.${name} TXT`] = 'SERVFAIL'
    await check(id)
    const { state, dnsCheck } = await domainOf(id)
    expect(state).toBe('PENDING_OWNERSHIP')
    expect(dnsCheck.findings[0]).toEqual({ purpose: 'OWNERSHIP', verdict: 'UNKNOWN', reason: 'SERVFAIL', found: [] })
  })
})

/** Of alerts, as the audit trail has it; webhooks and subscriptions read it there. */
const toldOf = async (id: string): Promise<unknown[]> => {
  const rows = await application.database.query<{ told: unknown[] }>(
    `SELECT jsonb_build_array(before->'open_alerts', after->'open_alerts') AS told FROM audit_entry
     WHERE subject_id = $1 AND change = 'UPDATED' AND after ? 'open_alerts' ORDER BY sequence, at`,
    [id],
  )
  return rows.map(({ told }) => told)
}

describe('drift', () => {
  test('opens an alert when what was right is wrong, through silence too, and closes it when it is right again', async () => {
    const name = newName()
    const { id } = await application.admin.must('createDomain', { tenantId: one.customer.tenant.id, name })
    publishMail(name)
    await check(id)
    expect(await alerts(one.customer.admin, { domainId: id })).toEqual([])
    zone[`${name} MX`] = 'SERVFAIL'
    await check(id)
    expect(await domainOf(id)).toMatchObject({ state: 'ACTIVE', openAlertCount: 0 })
    zone[`${name} MX`] = [{ preference: 10, exchange: 'elsewhere.example' }]
    zone['elsewhere.example A'] = ['198.51.100.1']
    await check(id)
    await check(id)
    const open = { purpose: 'MX', verdict: 'WRONG', reason: 'OTHER_HOST', resolvedAt: null, domain: { name } }
    const spf = { ...open, purpose: 'SPF', reason: 'NOT_COVERED' }
    const found = await alerts(one.customer.admin, { domainId: id })
    expect(found.sort((a, b) => (a.purpose < b.purpose ? -1 : 1))).toEqual([open, spf])
    expect(await domainOf(id)).toMatchObject({ state: 'ACTIVE', openAlertCount: 2 })
    expect(await toldOf(id)).toEqual([[[], [`MX ${name} WRONG`, `SPF ${name} WRONG`]]])
    expect(await alerts(two.customer.admin, {})).toEqual([])
    publishMail(name)
    await check(id)
    expect(await alerts(one.reseller, { withinId: one.tenant.id, open: true })).toEqual([])
    expect(await alerts(one.reseller, { withinId: one.tenant.id, open: false })).toHaveLength(2)
  })

  test('is looked for by one replica, of all that are due', async () => {
    const { database } = application
    await database.query(`UPDATE domain_dns_check SET next_check_at = now() + interval '1 hour', checked_at = NULL`)
    const due = one.customer.domain.id
    await database.query('UPDATE domain_dns_check SET next_check_at = now() WHERE domain_id = $1', [due])
    expect(await Promise.all([checker.checkSome(database), checker.checkSome(database)])).toContain(true)
    const looked = await database.query('SELECT domain_id AS id FROM domain_dns_check WHERE checked_at IS NOT NULL')
    expect(looked).toEqual([{ id: due }])
    expect(await checker.checkSome(database)).toBe(false)
  })
})

test('what stays as it is is looked at ever more seldom', () => {
  const minutes = (quiet: number) => nextCheckIn('PENDING_DNS', quiet, 0.5) / 60_000
  expect([0, 1, 2, 5, 8, 9, 60].map(minutes)).toEqual([1, 2, 4, 32, 256, 360, 360])
  expect([nextCheckIn('ACTIVE', 0, 0), nextCheckIn('ACTIVE', 0, 1)]).toEqual([720_000, 1_080_000])
})
