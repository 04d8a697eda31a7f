/** The SPF suite of openspf (RFC 7208), from the folder that MAILFLEET_SUITES names: `rfc7208-tests.yml`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { NoAnswerError, type DnsLookUps } from '../dns-look-ups.js'
import { checkHost } from './check-host.js'

type RecordOfSuite = 'TIMEOUT' | Record<string, string | string[] | [number, string]>
interface Scenario {
  description: string
  tests: Record<string, { helo: string; host: string; mailfrom: string; result: string | string[] }>
  zonedata: Record<string, RecordOfSuite[]>
}

const folder = process.env.MAILFLEET_SUITES
if (!folder) console.warn('the SPF suite is skipped: MAILFLEET_SUITES names no folder with rfc7208-tests.yml')
const scenarios = folder
  ? parseAllDocuments(readFileSync(join(folder, 'rfc7208-tests.yml'), 'utf8')).map(
      (document) => document.toJS() as Scenario,
    )
  : []

/** The suite's zone, its SPF records as TXT too where a name has no TXT of its own. */
function dnsOf(zone: Scenario['zonedata']): DnsLookUps {
  const byName = new Map(Object.entries(zone ?? {}).map(([name, records]) => [name.toLowerCase(), records]))
  const find = (name: string, type: string): unknown[] => {
    const records = byName.get(name.toLowerCase().replace(/\.$/, '')) ?? []
    const values = records
      .flatMap((record) => (record !== 'TIMEOUT' && type in record ? [record[type]] : []))
      .filter((value) => value !== 'NONE')
    const alias = records.flatMap((record) =>
      record !== 'TIMEOUT' && 'CNAME' in record ? [record.CNAME as string] : [],
    )[0]
    if (values.length === 0 && alias !== undefined && type !== 'CNAME') return find(alias, type)
    if (values.length === 0 && type === 'TXT' && !records.some((record) => record !== 'TIMEOUT' && 'TXT' in record)) {
      const spf = find(name, 'SPF-only')
      if (spf.length > 0) return spf
    }
    if (values.length === 0 && records.includes('TIMEOUT')) throw new NoAnswerError('TIMEOUT')
    return values
  }
  const spfAsTxt = new Map(
    [...byName].map(([name, records]) => [
      name,
      records.map((record) =>
        record !== 'TIMEOUT' && 'SPF' in record ? { ...record, 'SPF-only': record.SPF! } : record,
      ),
    ]),
  )
  for (const [name, records] of spfAsTxt) byName.set(name, records)
  const texts = (values: unknown[]): string[] =>
    values.map((value) => (Array.isArray(value) ? value.join('') : String(value)))
  return {
    txt: async (name) => texts(find(name, 'TXT')),
    a: async (name) => texts(find(name, 'A')),
    aaaa: async (name) => texts(find(name, 'AAAA')),
    mx: async (name) => (find(name, 'MX') as [number, string][]).map(([, host]) => host).filter(Boolean),
    ptr: async (address) => texts(find(reverseName(address), 'PTR')),
  }
}

function reverseName(address: string): string {
  if (address.includes('.')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const [left = '', right = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter(Boolean)
  const zeros = Array<string>(8 - groups(left).length - groups(right).length).fill('0')
  const digits = [...groups(left), ...zeros, ...groups(right)].map((group) => group.padStart(4, '0')).join('')
  return `${[...digits].reverse().join('.')}.ip6.arpa`
}

describe.skipIf(!folder)('SPF', () => {
  test('has its suite', () => expect(scenarios.length).toBeGreaterThan(0))
})

describe.each(scenarios)('SPF: $description', ({ tests, zonedata }) => {
  test.each(Object.entries(tests))('%s', async (_name, { helo, host, mailfrom, result }) => {
    const verdict = await checkHost(dnsOf(zonedata), { ip: host, helo, sender: mailfrom })
    expect([result].flat()).toContain(verdict.result)
  })
})
