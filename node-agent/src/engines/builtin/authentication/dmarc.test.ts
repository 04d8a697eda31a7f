import { describe, expect, test } from 'vitest'
import { evaluateDmarc, type VouchedDomains } from './dmarc.js'
import { NoAnswerError, type DnsLookUps } from './dns-look-ups.js'

/** Records of `_dmarc.<name>`, and hosts that exist. */
function dnsOf(records: Record<string, string | string[]>, hosts: string[] = []) {
  const asked: string[] = []
  const none = () => Promise.resolve([])
  const dns: DnsLookUps = {
    txt(name) {
      asked.push(name)
      const found = records[name.replace(/^_dmarc\./, '')]
      if (found === 'SILENCE') return Promise.reject(new NoAnswerError('no answer'))
      return Promise.resolve(found === undefined ? [] : [found].flat())
    },
    a: (name) => Promise.resolve(hosts.includes(name) ? ['192.0.2.1'] : []),
    aaaa: none,
    mx: none,
    ptr: none,
  }
  return { dns, asked }
}
const nothing: VouchedDomains = { spf: null, dkim: [] }
const evaluate = (
  records: Record<string, string | string[]>,
  domain: string,
  vouched: Partial<VouchedDomains> = {},
  hosts?: string[],
) => evaluateDmarc(dnsOf(records, hosts).dns, domain, { ...nothing, ...vouched })

describe('alignment', () => {
  const records = { 'a.test': 'v=DMARC1; p=reject', 'b.test': 'v=DMARC1; p=none' }
  test.each([
    ['its own domain by SPF', { spf: 'a.test' }, 'pass'],
    ['a domain below by SPF', { spf: 'bounce.a.test' }, 'pass'],
    ['a domain below by DKIM', { dkim: ['b.test', 'x.y.a.test'] }, 'pass'],
    ['another organization', { spf: 'b.test', dkim: ['b.test'] }, 'fail'],
    ['a name that only looks so', { dkim: ['xa.test', 'a.test.b.test'] }, 'fail'],
    ['nobody', {}, 'fail'],
  ])('with %s', async (_name, vouched, result) => {
    expect(await evaluate(records, 'a.test', vouched)).toEqual({ result, domain: 'a.test', policy: 'reject' })
  })

  test.each([
    ['adkim=s', { dkim: ['m.a.test'] }, 'fail'],
    ['adkim=s', { dkim: ['a.test'] }, 'pass'],
    ['adkim=s', { spf: 'm.a.test' }, 'pass'],
    ['aspf=s', { spf: 'm.a.test' }, 'fail'],
    ['aspf=s', { spf: 'a.test' }, 'pass'],
  ])('is strict by %s with %j', async (tag, vouched, result) => {
    expect((await evaluate({ 'a.test': `v=DMARC1; p=none; ${tag}` }, 'a.test', vouched)).result).toBe(result)
  })
})

describe('the record', () => {
  test.each([
    ['its own', { 'm.a.test': 'v=DMARC1;p=none', 'a.test': 'v=DMARC1;p=reject' }, 'm.a.test', 'none'],
    ['of its organization', { 'a.test': 'v=DMARC1;p=reject' }, 'x.m.a.test', 'reject'],
    ['of its organization, for domains below', { 'a.test': 'v=DMARC1;p=none;sp=quarantine' }, 'm.a.test', 'quarantine'],
    [
      'with the fewest labels',
      { 'm.a.test': 'v=DMARC1;p=none', 'a.test': 'v=DMARC1;p=reject' },
      'x.m.a.test',
      'reject',
    ],
    [
      'that says that it ends there',
      { 'm.a.test': 'v=DMARC1;p=none;psd=n', 'a.test': 'v=DMARC1;p=reject' },
      'x.m.a.test',
      'none',
    ],
    ['of a public suffix', { test: 'v=DMARC1;p=reject;psd=y' }, 'a.test', 'reject'],
    ['below a public suffix', { 'a.test': 'v=DMARC1;p=none', test: 'v=DMARC1;p=reject;psd=y' }, 'm.a.test', 'none'],
    ['in testing', { 'a.test': 'v=DMARC1;p=reject;t=y' }, 'a.test', 'quarantine'],
    ['with spaces and in capitals', { 'a.test': ' v = DMARC1 ; P = Reject '.trim() }, 'a.test', 'reject'],
    ['beside others that are none', { 'a.test': ['x', 'v=DMARC1;p=reject', 'v=DMARC10;p=none'] }, 'a.test', 'reject'],
    ['that only asks for reports', { 'a.test': 'v=DMARC1;p=nonsense;rua=mailto:x@a.test' }, 'a.test', 'none'],
    ['for what does not exist', { 'a.test': 'v=DMARC1;p=none;np=reject' }, 'm.a.test', 'reject'],
  ] as [string, Record<string, string | string[]>, string, string][])('%s', async (_name, records, domain, policy) => {
    expect(await evaluate(records, domain)).toEqual({ result: 'fail', domain, policy })
  })

  test('for what does not exist is not for what does', async () => {
    const records = { 'a.test': 'v=DMARC1;p=none;np=reject' }
    expect((await evaluate(records, 'm.a.test', {}, ['m.a.test'])).policy).toBe('none')
  })

  test.each([
    ['there is none', {}],
    ['there are two', { 'a.test': ['v=DMARC1;p=reject', 'v=DMARC1;p=none'] }],
    ['it is of another version', { 'a.test': 'v=dmarc1;p=reject' }],
    ['it says nothing', { 'a.test': 'v=DMARC1' }],
    ['it begins with something else', { 'a.test': 'p=reject;v=DMARC1' }],
  ] as [string, Record<string, string | string[]>][])('counts for nothing where %s', async (_name, records) => {
    expect(await evaluate(records, 'a.test')).toEqual({ result: 'none', domain: 'a.test', policy: null })
  })

  test('that nobody answers for is not missing', async () => {
    expect((await evaluate({ 'a.test': 'SILENCE' }, 'm.a.test', { spf: 'm.a.test' })).result).toBe('temperror')
  })
})

test('domains are aligned below a public suffix only with what is theirs', async () => {
  const records = { 'a.uk.test': 'v=DMARC1;p=reject', 'uk.test': 'v=DMARC1;p=none;psd=y' }
  expect((await evaluate(records, 'm.a.uk.test', { dkim: ['x.a.uk.test'] })).result).toBe('pass')
  expect((await evaluate(records, 'm.a.uk.test', { dkim: ['b.uk.test'] })).result).toBe('fail')
})

test('a long name costs eight questions', async () => {
  const { dns, asked } = dnsOf({})
  await evaluateDmarc(dns, `${'x.'.repeat(60)}a.test`, nothing)
  expect(asked).toHaveLength(8)
  expect(asked.at(1)!.split('.')).toHaveLength(8)
})
