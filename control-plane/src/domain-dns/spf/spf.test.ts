import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDnsServer, type DnsServer } from '../../../../tests/support/dns-server.js'
import { DnsResolver } from '../../platform/dns/index.js'
import { evaluateSpf } from './evaluate-spf.js'
import { parseSpf } from './spf-record.js'

describe('the grammar', () => {
  test.each([
    'v=spf10 -all',
    'v=spf1 include:',
    'v=spf1 include',
    'v=spf1 all:example.org',
    'v=spf1 ip4:192.0.2.0/33',
    'v=spf1 a//129',
    'v=spf1 nonsense',
    'v=spf1 redirect=a.test redirect=b.test',
    'v=spf1 exists:a.test/8',
    'v=spf1 -',
  ])('refuses %s', (text) => expect(parseSpf(text)).toBeNull())

  test('reads qualifiers, values and prefix lengths', () => {
    expect(parseSpf('V=SPF1 ~A:Mail.Test/24//64  ip6:2001:db8::/32 unknown=x redirect=B.test')).toEqual({
      mechanisms: [
        { qualifier: '~', name: 'a', value: 'mail.test', prefix4: 24, prefix6: 64 },
        { qualifier: '+', name: 'ip6', value: '2001:db8::', prefix4: null, prefix6: 32 },
      ],
      redirect: 'b.test',
    })
  })

  test('never throws, and keeps to the line', () => {
    const term = fc.stringMatching(/^[+~?a-z0-9:/.=%-]{0,20}$/)
    fc.assert(
      fc.property(fc.array(term, { maxLength: 12 }), (terms) => {
        const record = parseSpf(['v=spf1', ...terms].join(' '))
        expect((record?.mechanisms.length ?? 0) <= terms.length).toBe(true)
      }),
    )
  })
})

describe('what a receiver makes of it', () => {
  const include = (count: number): string => Array.from({ length: count }, (_, n) => `include:i${n}.test`).join(' ')
  const zone = {
    'host.test A': ['192.0.2.1'],
    'host.test AAAA': ['2001:db8::1'],
    'mx.test MX': [{ preference: 1, exchange: 'host.test' }],
    'loop.test TXT': [['v=spf1 include:loop.test -all']],
    'broken.test TXT': 'SERVFAIL' as const,
    'yes.test TXT': [['v=spf1 ip4:192.0.2.0/24 -all']],
    'soft.test TXT': [['v=spf1 ip4:198.51.100.1 ~all']],
    'twice.test TXT': [['v=spf1 -all'], ['v=spf1 +all']],
    ...Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`i${n}.test TXT`, [['v=spf1 -all']]])),
  }
  let server: DnsServer
  let dns: DnsResolver
  const written: Record<string, unknown[]> = {}
  beforeAll(async () => {
    server = await startDnsServer(Object.assign(written, zone) as never)
    dns = new DnsResolver({ servers: [server.address], timeoutMs: 500 })
  })
  afterAll(async () => {
    dns?.close()
    await server?.close()
  })

  test.each([
    ['v=spf1 ip4:192.0.2.0/30 -all', 'pass'],
    ['v=spf1 ip4:192.0.2.4/30 -all', 'fail'],
    ['v=spf1 a:host.test -all', 'pass'],
    ['v=spf1 mx:mx.test ~all', 'pass'],
    ['v=spf1 a:mx.test ~all', 'softfail'],
    ['v=spf1 include:yes.test -all', 'pass'],
    ['v=spf1 include:soft.test ?all', 'neutral'],
    ['v=spf1 redirect=yes.test', 'pass'],
    ['v=spf1 redirect=soft.test', 'softfail'],
    ['v=spf1 ?all redirect=yes.test', 'neutral'],
    ['v=spf1 exists:host.test -all', 'pass'],
    ['v=spf1 ptr:host.test -all', 'fail'],
    ['v=spf1', 'neutral'],
    ['v=spf1 include:nowhere.test -all', { permanent: 'NO_RECORD' }],
    ['v=spf1 redirect=nowhere.test', { permanent: 'NO_RECORD' }],
    ['v=spf1 include:twice.test -all', { permanent: 'SEVERAL_RECORDS' }],
    ['v=spf1 include:loop.test -all', { permanent: 'TOO_MANY_LOOKUPS' }],
    [`v=spf1 ${include(10)} ip4:192.0.2.1 -all`, 'pass'],
    [`v=spf1 ${include(11)} ip4:192.0.2.1 -all`, { permanent: 'TOO_MANY_LOOKUPS' }],
    ['v=spf1 a:n1.test a:n2.test a:n3.test +all', { permanent: 'TOO_MANY_LOOKUPS' }],
    ['v=spf1 ip4:2001:db8::1 -all', { permanent: 'SYNTAX' }],
    ['v=spf1 include:broken.test -all', { unknown: 'NO_ANSWER' }],
    ['v=spf1 exists:%{i}.list.test -all', { unknown: 'MACROS' }],
    ['v=spf1 exists:%{i}.list.test a:host.test -all', 'pass'],
  ])('%s', async (text, result) => {
    written['it.test TXT'] = [[text]]
    expect(await evaluateSpf(dns, 'it.test', '192.0.2.1')).toEqual(result)
  })

  test('of both families', async () => {
    written['six.test TXT'] = [['v=spf1 a:host.test//64 -all']]
    expect(await evaluateSpf(dns, 'six.test', '2001:db8::ffff')).toBe('pass')
    expect(await evaluateSpf(dns, 'six.test', '2001:db9::1')).toBe('fail')
    expect(await evaluateSpf(dns, 'nothing.test', '192.0.2.1')).toBe('none')
  })
})
