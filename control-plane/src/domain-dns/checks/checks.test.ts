/** Each check against a real DNS server: what is said of what is there. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDnsServer, type DnsServer, type Zone } from '../../../../tests/support/dns-server.js'
import type { ExpectedRecord } from '../../domains/index.js'
import { DnsResolver } from '../../platform/dns/index.js'
import { mailRecords } from '../mail-records.js'
import { runChecks } from './run-checks.js'

const zone: Zone = {}
let server: DnsServer
let dns: DnsResolver
let expected: ExpectedRecord[]
const domain = { id: 'd', name: 'shop.a.test', hostName: 'mx.fleet.test' }
const key = 'MIIBIjANBg'
const dkim: ExpectedRecord = {
  purpose: 'DKIM',
  need: 'RECOMMENDED',
  type: 'TXT',
  host: 's1._domainkey.shop.a.test',
  value: `v=DKIM1; k=rsa; p=${key}`,
  priority: null,
}
beforeAll(async () => {
  server = await startDnsServer(zone)
  dns = new DnsResolver({ servers: [server.address], timeoutMs: 300 })
  const source = mailRecords({ autoconfigHost: 'auto.fleet.test' })
  const [records] = await source({ query: async () => [] }, [domain])
  expected = [...records!, dkim]
})
afterAll(async () => {
  dns?.close()
  await server?.close()
})

const fleet: Zone = { 'mx.fleet.test A': ['192.0.2.1'], 'mx.fleet.test AAAA': ['2001:db8::1'] }
const mx = (...hosts: [number, string][]) => hosts.map(([preference, exchange]) => ({ preference, exchange }))
const srv = (port: number, target: string) => [{ priority: 0, weight: 5, port, target }]
const txt = (...texts: string[]) => texts.map((text) => [text])

async function judge(purpose: string, records: Zone): Promise<unknown[]> {
  for (const name of Object.keys(zone)) delete zone[name]
  Object.assign(zone, fleet, records)
  const findings = await runChecks(
    dns,
    domain,
    expected.filter((record) => record.purpose === purpose),
  )
  const [{ verdict, reason, detail }] = findings as [(typeof findings)[number]]
  return [verdict, reason, ...(detail === null ? [] : [detail])]
}

const at = 'shop.a.test'
const spf = (text: string): Zone => ({ [`${at} MX`]: mx([10, 'mx.fleet.test']), [`${at} TXT`]: txt('other', text) })
const dmarc = (...texts: string[]): Zone => ({ [`_dmarc.${at} TXT`]: txt(...texts) })
const key1 = (...texts: string[]): Zone => ({ [`s1._domainkey.${at} TXT`]: txt(...texts) })

test.each<[string, Zone, unknown[]]>([
  ['MX', {}, ['MISSING', 'NO_SUCH_NAME']],
  ['MX', { [`${at} A`]: ['192.0.2.1'] }, ['MISSING', 'NO_RECORD']],
  ['MX', { [`${at} MX`]: 'SERVFAIL' }, ['UNKNOWN', 'SERVFAIL', at]],
  ['MX', { [`${at} MX`]: mx([10, 'MX.fleet.test'], [20, 'backup.test']) }, ['OK', null]],
  [
    'MX',
    { [`${at} MX`]: mx([5, 'old.test'], [10, 'mx.fleet.test']), 'old.test A': ['198.51.100.1'] },
    ['WRONG', 'OTHER_HOST_FIRST', 'old.test'],
  ],
  ['MX', { [`${at} MX`]: mx([10, 'old.test']), 'old.test A': ['198.51.100.1'] }, ['WRONG', 'OTHER_HOST', 'old.test']],
  ['MX', { [`${at} MX`]: mx([10, `mail.${at}`]), [`mail.${at} A`]: ['192.0.2.1'] }, ['OK', null]],
  ['MX', { [`${at} MX`]: mx([10, 'old.test']), 'old.test A': 'SERVFAIL' }, ['UNKNOWN', 'HOST_UNRESOLVED', 'old.test']],
  ['MX', { [`${at} MX`]: mx([0, '.']) }, ['WRONG', 'NULL_MX']],
  ['SPF', { [`${at} TXT`]: txt('v=spf10 -all') }, ['MISSING', 'NO_RECORD']],
  ['SPF', spf('v=spf1 mx -all'), ['OK', null]],
  ['SPF', spf('v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all'), ['OK', null]],
  ['SPF', spf('v=spf1 ip4:192.0.2.1 -all'), ['WRONG', 'NOT_COVERED', '2001:db8::1']],
  ['SPF', spf('v=spf1 mx +all'), ['WRONG', 'ALLOWS_EVERYONE']],
  ['SPF', spf('v=spf1 mx include:nowhere.test -all'), ['WRONG', 'BROKEN_INCLUDE']],
  ['SPF', spf('v=spf1 mxx -all'), ['WRONG', 'SYNTAX']],
  [
    'SPF',
    { ...spf('v=spf1 mx -all'), [`${at} TXT`]: txt('v=spf1 mx -all', 'v=spf1 -all') },
    ['WRONG', 'SEVERAL_RECORDS'],
  ],
  [
    'SPF',
    { ...spf('v=spf1 mx -all'), 'mx.fleet.test A': [], 'mx.fleet.test AAAA': [] },
    ['UNKNOWN', 'HOST_UNRESOLVED', 'mx.fleet.test'],
  ],
  ['DMARC', {}, ['MISSING', 'NO_RECORD']],
  ['DMARC', dmarc('v=DMARC1; p=reject; rua=mailto:a@b.test'), ['OK', null]],
  ['DMARC', dmarc('v=DMARC1; rua=mailto:a@b.test'), ['OK', null]],
  ['DMARC', dmarc('v=DMARC1; p=rejekt'), ['WRONG', 'SYNTAX', 'rejekt']],
  ['DMARC', dmarc('v=DMARC1; p=none', 'v=DMARC1; p=reject'), ['WRONG', 'SEVERAL_RECORDS']],
  ['DMARC', dmarc('v=spf1 -all'), ['MISSING', 'NO_RECORD']],
  ['DMARC', { '_dmarc.a.test TXT': txt('v=DMARC1;p=reject;sp=none') }, ['OK', 'INHERITED', 'a.test']],
  ['DKIM', key1(`k=rsa; p=MIIB IjANBg; t=s`), ['OK', null]],
  ['DKIM', key1(`v=DKIM1; k=rsa; p=other`), ['WRONG', 'KEY_DIFFERS']],
  ['DKIM', key1(`v=DKIM1; p=`), ['WRONG', 'KEY_REVOKED']],
  ['DKIM', {}, ['MISSING', 'NO_SUCH_NAME']],
  ['MTA_STS', { [`_mta-sts.${at} TXT`]: txt('v=STSv1; id=2026') }, ['WRONG', 'NO_POLICY_HOST', `mta-sts.${at}`]],
  ['MTA_STS', { [`_mta-sts.${at} TXT`]: txt('v=STSv1; id=2026'), [`mta-sts.${at} A`]: ['192.0.2.9'] }, ['OK', null]],
  ['MTA_STS', { [`_mta-sts.${at} TXT`]: txt('v=STSv1') }, ['WRONG', 'SYNTAX', 'id']],
  ['TLS_RPT', { [`_smtp._tls.${at} TXT`]: txt('v=TLSRPTv1;rua=https://r.test/,mailto:a@b.test') }, ['OK', null]],
  ['TLS_RPT', { [`_smtp._tls.${at} TXT`]: txt('v=TLSRPTv1; rua=a@b.test') }, ['WRONG', 'NO_REPORT_ADDRESS']],
  ['IMAPS', { [`_imaps._tcp.${at} SRV`]: srv(993, 'mx.fleet.test') }, ['OK', null]],
  ['IMAPS', { [`_imaps._tcp.${at} SRV`]: srv(143, 'mx.fleet.test') }, ['WRONG', 'OTHER_HOST', '0 5 143 mx.fleet.test']],
  ['AUTOCONFIG', { [`autoconfig.${at} CNAME`]: ['auto.fleet.test'] }, ['OK', null]],
  ['AUTOCONFIG', { [`autoconfig.${at} CNAME`]: ['old.test'] }, ['WRONG', 'OTHER_HOST', 'old.test']],
])('%s %j', async (purpose, records, judgement) => {
  // The zone answers that a name without entries does not exist; one entry at the domain is always there.
  const isHere = Object.keys(records).some((name) => name.startsWith(`_dmarc.`))
  const shown = purpose === 'DMARC' && !isHere ? { ...records, '_dmarc.a.test A': ['192.0.2.1'] } : records
  expect(await judge(purpose, shown)).toEqual(judgement)
})

test('asks each question once', async () => {
  Object.assign(zone, fleet, spf('v=spf1 mx a:mx.fleet.test -all'))
  const before = server.asked.length
  await runChecks(dns, domain, expected)
  const asked = server.asked.slice(before)
  expect(new Set(asked).size).toBe(asked.length)
})
