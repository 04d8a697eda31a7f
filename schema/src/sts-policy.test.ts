import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namesHost, parseStsPolicy, stsRecordId } from './sts-policy.js'
import type { StsPolicy } from './sts-policy.js'

describe('the record', () => {
  it.each<[string[], string | null]>([
    [['v=STSv1; id=20260101T000000;'], '20260101T000000'],
    [['v=STSv1;id=1', 'v=spf1 -all'], '1'],
    [['v=STSv1 ; x=y; id = a1 '], 'a1'],
    [['v=STSv1; id=1', 'v=STSv1; id=2'], null],
    [['v=STSv1; id=1; id=2'], null],
    [['v=STSv1; id=a-b'], null],
    [['v=STSv1'], null],
    [['v=STSv10; id=1'], null],
    [[], null],
  ])('%j names %j', (texts, id) => expect(stsRecordId(texts)).toBe(id))
})

describe('the policy', () => {
  const good = 'version: STSv1\nmode: enforce\nmx: mail.b.test\nmx: *.B.test.\nmax_age: 604800\n'
  it('is read with either line end, unknown fields and a repeated field, of which the first counts', () => {
    const policy = { mode: 'enforce', mx: ['mail.b.test', '*.b.test'], maxAge: 604_800 }
    expect(parseStsPolicy(good)).toEqual(policy)
    expect(parseStsPolicy(`${good.replaceAll('\n', '\r\n')}mode: none\r\nextra: x y\r\n\r\n`)).toEqual(policy)
    expect(parseStsPolicy('version: STSv1\nmode: none\nmax_age: 99999999999'.slice(0, -1))).toEqual({
      mode: 'none',
      mx: [],
      maxAge: 31_557_600,
    })
  })

  it.each([
    ['no version', good.replace('version', 'verse')],
    ['another version', good.replace('STSv1', 'STSv2')],
    ['another mode', good.replace('enforce', 'strict')],
    ['no mx', good.replace(/mx: .*\n/g, '')],
    ['a wildcard further in', good.replace('*.B', 'a.*.B')],
    ['a part of a label as a wildcard', good.replace('*.B', 'a*.B')],
    ['a bare wildcard', good.replace('*.B.test.', '*')],
    ['no max_age', good.replace('604800', '')],
    ['a negative max_age', good.replace('604800', '-1')],
    ['a line that is no field', `${good}<html>\n`],
    ['too many hosts', good + Array.from({ length: 101 }, (_, n) => `mx: h${n}.test\n`).join('')],
  ])('is refused with %s', (_what, text) => expect(() => parseStsPolicy(text)).toThrow())

  it('is read back as it was written, and whatever else comes is refused or a policy', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
    const pattern = fc.tuple(fc.boolean(), fc.array(label, { minLength: 1, maxLength: 4 }))
    const policies: fc.Arbitrary<StsPolicy> = fc.record({
      mode: fc.constantFrom('enforce', 'testing', 'none'),
      mx: fc.uniqueArray(
        pattern.map(([wild, labels]) => `${wild ? '*.' : ''}${labels.join('.')}`),
        { minLength: 1, maxLength: 4 },
      ),
      maxAge: fc.integer({ min: 0, max: 31_557_600 }),
    })
    fc.assert(
      fc.property(policies, fc.constantFrom('\n', '\r\n'), (policy, end) => {
        const lines = ['version: STSv1', `mode: ${policy.mode}`, ...policy.mx.map((mx) => `mx: ${mx}`)]
        expect(parseStsPolicy([...lines, `max_age: ${policy.maxAge}`].join(end))).toEqual(policy)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          const { mx, maxAge } = parseStsPolicy(good + text)
          expect(mx.length).toBeLessThanOrEqual(100)
          expect(maxAge).toBe(604_800)
        } catch (error) {
          expect((error as Error).message).not.toBe('')
        }
      }),
    )
  })

  it.each([
    ['a policy', (spaces: string) => void parseStsPolicy(`${good}note: x${spaces}x`)],
    ['a record', (spaces: string) => void stsRecordId([`v=STSv1; id=x${spaces}x`])],
  ])('is read in time that grows with the length of %s', (_what, read) => {
    // Were it the square, this would take minutes.
    read(' '.repeat(200_000))
  })

  it.each([
    ['mail.b.test', true],
    ['MAIL.B.test.', true],
    ['a.b.test', true],
    ['b.test', false],
    ['a.a.b.test', false],
    ['mail.b.test.evil.test', false],
    ['', false],
  ])('means %s: %s', (host, means) => expect(namesHost(parseStsPolicy(good), host)).toBe(means))
})
