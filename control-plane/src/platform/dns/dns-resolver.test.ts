import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDnsServer, type DnsServer } from '../../../../tests/support/dns-server.js'
import { DnsResolver } from './dns-resolver.js'

const long = 'x'.repeat(250)
let server: DnsServer
let dns: DnsResolver
beforeAll(async () => {
  server = await startDnsServer({
    'a.test TXT': [['v=spf1 ', '-all'], 'second'],
    'a.test MX': [{ preference: 10, exchange: 'MX.A.test' }],
    'a.test A': ['192.0.2.1'],
    'a.test AAAA': ['2001:db8::1'],
    '_imaps._tcp.a.test SRV': [{ priority: 0, weight: 1, port: 993, target: 'mx.a.test' }],
    'www.a.test CNAME': ['a.test'],
    'null.test MX': [{ preference: 0, exchange: '.' }],
    'long.test TXT': Array.from({ length: 120 }, (_, index) => [`${index} `, long]),
    'broken.test TXT': 'SERVFAIL',
    'closed.test TXT': 'REFUSED',
    'silent.test TXT': 'SILENCE',
  })
  dns = new DnsResolver({ servers: [server.address], timeoutMs: 150 })
})
afterAll(async () => {
  dns?.close()
  await server?.close()
})

test('reads records of each kind, in one spelling', async () => {
  expect(await dns.txt('a.test')).toEqual({ outcome: 'FOUND', records: ['v=spf1 -all', 'second'] })
  expect(await dns.mx('a.test')).toEqual({ outcome: 'FOUND', records: [{ priority: 10, exchange: 'mx.a.test' }] })
  expect(await dns.a('www.a.test')).toEqual({ outcome: 'FOUND', records: ['192.0.2.1'] })
  expect(await dns.aaaa('a.test')).toEqual({ outcome: 'FOUND', records: ['2001:db8::1'] })
  expect(await dns.cname('www.a.test')).toEqual({ outcome: 'FOUND', records: ['a.test'] })
  const srv = { priority: 0, weight: 1, port: 993, target: 'mx.a.test' }
  expect(await dns.srv('_imaps._tcp.a.test')).toEqual({ outcome: 'FOUND', records: [srv] })
  expect(await dns.mx('null.test')).toEqual({ outcome: 'FOUND', records: [{ priority: 0, exchange: '' }] })
})

test('takes no more than it can bear, over TCP where it is long', async () => {
  const lookup = await dns.txt('long.test')
  expect(lookup.outcome === 'FOUND' && lookup.records.length).toBe(100)
})

test.each([
  ['nowhere.test', { outcome: 'NO_SUCH_NAME' }],
  ['www.a.test', { outcome: 'FOUND', records: ['v=spf1 -all', 'second'] }],
  ['null.test', { outcome: 'NO_DATA' }],
  ['broken.test', { outcome: 'FAILED', failure: 'SERVFAIL' }],
  ['closed.test', { outcome: 'FAILED', failure: 'REFUSED' }],
  ['silent.test', { outcome: 'FAILED', failure: 'TIMEOUT' }],
  [`${'a'.repeat(64)}.test`, { outcome: 'FAILED', failure: 'BAD_NAME' }],
])('tells apart what there is to say about %s', async (name, outcome) => {
  expect(await dns.txt(name)).toEqual(outcome)
})

test('a server that is not there is no answer', async () => {
  const { address, close } = await startDnsServer({})
  await close()
  const nobody = new DnsResolver({ servers: [address], timeoutMs: 100 })
  expect(await nobody.txt('a.test')).toMatchObject({ outcome: 'FAILED' })
})
