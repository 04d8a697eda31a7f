/** Each check against a real DNS server: what is said of what is there. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDnsServer, type DnsServer, type Zone } from '../../../../tests/support/dns-server.js'
import type { ExpectedRecord } from '../../domains/index.js'
import { DnsResolver } from '../../platform/dns/index.js'
import { Outbound } from '../../platform/http/outbound.js'
import { mailRecords } from '../mail-records.js'
import type { PolicyHosts } from './check-mta-sts.js'
import { runChecks } from './run-checks.js'
import { parseTags } from './tagged-text.js'

const zone: Zone = {}
let server: DnsServer
let dns: DnsResolver
let expected: ExpectedRecord[]
let policyHosts: PolicyHosts = { outbound: new Outbound(), port: 443 }
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
    { dns, policyHosts },
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
  [
    'MTA_STS',
    { [`_mta-sts.${at} TXT`]: txt('v=STSv1; id=2026'), [`mta-sts.${at} A`]: ['10.0.0.9'] },
    ['UNKNOWN', 'NO_POLICY', `mta-sts.${at}`],
  ],
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

test('reads a hostile record in time that grows with its length', () => {
  // Were it the square, this would take minutes.
  expect(parseTags(`v=x; p=x${' '.repeat(200_000)}x`)?.get('v')).toBe('x')
})

test('asks each question once', async () => {
  Object.assign(zone, fleet, spf('v=spf1 mx a:mx.fleet.test -all'))
  const before = server.asked.length
  await runChecks({ dns, policyHosts }, domain, expected)
  const asked = server.asked.slice(before)
  expect(new Set(asked).size).toBe(asked.length)
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('skipped: there is no openssl to make certificates with')

describe.runIf(hasOpenssl)('the policy of MTA-STS', () => {
  const policyHost = `mta-sts.${at}`
  const published = { [`_mta-sts.${at} TXT`]: txt('v=STSv1; id=2026'), [`${policyHost} A`]: ['127.0.0.1'] }
  const policy = (...lines: string[]): string => ['version: STSv1', 'max_age: 86400', ...lines, ''].join('\r\n')
  let answer = { status: 200, type: 'text/plain; charset=utf-8', body: '' }
  let host: Server
  let certificate: string
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailfleet-policy-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=DNS:${policyHost}`]
    spawnSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject])
    certificate = readFileSync(cert, 'utf8')
    host = createServer({ key: readFileSync(key), cert: certificate }, (request, response) => {
      const isPolicy = request.url === '/.well-known/mta-sts.txt' && request.headers.host!.startsWith(policyHost)
      response.writeHead(isPolicy ? answer.status : 404, { 'content-type': answer.type }).end(answer.body)
    })
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    host?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each<[string, Partial<typeof answer>, unknown[]]>([
    ['names the host', { body: policy('mode: enforce', 'mx: *.fleet.test') }, ['OK', null]],
    [
      'names another',
      { body: policy('mode: enforce', 'mx: old.test') },
      ['WRONG', 'POLICY_OTHER_HOST', 'mx.fleet.test'],
    ],
    ['demands nothing', { body: policy('mode: none') }, ['OK', null]],
    ['has no mode', { body: policy('mx: mx.fleet.test') }, ['WRONG', 'POLICY_SYNTAX', policyHost]],
    ['is too long', { body: policy('mode: none', `x: ${'x'.repeat(65_536)}`) }, ['WRONG', 'POLICY_SYNTAX', policyHost]],
    ['is elsewhere', { status: 302 }, ['WRONG', 'NO_POLICY', policyHost]],
    ['is a page', { type: 'text/html', body: policy('mode: none') }, ['WRONG', 'NO_POLICY', policyHost]],
  ])('%s', async (_what, given, judgement) => {
    answer = { status: 200, type: 'text/plain; charset=utf-8', body: '', ...given }
    const { port } = host.address() as AddressInfo
    policyHosts = { outbound: new Outbound(['127.0.0.0/8']), port, ca: certificate }
    expect(await judge('MTA_STS', published)).toEqual(judgement)
  })

  test('is judged by the hosts that the domain has in truth', async () => {
    answer = { status: 200, type: 'text/plain', body: policy('mode: testing', `mx: mail.${at}`) }
    const records = { ...published, [`${at} MX`]: mx([10, `mail.${at}`]) }
    expect(await judge('MTA_STS', records)).toEqual(['OK', null])
  })

  test('from a host with a certificate that others do not trust is none; where nobody answers, nothing is said', async () => {
    const { port } = host.address() as AddressInfo
    const outbound = new Outbound(['127.0.0.0/8'])
    policyHosts = { outbound, port }
    expect(await judge('MTA_STS', published)).toEqual(['WRONG', 'NO_POLICY', policyHost])
    policyHosts = { outbound, port: 1 }
    expect(await judge('MTA_STS', published)).toEqual(['UNKNOWN', 'NO_POLICY', policyHost])
    policyHosts = { outbound: new Outbound(), port, ca: certificate }
    expect(await judge('MTA_STS', published)).toEqual(['UNKNOWN', 'NO_POLICY', policyHost])
  })
})
