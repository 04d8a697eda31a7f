import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeAddress, normalizeDomain } from '../../../schema/src/addresses.js'
import { firstBadAddress, isAddress, isDomainName, isPort, splitAddresses } from './checks.ts'

describe('the checks of the console', () => {
  test.each(['example.com', 'thưđiệntử.example', 'xn--mnchen-3ya.example', ' a.b ', 'a.b.'])(
    '%j is a domain name',
    (name) => expect(isDomainName(name)).toBe(true),
  )
  test.each(['', 'localhost', 'a b.example', 'http://a.example', 'a@b.example', '.', 'a.'])('%j is none', (name) =>
    expect(isDomainName(name)).toBe(false),
  )
  test.each(['anna@example.com', 'tên.đầy-đủ@thư.example', "o'brien+x@a.example"])('%j is an address', (text) =>
    expect(isAddress(text)).toBe(true),
  )
  test.each(['', 'anna', '@a.example', 'anna@', 'a b@c.example', 'anna@localhost'])('%j is none', (text) =>
    expect(isAddress(text)).toBe(false),
  )

  test('are never stricter than the server', () => {
    const label = fc.stringMatching(/^[a-z0-9äđưé][a-z0-9äđưé-]{0,10}$/)
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9.!#$%&'*+/=?^_`{|}~äđ-]{1,20}$/), label, label, (local, one, two) => {
        const domain = `${one}.${two}`
        if (normalizeDomain(domain) !== null) expect(isDomainName(domain)).toBe(true)
        if (normalizeAddress(`${local}@${domain}`) !== null) expect(isAddress(`${local}@${domain}`)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('take lists of addresses as they are pasted', () => {
    expect(splitAddresses('a@b.example, c@d.example;\n\n e@f.example ')).toEqual([
      'a@b.example',
      'c@d.example',
      'e@f.example',
    ])
    expect(firstBadAddress('a@b.example\nnobody')).toBe('nobody')
    expect(firstBadAddress('')).toBeUndefined()
  })

  test('know ports', () => {
    expect(['1', '25', '65535'].every(isPort)).toBe(true)
    expect(['0', '65536', '', 'smtp', '-1', '25.0'].some(isPort)).toBe(false)
  })
})
